#include "sql/events/idempotency.hpp"

#include <array>

namespace db {
namespace {

Parameter parameter_of(const base::Digest& digest) {
    return Bytes{std::string(digest.begin(), digest.end())};
}

// Selects the number in the list of each key that has a row, and the columns of the row.
SqlText select_keys(std::span<const KeyLookUp> keys, SqlLiteral columns) {
    SqlText statement("SELECT q.n");
    statement.sql(columns).sql(" FROM (");
    std::uint64_t n = 0;
    statement.list(" UNION ALL ", keys, [&](const KeyLookUp& key) {
        statement.sql("SELECT ").number(n++).sql(" AS n, ").bytes(key.caller).sql(" AS caller, ");
        statement.number(key.target_id).sql(" AS target_id, ").bytes(key.key).sql(" AS key_digest, ");
        statement.bytes(key.request).sql(" AS request_digest");
    });
    return statement.sql(R"() q
        STRAIGHT_JOIN api_keys k ON k.digest = q.caller
        STRAIGHT_JOIN idempotency_keys i
           ON i.account_id = k.account_id AND i.target_id = q.target_id AND i.key_digest = q.key_digest)");
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

// A claim is not committed before its answer, so only a read of what is not committed shows it.
std::vector<KeyState> look_up_idempotency_keys(Connection& connection, std::span<const KeyLookUp> keys) {
    const std::array statements{
        SqlText("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"), select_keys(keys, ""),
        select_keys(keys, R"(, i.event_id, i.response, i.request_digest = q.request_digest,
                             i.created_at <= UTC_TIMESTAMP(6) - INTERVAL 24 HOUR)")};
    enum Statement : std::size_t { kSet, kClaimed, kAnswered };
    std::vector<Rows> results;
    connection.run_all(statements, results);

    std::vector<KeyState> states(keys.size(), FirstUse{});
    for (const std::uint64_t n : results.at(kClaimed).numbers(0)) states.at(n) = BusyKey{};
    enum Column : std::size_t { kIndex, kEvent, kResponse, kSameRequest, kOld };
    const Rows& rows = results.at(kAnswered);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        KeyState& state = states.at(rows.number(row, kIndex));
        if (rows.flag(row, kOld)) {
            state = BusyKey{};
        } else if (rows.flag(row, kSameRequest)) {
            state = AnsweredBefore{rows.number(row, kEvent), rows.text(row, kResponse)};
        } else {
            state = OtherRequest{};
        }
    }
    return states;
}

SqlText claim_idempotency_keys(std::span<const IdempotencyKey> keys) {
    SqlText statement(R"(
        INSERT INTO idempotency_keys
               (account_id, target_id, key_digest, request_digest, event_id, response, created_at)
        VALUES )");
    return statement.list(", ", keys, [&statement](const IdempotencyKey& key) {
        statement.sql("(").number(key.account_id).sql(", ").number(key.target_id).sql(", ");
        statement.bytes(key.key).sql(", ").bytes(key.request).sql(", 0, '', UTC_TIMESTAMP(6))");
    });
}

// Each row exists, so this changes it.
SqlText remember_answers(std::span<const IdempotencyKey> keys, std::span<const AnsweredBefore> answers) {
    SqlText statement(R"(
        INSERT INTO idempotency_keys
               (account_id, target_id, key_digest, request_digest, event_id, response, created_at)
        VALUES )");
    std::size_t n = 0;
    statement.list(", ", keys, [&](const IdempotencyKey& key) {
        const AnsweredBefore& answer = answers[n++];
        statement.sql("(").number(key.account_id).sql(", ").number(key.target_id).sql(", ");
        statement.bytes(key.key).sql(", ").bytes(key.request).sql(", ").number(answer.event_id).sql(", ");
        statement.text(answer.response).sql(", UTC_TIMESTAMP(6))");
    });
    return statement.sql(R"(
        ON DUPLICATE KEY UPDATE event_id = VALUES(event_id), response = VALUES(response),
                                created_at = VALUES(created_at))");
}

}  // namespace db
