#include "sql/webhooks/access.hpp"

#include <algorithm>
#include <utility>

#include "common/model/permissions.hpp"

namespace db {
namespace {

// From AccessColumn::kKey to kTarget.
constexpr std::string_view kColumns =
    "k.id, k.account_id, k.user_id, k.rights, k.limited, NOT k.limited OR l.key_id IS NOT NULL, t.id";
constexpr std::string_view kIsValid =
    " AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > UTC_TIMESTAMP(6))";

Bytes bytes_of(const model::KeyDigest& key) {
    return {std::string(key.begin(), key.end())};
}

}  // namespace

SqlText select_access(std::span<const AccessRequest> requests) {
    SqlText statement("SELECT q.n, ");
    statement.sql(kColumns).sql(R"(,
               e.id, e.event_type, DATE_FORMAT(e.occurred_at, '%Y-%m-%dT%H:%i:%s.%fZ'), e.content,
               DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f')
        FROM ()");
    for (std::size_t n = 0; n < requests.size(); ++n) {
        statement.sql(n == 0, "SELECT ", " UNION ALL SELECT ").number(n).sql(" AS n, ");
        statement.bytes(requests[n].key).sql(" AS digest, ");
        const auto target_id = requests[n].scope.target_id;
        statement.number(target_id.value_or(kNoId))
            .sql(target_id.has_value(), " AS target_id, 0", " AS target_id, 1");
        statement.sql(" AS about_account");
    }
    // The greeting of a target's new webhook is the target's first event; that of an account's is the user's.
    statement
        .sql(R"() q
        JOIN api_keys k ON k.digest = q.digest)")
        .sql(kIsValid)
        .sql(R"(
        LEFT JOIN api_key_targets l ON l.key_id = k.id AND l.target_id = q.target_id
        LEFT JOIN targets t ON t.id = q.target_id AND t.account_id = k.account_id AND t.deleted_at IS NULL
        LEFT JOIN users u ON u.id = IF(q.about_account, k.user_id, 0)
        LEFT JOIN events e ON e.id = COALESCE(t.created_event_id, u.created_event_id))");
    return statement;
}

AccessOutcome access_of(const Rows& rows, std::size_t row, const AccessRequest& request,
                        std::optional<model::Right> right) {
    const model::Identity by{.key_id = rows.number(row, AccessColumn::kKey),
                             .account_id = rows.number(row, AccessColumn::kAccount)};
    const std::vector<model::Right> rights = model::parse_rights(rows.text(row, AccessColumn::kRights));
    if (right && std::find(rights.begin(), rights.end(), *right) == rights.end()) return Forbidden{by};
    const bool is_for_all_keys = !right && !request.scope.target_id;
    if (!is_for_all_keys && !rows.flag(row, AccessColumn::kWithinLimit)) return Forbidden{by};
    if (request.scope.target_id && rows.is_null(row, AccessColumn::kTarget)) return NoSuchTarget{by};
    return model::Caller{.user_id = rows.number(row, AccessColumn::kUser),
                         .owner = {by.account_id, request.scope.target_id},
                         .limited = rows.flag(row, AccessColumn::kLimited),
                         .key_id = by.key_id};
}

std::optional<model::Identity> identity_of(const AccessOutcome& outcome) {
    if (const auto* caller = std::get_if<model::Caller>(&outcome))
        return model::Identity{caller->key_id, caller->owner.account_id};
    if (const auto* forbidden = std::get_if<Forbidden>(&outcome)) return forbidden->by;
    if (const auto* no_target = std::get_if<NoSuchTarget>(&outcome)) return no_target->by;
    return std::nullopt;
}

JoinedAccess check_access(Connection& connection, const AccessRequest& request,
                          std::optional<model::Right> right, const JoinedRead& read) {
    const model::Id target = request.scope.target_id.value_or(kNoId);
    Statement statement{"SELECT 0, "};
    statement.add(kColumns)
        .add(read.columns)
        .add(R"(
        FROM api_keys k
        LEFT JOIN api_key_targets l ON l.key_id = k.id AND l.target_id = ?
        LEFT JOIN targets t ON t.id = ? AND t.account_id = k.account_id AND t.deleted_at IS NULL)",
             {target, target});
    statement.add(read.joins).add(" WHERE k.digest = UNHEX(?)", {bytes_of(request.key)}).add(kIsValid);
    Rows rows = connection.query(statement.text, statement.parameters);
    if (rows.empty()) return {Unauthorised{}, std::move(rows)};
    const AccessOutcome outcome = access_of(rows, 0, request, right);
    return {outcome, std::move(rows)};
}

AccessOutcome check_access(Connection& connection, const AccessRequest& request,
                           std::optional<model::Right> right) {
    return check_access(connection, request, right, {}).outcome;
}

}  // namespace db
