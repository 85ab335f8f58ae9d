#include "sql/deliveries/delivery_statements.hpp"

#include <initializer_list>

#include "sql/connection/sql_text.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

std::uint64_t count_of(std::chrono::microseconds time) {
    return static_cast<std::uint64_t>(time.count() < 0 ? 0 : time.count());
}

// Writes the table of constants q: a JSON array for each row, which costs the server less than half the time
// of as many SELECTs. The arrays contain only numbers, null and hexadecimal digits, so they can't end the
// literal.
template <class Rows, class Write>
void write_table(SqlText& statement, const Rows& rows, std::initializer_list<SqlLiteral> columns,
                 Write write) {
    statement.sql(" JSON_TABLE('[");
    statement.list(",", rows, [&](const auto& row) {
        statement.sql("[");
        write(row);
        statement.sql("]");
    });
    statement.sql("]', '$[*]' COLUMNS (");
    for (const SqlLiteral part : columns) statement.sql(part);
    statement.sql(")) q");
}

constexpr std::string_view kKeyColumns = R"(
        event_id BIGINT UNSIGNED PATH '$[0]',
        webhook_id BIGINT UNSIGNED PATH '$[1]')";

void write_key(SqlText& statement, const DeliveryKey& key) {
    statement.number(key.event_id).sql(",").number(key.webhook_id);
}

void write_keys(SqlText& statement, std::span<const DeliveryKey> keys) {
    write_table(statement, keys, {kKeyColumns}, [&](const DeliveryKey& key) { write_key(statement, key); });
}

// Without the index the optimizers would lock and read every row of a small table.
constexpr std::string_view kJoinDeliveries = R"(
    STRAIGHT_JOIN deliveries d FORCE INDEX (PRIMARY)
        ON d.event_id = q.event_id AND d.webhook_id = q.webhook_id)";

SqlText update_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement("UPDATE");
    write_keys(statement, keys);
    statement.sql(kJoinDeliveries);
    return statement;
}

void write_nullable(SqlText& statement, const std::string& text) {
    if (text.empty()) {
        statement.sql("NULL");
    } else {
        statement.text(text);
    }
}

void write_time(SqlText& statement, std::optional<std::chrono::microseconds> time) {
    if (time) {
        statement.number(count_of(*time));
    } else {
        statement.sql("null");
    }
}

// The columns that every request changes, whatever its outcome.
constexpr std::string_view kTryColumns = R"(,
        retries INT PATH '$[2]',
        charged_time BIGINT PATH '$[3]')";

void write_try(SqlText& statement, const FinishedDelivery& one) {
    write_key(statement, one.key);
    statement.sql(",").number(static_cast<std::uint64_t>(one.retries)).sql(",");
    write_time(statement, one.charged ? std::optional(one.duration) : std::nullopt);
}

constexpr std::string_view kSetTry = R"(
        d.retries = q.retries,
        d.first_try = COALESCE(d.first_try, UTC_TIMESTAMP(6) - INTERVAL q.charged_time MICROSECOND),
        d.changed_at = UTC_TIMESTAMP(6),
        d.lease = 0
    WHERE d.lease = )";

// A claim batch is repeated if it is unknown whether it was committed.
constexpr std::string_view kUnlessStored = " ON DUPLICATE KEY UPDATE duration_us = VALUES(duration_us)";

}  // namespace

std::string select_due(const DuePosition& behind, std::size_t most) {
    constexpr std::string_view kBegin = R"(
    (SELECT next_try, event_id, webhook_id
     FROM deliveries FORCE INDEX (deliveries_due)
     WHERE next_try)";
    SqlText statement("");
    const auto finish_part = [&](SqlLiteral rest) {
        statement.sql(" ORDER BY next_try, event_id, webhook_id LIMIT ").number(most).sql(rest);
    };
    statement.sql(kBegin).sql(" = ").text(behind.next_try);
    statement.sql(" AND event_id = ").number(behind.key.event_id);
    statement.sql(" AND webhook_id > ").number(behind.key.webhook_id);
    finish_part(") UNION ALL");
    statement.sql(kBegin).sql(" = ").text(behind.next_try);
    statement.sql(" AND event_id > ").number(behind.key.event_id);
    finish_part(") UNION ALL");
    statement.sql(kBegin).sql(" > ").text(behind.next_try).sql(" AND next_try <= UTC_TIMESTAMP(6)");
    finish_part(")");
    return statement.str();
}

std::string select_due_of(std::span<const DueOf> wanted) {
    constexpr std::string_view kBegin = R"(
    (SELECT next_try, event_id, webhook_id
     FROM deliveries FORCE INDEX (deliveries_webhook)
     WHERE webhook_id = )";
    SqlText statement("");
    statement.list(" UNION ALL", wanted, [&](const DueOf& one) {
        const auto finish_part = [&] {
            statement.sql(" AND next_try <= UTC_TIMESTAMP(6) ORDER BY next_try, event_id LIMIT ");
            statement.number(one.most).sql(")");
        };
        statement.sql(kBegin).number(one.webhook_id);
        if (one.behind) {
            statement.sql(" AND next_try = ").text(one.behind->next_try);
            statement.sql(" AND event_id > ").number(one.behind->key.event_id);
            finish_part();
            statement.sql(" UNION ALL").sql(kBegin).number(one.webhook_id);
            statement.sql(" AND next_try > ").text(one.behind->next_try);
        }
        finish_part();
    });
    return statement.str();
}

std::string select_addresses(std::span<const model::Id> webhooks) {
    // The webhook's last finished delivery is at the end of a range of the index. With this ORDER BY both
    // databases read it there; without its first column, or with the index's middle column, one of them
    // sorts.
    SqlText statement(R"(
    SELECT w.id, w.account_id, w.url, w.generation, w.ordered, f.webhook_id IS NOT NULL,
        (SELECT d.status
         FROM deliveries d FORCE INDEX (deliveries_webhook)
         WHERE d.webhook_id = w.id AND d.next_try IS NULL
         ORDER BY d.webhook_id DESC, d.event_id DESC
         LIMIT 1)
    FROM webhooks w LEFT JOIN failing_webhooks f ON f.webhook_id = w.id
    WHERE w.id IN )");
    return statement.numbers(webhooks).str();
}

std::string lock_deliveries(std::span<const DeliveryKey> keys, model::Id lease) {
    SqlText statement(R"(
    SELECT d.event_id, d.webhook_id, d.status, d.next_try, d.retries,
        GREATEST(TIMESTAMPDIFF(MICROSECOND, d.first_try, UTC_TIMESTAMP(6)), 0),
        COALESCE(d.next_try <= UTC_TIMESTAMP(6), 0),
        IF(d.lease = 0, 0, GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), d.lease_until), 0)),
        d.lease = )");
    statement.number(lease).sql(R"(
    FROM)");
    write_keys(statement, keys);
    // MySQL 8 needs "OF d" because the constants can't be locked; MariaDB does not know it.
    return statement.sql(kJoinDeliveries).sql(" FOR UPDATE /*!80000 OF d */ SKIP LOCKED").str();
}

std::string lease_deliveries(std::span<const DeliveryKey> keys, model::Id lease,
                             std::chrono::microseconds time) {
    SqlText statement = update_deliveries(keys);
    statement.sql(" SET d.lease = ").number(lease).sql(", d.lease_until = UTC_TIMESTAMP(6) + INTERVAL ");
    return statement.number(count_of(time)).sql(" MICROSECOND").str();
}

std::string release_deliveries(std::span<const DeliveryKey> keys, model::Id lease) {
    return update_deliveries(keys).sql(" SET d.lease = 0 WHERE d.lease = ").number(lease).str();
}

std::string record_successes(std::span<const FinishedDelivery* const> finished, model::Id lease) {
    SqlText statement("UPDATE");
    write_table(statement, finished, {kKeyColumns, kTryColumns},
                [&](const FinishedDelivery* one) { write_try(statement, *one); });
    statement.sql(kJoinDeliveries).sql(R"(
    SET d.next_try = NULL,
        d.reason = NULL,
        d.status = )");
    statement.number(stored(model::DeliveryStatus::kSucceeded)).sql(",").sql(kSetTry);
    return statement.number(lease).str();
}

std::string record_others(std::span<const FinishedDelivery* const> finished, model::Id lease) {
    constexpr std::string_view kColumns = R"(,
        status TINYINT UNSIGNED PATH '$[4]',
        delay BIGINT PATH '$[5]',
        reason VARCHAR(2040) PATH '$[6]')";
    SqlText statement("UPDATE");
    write_table(statement, finished, {kKeyColumns, kTryColumns, kColumns}, [&](const FinishedDelivery* one) {
        write_try(statement, *one);
        statement.sql(",").number(stored(one->status)).sql(",");
        write_time(statement, one->next_try_in);
        statement.sql(",\"").hexadecimal(one->reason).sql("\"");
    });
    statement.sql(kJoinDeliveries).sql(R"(
    SET d.status = q.status,
        d.next_try = UTC_TIMESTAMP(6) + INTERVAL q.delay MICROSECOND,
        d.reason = CONVERT(UNHEX(q.reason) USING utf8mb4),)");
    return statement.sql(kSetTry).number(lease).str();
}

std::string insert_attempts(std::span<const FinishedDelivery* const> finished) {
    SqlText statement(R"(
    INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us, status, failure, detail, by_allow_list,
                          answer)
    VALUES )");
    statement.list(", ", finished, [&](const FinishedDelivery* item) {
        const FinishedDelivery& one = *item;
        statement.sql("(").number(one.attempt_id).sql(", ").number(one.key.event_id).sql(", ");
        statement.number(one.key.webhook_id)
            .sql(", UTC_TIMESTAMP(6) - INTERVAL ")
            .number(count_of(one.duration));
        statement.sql(" MICROSECOND, ").number(count_of(one.duration)).sql(", ");
        if (one.http_status == 0) {
            statement.sql("NULL, ");
        } else {
            statement.number(static_cast<std::uint64_t>(one.http_status)).sql(", ");
        }
        write_nullable(statement, one.failure);
        statement.sql(", ");
        write_nullable(statement, one.detail);
        statement.sql(", ").boolean(one.by_allow_list).sql(", ");
        if (one.http_status == 0) {
            statement.sql("NULL)");
        } else {
            statement.bytes(one.answer).sql(")");
        }
    });
    return statement.sql(kUnlessStored).str();
}

// REQUIRES: each of them has `unanswered`.
std::string insert_unanswered(std::span<const FinishedDelivery* const> finished) {
    SqlText statement(R"(
    INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us, failure, detail, by_allow_list)
    VALUES )");
    statement.list(", ", finished, [&](const FinishedDelivery* one) {
        const UnansweredRequest& request = *one->unanswered;
        statement.sql("(").number(request.attempt_id).sql(", ").number(one->key.event_id).sql(", ");
        statement.number(one->key.webhook_id)
            .sql(", UTC_TIMESTAMP(6) - INTERVAL ")
            .number(count_of(request.duration + one->duration));
        statement.sql(" MICROSECOND, ").number(count_of(request.duration)).sql(", ");
        write_nullable(statement, request.failure);
        statement.sql(", ");
        write_nullable(statement, request.detail);
        statement.sql(", ").boolean(request.by_allow_list).sql(")");
    });
    return statement.sql(kUnlessStored).str();
}

std::string remove_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement("DELETE d FROM");
    write_keys(statement, keys);
    return statement.sql(kJoinDeliveries).str();
}

std::string fail_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement = update_deliveries(keys);
    statement.sql(R"(
    SET d.next_try = NULL,
        d.reason = 'disabled',
        d.changed_at = UTC_TIMESTAMP(6),
        d.lease = 0,
        d.status = )");
    return statement.number(stored(model::DeliveryStatus::kFailed)).str();
}

std::string put_off_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement = update_deliveries(keys);
    return statement.sql(" SET d.next_try = UTC_TIMESTAMP(6) + INTERVAL 5 MINUTE, d.lease = 0").str();
}

std::string put_off_delivery(const DeliveryKey& key, model::Id lease) {
    SqlText statement = SqlText::composed(put_off_deliveries({&key, 1}));
    statement.sql(R"(
    WHERE d.next_try IS NOT NULL AND (d.lease_until <= UTC_TIMESTAMP(6) OR d.lease IN (0, )");
    return statement.number(lease).sql("))").str();
}

std::string select_events(std::span<const model::Id> events) {
    SqlText statement("SELECT id, event_type, occurred_at, content FROM events WHERE id IN ");
    return statement.numbers(events).str();
}

std::string select_webhooks(std::span<const model::Id> webhooks) {
    SqlText statement(R"(
    SELECT w.id, w.account_id, w.url, w.check_cert, w.api_version, w.enabled, w.deleted_at IS NOT NULL,
        w.ordered, f.webhook_id IS NOT NULL, w.generation, w.secret, w.headers
    FROM webhooks w LEFT JOIN failing_webhooks f ON f.webhook_id = w.id
    WHERE w.id IN )");
    return statement.numbers(webhooks).str();
}

std::string select_former_secrets(std::span<const model::Id> webhooks) {
    SqlText statement(R"(
    SELECT webhook_id, secret
    FROM retired_secrets
    WHERE expires_at > UTC_TIMESTAMP(6) AND webhook_id IN )");
    return statement.numbers(webhooks).sql(" ORDER BY webhook_id, id DESC").str();
}

}  // namespace db
