#include "sql/delivery_statements.hpp"

#include "sql/sql_text.hpp"
#include "sql/time_text.hpp"

namespace db {
namespace {

// For how long deliveries wait whose secret the configured key doesn't open.
constexpr std::string_view kPutOff = "INTERVAL 5 MINUTE";

std::uint64_t count_of(std::chrono::microseconds time) {
    return static_cast<std::uint64_t>(time.count() < 0 ? 0 : time.count());
}

// "first", then the separator before every further one.
template <class Items, class Write>
void write_list(SqlText& statement, std::string_view separator, const Items& items, Write write) {
    bool first = true;
    for (const auto& item : items) {
        if (!first) statement.sql(separator);
        first = false;
        write(item);
    }
}

void write_ids(SqlText& statement, std::span<const Id> ids) {
    statement.sql("(");
    write_list(statement, ", ", ids, [&](Id id) { statement.number(id); });
    statement.sql(")");
}

// The table of constants q, with columns event_id and webhook_id.
void write_keys(SqlText& statement, std::span<const DeliveryKey> keys) {
    statement.sql("(");
    write_list(statement, " UNION ALL ", keys, [&](const DeliveryKey& key) {
        statement.sql("SELECT ").number(key.event_id).sql(" AS event_id, ").number(key.webhook_id);
        statement.sql(" AS webhook_id");
    });
    statement.sql(") q");
}

constexpr std::string_view kJoinDeliveries =
    " STRAIGHT_JOIN deliveries d ON d.event_id = q.event_id AND d.webhook_id = q.webhook_id";

SqlText update_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement("UPDATE ");
    write_keys(statement, keys);
    statement.sql(kJoinDeliveries).sql(" SET ");
    return statement;
}

void write_nullable(SqlText& statement, const std::string& text) {
    if (text.empty()) {
        statement.sql("NULL");
    } else {
        statement.text(text);
    }
}

int number_of(DeliveryStatus status) {
    return static_cast<int>(status);
}

}  // namespace

std::string select_due(const DuePlace& behind, std::size_t most) {
    constexpr std::string_view kColumns =
        "(SELECT DATE_FORMAT(next_try, '%Y-%m-%d %H:%i:%s.%f') AS due, event_id, webhook_id FROM deliveries"
        " FORCE INDEX (deliveries_due) WHERE ";
    SqlText statement("");
    const auto finish_part = [&](std::string_view rest) {
        statement.sql(" ORDER BY next_try, event_id, webhook_id LIMIT ").number(most).sql(rest);
    };
    statement.sql(kColumns).sql("next_try = ").text(behind.next_try).sql(" AND event_id = ");
    statement.number(behind.key.event_id).sql(" AND webhook_id > ").number(behind.key.webhook_id);
    finish_part(") UNION ALL ");
    statement.sql(kColumns).sql("next_try = ").text(behind.next_try).sql(" AND event_id > ");
    statement.number(behind.key.event_id);
    finish_part(") UNION ALL ");
    statement.sql(kColumns).sql("next_try > ").text(behind.next_try).sql(" AND next_try <= UTC_TIMESTAMP(6)");
    finish_part(") ORDER BY due, event_id, webhook_id LIMIT ");
    return statement.number(most).str();
}

std::string select_due_of(std::span<const Id> webhooks, std::size_t most_of_each) {
    SqlText statement("");
    write_list(statement, " UNION ALL ", webhooks, [&](Id webhook) {
        statement.sql(
            "(SELECT event_id, webhook_id FROM deliveries FORCE INDEX (deliveries_webhook) WHERE webhook_id "
            "= ");
        statement.number(webhook).sql(" AND next_try <= UTC_TIMESTAMP(6) ORDER BY next_try LIMIT ");
        statement.number(most_of_each).sql(")");
    });
    return statement.str();
}

std::string select_addresses(std::span<const Id> webhooks) {
    SqlText statement("SELECT id, url FROM webhooks WHERE id IN ");
    write_ids(statement, webhooks);
    return statement.str();
}

std::string lock_deliveries(std::span<const DeliveryKey> keys, Id lease) {
    SqlText statement(
        "SELECT d.event_id, d.webhook_id, d.status, " + client_time("d.next_try") +
        ", d.retries, GREATEST(TIMESTAMPDIFF(MICROSECOND, d.first_try, UTC_TIMESTAMP(6)), 0)"
        ", COALESCE(d.next_try <= UTC_TIMESTAMP(6), 0)"
        ", COALESCE(GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), d.lease_until), 0), 0)"
        ", COALESCE(d.lease = ");
    statement.number(lease).sql(", 0) FROM ");
    write_keys(statement, keys);
    return statement.sql(kJoinDeliveries).sql(" FOR UPDATE SKIP LOCKED").str();
}

std::string lease_deliveries(std::span<const DeliveryKey> keys, Id lease, std::chrono::microseconds time) {
    SqlText statement = update_deliveries(keys);
    statement.sql("d.lease = ").number(lease).sql(", d.lease_until = UTC_TIMESTAMP(6) + INTERVAL ");
    return statement.number(count_of(time)).sql(" MICROSECOND").str();
}

std::string release_deliveries(std::span<const DeliveryKey> keys, Id lease) {
    SqlText statement = update_deliveries(keys);
    statement.sql("d.lease = NULL, d.lease_until = NULL WHERE d.lease = ").number(lease);
    return statement.str();
}

std::string record_deliveries(std::span<const FinishedDelivery> finished, Id lease) {
    SqlText statement("UPDATE (");
    write_list(statement, " UNION ALL ", finished, [&](const FinishedDelivery& one) {
        statement.sql("SELECT ").number(one.key.event_id).sql(" AS event_id, ").number(one.key.webhook_id);
        statement.sql(" AS webhook_id, ").number(static_cast<std::uint64_t>(number_of(one.status)));
        statement.sql(" AS status, ");
        if (one.next_try_in) {
            statement.number(count_of(*one.next_try_in));
        } else {
            statement.sql("NULL");
        }
        statement.sql(" AS delay, ").number(static_cast<std::uint64_t>(one.retries)).sql(" AS retries, ");
        write_nullable(statement, one.reason);
        statement.sql(" AS reason, ");
        if (one.charged) {
            statement.number(count_of(one.duration));
        } else {
            statement.sql("NULL");
        }
        statement.sql(" AS charged_time");
    });
    statement.sql(") q").sql(kJoinDeliveries);
    statement.sql(
        " SET d.status = q.status, d.next_try = UTC_TIMESTAMP(6) + INTERVAL q.delay MICROSECOND,"
        " d.retries = q.retries, d.reason = q.reason,"
        " d.first_try = COALESCE(d.first_try, UTC_TIMESTAMP(6) - INTERVAL q.charged_time MICROSECOND),"
        " d.finished_at = IF(q.delay IS NULL, UTC_TIMESTAMP(6), NULL), d.lease = NULL, d.lease_until = NULL"
        " WHERE d.lease = ");
    return statement.number(lease).str();
}

std::string insert_attempts(std::span<const FinishedDelivery> finished) {
    SqlText statement(
        "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us, status, failure, detail, "
        "answer) VALUES ");
    write_list(statement, ", ", finished, [&](const FinishedDelivery& one) {
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
        statement.sql(", ");
        if (one.http_status == 0) {
            statement.sql("NULL)");
        } else {
            statement.bytes(one.answer).sql(")");
        }
    });
    // A turn that is taken again, because nobody knows whether it was committed.
    return statement.sql(" ON DUPLICATE KEY UPDATE duration_us = VALUES(duration_us)").str();
}

std::string disable_gone_webhooks(std::span<const Id> webhooks) {
    SqlText statement(
        "UPDATE webhooks SET enabled = FALSE, disabled_reason = 'The receiver answered 410 Gone.'"
        " WHERE enabled AND deleted_at IS NULL AND id IN ");
    write_ids(statement, webhooks);
    return statement.str();
}

std::string remove_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement("DELETE d FROM ");
    write_keys(statement, keys);
    return statement.sql(kJoinDeliveries).str();
}

std::string fail_deliveries(std::span<const DeliveryKey> keys) {
    return update_deliveries(keys)
        .sql(
            "d.status = 3, d.next_try = NULL, d.reason = 'disabled', d.finished_at = UTC_TIMESTAMP(6),"
            " d.lease = NULL, d.lease_until = NULL")
        .str();
}

std::string put_off_deliveries(std::span<const DeliveryKey> keys) {
    SqlText statement = update_deliveries(keys);
    statement.sql("d.next_try = UTC_TIMESTAMP(6) + ").sql(kPutOff);
    return statement.sql(", d.lease = NULL, d.lease_until = NULL").str();
}

std::string select_events(std::span<const Id> events) {
    SqlText statement("SELECT id, event_type, " + client_time("occurred_at") +
                      ", content FROM events WHERE id IN ");
    write_ids(statement, events);
    return statement.str();
}

std::string select_webhooks(std::span<const Id> webhooks) {
    SqlText statement(
        "SELECT id, url, check_cert, api_version, enabled, deleted_at IS NOT NULL, secret FROM webhooks "
        "WHERE id IN ");
    write_ids(statement, webhooks);
    return statement.str();
}

std::string select_former_secrets(std::span<const Id> webhooks) {
    SqlText statement(
        "SELECT webhook_id, secret FROM retired_secrets WHERE expires_at > UTC_TIMESTAMP(6) AND webhook_id "
        "IN ");
    write_ids(statement, webhooks);
    return statement.sql(" ORDER BY webhook_id, id DESC").str();
}

}  // namespace db
