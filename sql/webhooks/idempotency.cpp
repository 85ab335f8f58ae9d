#include "sql/webhooks/idempotency.hpp"

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
        statement.bytes(key.key).sql(" AS key_digest, ").bytes(key.request).sql(" AS request_digest");
    });
    return statement.sql(R"() q
        STRAIGHT_JOIN api_keys k ON k.digest = q.caller
        STRAIGHT_JOIN idempotency_keys i
           ON i.account_id = k.account_id AND i.key_digest = q.key_digest)");
}

SqlText insert_answers(std::span<const KeyedAnswer> answers) {
    SqlText statement(R"(
        INSERT INTO idempotency_keys
               (account_id, key_digest, request_digest, object_id, response, created_at)
        VALUES )");
    return statement.list(", ", answers, [&statement](const KeyedAnswer& one) {
        statement.sql("(").number(one.key.account_id).sql(", ").bytes(one.key.key).sql(", ");
        statement.bytes(one.key.request).sql(", ").number(one.answer.object_id).sql(", ");
        statement.text(one.answer.response).sql(", UTC_TIMESTAMP(6))");
    });
}

}  // namespace

IdempotencyOutcome claim_idempotency_key(Connection& connection, const IdempotencyKey& key) {
    // If the key is known, this changes nothing but locks its row as an update does. A plain INSERT that
    // fails would leave a shared lock, and two such transactions would deadlock when they update the row.
    constexpr std::string_view kClaim = R"(
        INSERT INTO idempotency_keys
               (account_id, key_digest, request_digest, object_id, response, created_at)
        VALUES (?, UNHEX(?), UNHEX(?), 0, '', UTC_TIMESTAMP(6))
        ON DUPLICATE KEY UPDATE object_id = object_id)";
    connection.execute(kClaim, {key.account_id, parameter_of(key.key), parameter_of(key.request)});
    constexpr std::string_view kSelect = R"(
        SELECT object_id, response, request_digest = UNHEX(?),
               created_at <= UTC_TIMESTAMP(6) - INTERVAL 24 HOUR
        FROM idempotency_keys
        WHERE account_id = ? AND key_digest = UNHEX(?))";
    enum Column : std::size_t { kObject, kResponse, kSameRequest, kOld };
    const Rows rows =
        connection.query(kSelect, {parameter_of(key.request), key.account_id, parameter_of(key.key)});
    const bool is_new = rows.text(0, kResponse).empty();  // no row is committed without an answer
    if (is_new || rows.flag(0, kOld)) return FirstUse{};
    if (!rows.flag(0, kSameRequest)) return OtherRequest{};
    return AnsweredBefore{rows.number(0, kObject), rows.text(0, kResponse)};
}

void remember_answer(Connection& connection, const IdempotencyKey& key, const AnsweredBefore& answer) {
    // As text, because a response may be longer than a parameter.
    SqlText statement("UPDATE idempotency_keys SET request_digest = ");
    statement.bytes(key.request).sql(", object_id = ").number(answer.object_id);
    statement.sql(", response = ").text(answer.response).sql(", created_at = UTC_TIMESTAMP(6)");
    statement.sql(" WHERE account_id = ").number(key.account_id);
    statement.sql(" AND key_digest = ").bytes(key.key);
    connection.update_text(statement.str(), 1);
}

SqlText select_stored_answers(std::span<const KeyLookUp> keys) {
    return select_keys(keys, R"(, i.object_id, i.response, i.request_digest = q.request_digest,
                             i.created_at <= UTC_TIMESTAMP(6) - INTERVAL 24 HOUR)");
}

// A claim is not committed before its answer, so only a read of what is not committed shows it.
std::vector<KeyState> look_up_idempotency_keys(Connection& connection, std::span<const KeyLookUp> keys) {
    const std::array statements{SqlText("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"),
                                select_keys(keys, ""), select_stored_answers(keys)};
    enum Statement : std::size_t { kSet, kClaimed, kAnswered };
    std::vector<Rows> results;
    connection.run_all(statements, results);

    std::vector<KeyState> states(keys.size(), FirstUse{});
    for (const std::uint64_t n : results.at(kClaimed).numbers(0)) states.at(n) = BusyKey{};
    enum Column : std::size_t { kIndex, kObject, kResponse, kSameRequest, kOld };
    const Rows& rows = results.at(kAnswered);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        KeyState& state = states.at(rows.number(row, kIndex));
        if (rows.flag(row, kOld)) {
            state = BusyKey{};
        } else if (rows.flag(row, kSameRequest)) {
            state = AnsweredBefore{rows.number(row, kObject), rows.text(row, kResponse)};
        } else {
            state = OtherRequest{};
        }
    }
    return states;
}

// By the whole primary key, so that a row that another transaction has written is waited for. The index is named,
// because the optimiser would find old rows by their age.
void await_idempotency_key(Connection& connection, const IdempotencyKey& key) {
    constexpr std::string_view kRemove = R"(
        DELETE i FROM idempotency_keys i FORCE INDEX (PRIMARY)
        WHERE i.account_id = ? AND i.key_digest = UNHEX(?)
          AND i.created_at <= UTC_TIMESTAMP(6) - INTERVAL 24 HOUR)";
    connection.execute(kRemove, {key.account_id, parameter_of(key.key)});
}

SqlText claim_idempotency_keys(std::span<const KeyedAnswer> answers) {
    return insert_answers(answers);
}

// Each row exists, so this changes it.
SqlText remember_answers(std::span<const KeyedAnswer> answers) {
    return insert_answers(answers).sql(R"(
        ON DUPLICATE KEY UPDATE response = VALUES(response), created_at = VALUES(created_at))");
}

}  // namespace db
