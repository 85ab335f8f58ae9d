// The audit records who did what: a row for each secret, and for the headers of each webhook, that were read or
// changed over the API, and for each change by the operator's command line. The row is written in the transaction
// of the change. Rows are never changed. They are removed at a configured age (retention.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

// Either a user with an API key and a request, or an operator at the command line, with the system's name for
// him.
struct Actor {
    std::optional<model::Id> user_id{};
    std::optional<model::Id> key_id{};
    std::string request_id{};  // empty if there is no request
    std::string operator_name{};
};

// The recorded actions: the words of a command, or one of these four of the API.
inline constexpr std::string_view kReadSecret = "secret read";
inline constexpr std::string_view kRotateSecret = "secret rotate";
inline constexpr std::string_view kReadHeaders = "headers read";
inline constexpr std::string_view kChangeHeaders = "headers change";
inline constexpr auto kAuditActions = std::to_array<std::string_view>(
    {kReadSecret,      kRotateSecret,     kReadHeaders,     kChangeHeaders,    "migrate",
     "account create", "account rename",  "account delete", "user create",     "user rename",
     "user delete",    "key create",      "key revoke",     "target create",   "target verify",
     "target rename",  "target delete",   "webhook create", "webhook update",  "webhook delete",
     "webhook test",   "webhook recover", "webhook enable", "webhook disable", "event publish",
     "delivery retry", "outbox drain",    "outbox retry",   "outbox delete"});

struct Deed {
    std::string_view action;                // one of kAuditActions
    std::string object{};                   // "webhook 2NqBaYqTm7P", ASCII, at most 64 characters
    std::optional<model::Id> account_id{};  // the owner of the object
};

// REQUIRES: the transaction of the change is open. Throws Error.
void record_deed(Connection& connection, const Actor& by, const Deed& deed);

struct AuditEntry {
    model::Id id = 0;
    model::Time done_at;
    std::string action;
    std::optional<std::string> object;
    std::optional<model::Id> account_id;
    std::optional<model::Id> user_id;
    std::optional<model::Id> key_id;
    std::optional<std::string> operator_name;
    std::optional<std::string> request_id;
};

struct AuditFilter {
    std::optional<model::Id> account_id{};
    std::optional<std::string> action{};
    std::optional<model::Time> since{};
};

// Returns the latest entries first. Throws Error.
[[nodiscard]] std::vector<AuditEntry> list_audit(Connection& connection, const AuditFilter& filter,
                                                 const model::Slice& slice);

}  // namespace db
