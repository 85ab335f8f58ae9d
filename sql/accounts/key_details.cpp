#include "sql/accounts/key_details.hpp"

#include <string>

#include "sql/connection/database_time.hpp"

namespace db {
namespace {

enum Column : std::size_t {
    kKey,
    kKeyName,
    kRights,
    kExpiresAt,
    kLimited,
    kAccount,
    kAccountName,
    kUser,
    kEmail,
    kUserName
};

std::vector<model::Id> targets_of(Connection& connection, model::Id key) {
    constexpr std::string_view kSelect = R"(
        SELECT l.target_id
        FROM api_key_targets l STRAIGHT_JOIN targets t ON t.id = l.target_id
        WHERE l.key_id = ? AND t.deleted_at IS NULL
        ORDER BY l.target_id DESC
        LIMIT ?)";
    return connection.query(kSelect, {key, kMostTargetsOfKey}).numbers(0);
}

}  // namespace

JoinedRead read_key() {
    constexpr std::string_view kJoins = R"(
        LEFT JOIN accounts a ON a.id = k.account_id
        LEFT JOIN users u ON u.id = k.user_id)";
    return {.columns = {", k.id, k.name, k.rights, " + client_time("k.expires_at") +
                        ", k.limited, a.id, a.name, u.id, u.email, u.name"},
            .joins = {std::string(kJoins)}};
}

model::KeyDetails key_read(Connection& connection, const Rows& rows, std::size_t first_column) {
    const auto at = [first_column](Column column) { return first_column + column; };
    model::KeyDetails key{.id = rows.number(0, at(kKey)),
                          .name = rows.text(0, at(kKeyName)),
                          .rights = model::parse_rights(rows.text(0, at(kRights))),
                          .expires_at = rows.cell(0, at(kExpiresAt)),
                          .targets = {},
                          .account_id = rows.number(0, at(kAccount)),
                          .account_name = rows.text(0, at(kAccountName)),
                          .user = {.id = rows.number(0, at(kUser)),
                                   .email = rows.text(0, at(kEmail)),
                                   .name = rows.text(0, at(kUserName))}};
    if (rows.flag(0, at(kLimited))) key.targets = targets_of(connection, key.id);
    return key;
}

}  // namespace db
