#include "sql/events/idempotency.hpp"

#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

Parameter parameter_of(const base::Digest& digest) {
    return Bytes{std::string(digest.begin(), digest.end())};
}

}  // namespace

IdempotencyOutcome claim_idempotency_key(Connection& connection, const IdempotencyKey& key) {
    // If the key is known, this changes nothing but locks its row as an update does. A plain INSERT that
    // fails would leave a shared lock, and two such transactions would deadlock when they update the row.
    constexpr std::string_view kClaim = R"(
        INSERT INTO idempotency_keys
               (account_id, target_id, key_digest, request_digest, event_id, response, created_at)
        VALUES (?, ?, UNHEX(?), UNHEX(?), 0, '', UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE event_id = event_id)";
    connection.execute(kClaim,
                       {key.account_id, key.target_id, parameter_of(key.key), parameter_of(key.request)});
    constexpr std::string_view kSelect = R"(
        SELECT event_id, response, request_digest = UNHEX(?),
               created_at <= UTC_TIMESTAMP(6) - INTERVAL 24 HOUR
        FROM idempotency_keys
        WHERE account_id = ? AND target_id = ? AND key_digest = UNHEX(?))";
    enum Column : std::size_t { kEvent, kResponse, kSameRequest, kOld };
    const Rows rows = connection.query(
        kSelect, {parameter_of(key.request), key.account_id, key.target_id, parameter_of(key.key)});
    const bool is_new = rows.text(0, kResponse).empty();  // no row is committed without an answer
    if (is_new || rows.flag(0, kOld)) return FirstUse{};
    if (!rows.flag(0, kSameRequest)) return OtherRequest{};
    return AnsweredBefore{rows.number(0, kEvent), rows.text(0, kResponse)};
}

void remember_answer(Connection& connection, const IdempotencyKey& key, const AnsweredBefore& answer) {
    // As text, because a response may be longer than a parameter.
    SqlText statement("UPDATE idempotency_keys SET request_digest = ");
    statement.bytes(key.request).sql(", event_id = ").number(answer.event_id);
    statement.sql(", response = ").text(answer.response).sql(", created_at = UTC_TIMESTAMP(6)");
    statement.sql(" WHERE account_id = ")
        .number(key.account_id)
        .sql(" AND target_id = ")
        .number(key.target_id);
    statement.sql(" AND key_digest = ").bytes(key.key);
    connection.update_text(statement.str(), 1);
}

}  // namespace db
