// The trace of who did what: a row for each secret that was read or changed over the API, and for each change
// by the operator's command line, written in the transaction that does it. Rows are never changed; they are
// removed once they are as old as the operator says (retention.hpp).
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

// A user, by an API key and with a request; or somebody at the command line, by the name that the system
// knows.
struct Actor {
    std::optional<model::Id> user_id{};
    std::optional<model::Id> key_id{};
    std::string request_id{};  // empty if there is none
    std::string operator_name{};
};

// What was done: the words of the command, or these two of the API.
inline constexpr std::string_view kReadSecret = "secret read";
inline constexpr std::string_view kRotateSecret = "secret rotate";
inline constexpr std::array<std::string_view, 17> kAuditActions{
    kReadSecret,     kRotateSecret,    "migrate",       "account create", "user create",    "key create",
    "key revoke",    "target create",  "target verify", "target delete",  "webhook enable", "webhook disable",
    "event publish", "delivery retry", "outbox drain",  "outbox retry",   "outbox delete"};

struct Deed {
    std::string_view action;                // one of kAuditActions
    std::string object{};                   // "webhook 2NqBaYqTm7P", ASCII, at most 64 characters
    std::optional<model::Id> account_id{};  // whose it is
};

// REQUIRES: the transaction that does it is open. Throws Error.
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

// The latest first. Throws Error.
[[nodiscard]] std::vector<AuditEntry> list_audit(Connection& connection, const AuditFilter& filter,
                                                 const model::Slice& slice);

}  // namespace db
