#include "sql/deliveries/webhook_health.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

using Ids = std::vector<model::Id>;

// The rows of failing_webhooks are locked as well.
std::string hold_webhooks(const Ids& webhooks) {
    SqlText statement(R"(
    SELECT w.id, w.generation, w.account_id, w.enabled, w.deleted_at IS NOT NULL,
        DATE_FORMAT(f.since, '%Y-%m-%dT%H:%i:%s.%fZ'),
        GREATEST(TIMESTAMPDIFF(MICROSECOND, f.since, UTC_TIMESTAMP(6)), 0),
        GREATEST(TIMESTAMPDIFF(MICROSECOND, f.warned_at, UTC_TIMESTAMP(6)), 0)
    FROM webhooks w LEFT JOIN failing_webhooks f ON f.webhook_id = w.id
    WHERE w.id IN )");
    return statement.numbers(webhooks).sql(" LOCK IN SHARE MODE").str();
}
enum HeldColumn : std::size_t {
    kWebhook,
    kGeneration,
    kAccount,
    kEnabled,
    kIsDeleted,
    kFailingSince,
    kFailingFor,
    kWarnedFor
};

std::string insert_failing(const Ids& webhooks) {
    SqlText statement("INSERT INTO failing_webhooks (webhook_id, since) VALUES ");
    statement.list(", ", webhooks,
                   [&](model::Id id) { statement.sql("(").number(id).sql(", UTC_TIMESTAMP(6))"); });
    return statement.sql(" ON DUPLICATE KEY UPDATE since = since").str();
}

std::string remove_failing(const Ids& webhooks) {
    return SqlText("DELETE FROM failing_webhooks WHERE webhook_id IN ").numbers(webhooks).str();
}

std::string mark_warned(const Ids& webhooks) {
    SqlText statement("UPDATE failing_webhooks SET warned_at = UTC_TIMESTAMP(6) WHERE webhook_id IN ");
    return statement.numbers(webhooks).str();
}

std::string disable_gone(const Ids& webhooks) {
    SqlText statement(R"(
    UPDATE webhooks
    SET enabled = FALSE, disabled_reason = 'The receiver answered 410 Gone.', revision = revision + 1
    WHERE id IN )");
    return statement.numbers(webhooks).str();
}

std::string disable_failing(const Ids& webhooks) {
    SqlText statement(R"(
    UPDATE webhooks w JOIN failing_webhooks f ON f.webhook_id = w.id
    SET w.enabled = FALSE,
        w.revision = w.revision + 1,
        w.disabled_reason =
            CONCAT('All deliveries have failed since ', DATE_FORMAT(f.since, '%Y-%m-%dT%H:%i:%s.%fZ'), '.')
    WHERE w.id IN )");
    return statement.numbers(webhooks).str();
}

std::string insert_mails(const Ids& webhooks, SqlLiteral kind) {
    SqlText statement("INSERT INTO webhook_mails (webhook_id, kind, day, made_at) VALUES ");
    statement.list(", ", webhooks, [&](model::Id id) {
        statement.sql("(").number(id).sql(", '").sql(kind).sql("', UTC_DATE(), UTC_TIMESTAMP(6))");
    });
    return statement.sql(" ON DUPLICATE KEY UPDATE made_at = made_at").str();
}

std::optional<std::chrono::microseconds> time_of(const Rows& rows, std::size_t row, std::size_t column) {
    if (rows.is_null(row, column)) return std::nullopt;
    return std::chrono::microseconds(static_cast<std::int64_t>(rows.number(row, column)));
}

// What the outcomes of a batch say about a webhook.
struct News {
    bool has_recovered = false;  // at some time
    bool fails = false;          // at last
    bool is_gone = false;
};

// In the order of ids, to prevent deadlocks between daemons.
std::map<model::Id, News> news_of(std::span<const FinishedDelivery> finished, const HeldWebhooks& held) {
    std::map<model::Id, News> webhooks;
    for (const FinishedDelivery& one : finished) {
        if (is_outdated(one, held) || (!one.webhook_fails && !one.webhook_gone)) continue;
        News& news = webhooks[one.key.webhook_id];
        news.is_gone = news.is_gone || one.webhook_gone;
        news.fails = one.webhook_fails.value_or(news.fails);
        news.has_recovered = news.has_recovered || one.webhook_fails == false;
    }
    return webhooks;
}

struct Changes {
    Ids recovered;
    Ids failing;
    Ids warned;
    Ids gone;
    Ids failed_for_long;
};

void add(Changes& changes, const DisablePolicy& policy, model::Id id, const HeldWebhook& webhook,
         const News& news) {
    if (webhook.deleted) return;
    const bool was_failing = webhook.failing_since && !news.has_recovered;
    if (news.fails && !was_failing) changes.failing.push_back(id);
    if (!webhook.enabled) return;
    if (news.is_gone) return changes.gone.push_back(id);
    if (!news.fails || !was_failing) return;
    const DisableStep step = next_step(policy, webhook);
    if (step == DisableStep::kWarn) changes.warned.push_back(id);
    if (step == DisableStep::kDisable) changes.failed_for_long.push_back(id);
}

}  // namespace

HeldWebhooks hold_failed(Connection& connection, std::span<const FinishedDelivery> finished) {
    std::set<model::Id> failed;
    for (const FinishedDelivery& one : finished) {
        if (one.status != model::DeliveryStatus::kSucceeded) failed.insert(one.key.webhook_id);
    }
    HeldWebhooks held;
    if (failed.empty()) return held;
    const Rows rows = connection.query_text(hold_webhooks({failed.begin(), failed.end()}));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        held[rows.number(row, kWebhook)] = {
            .generation = rows.number(row, kGeneration),
            .account_id = rows.number(row, kAccount),
            .enabled = rows.flag(row, kEnabled),
            .deleted = rows.flag(row, kIsDeleted),
            .failing_since = rows.cell(row, kFailingSince),
            .failing_for = time_of(rows, row, kFailingFor).value_or(std::chrono::microseconds{}),
            .warned_for = time_of(rows, row, kWarnedFor)};
    }
    return held;
}

bool is_outdated(const FinishedDelivery& one, const HeldWebhooks& held) {
    const auto found = held.find(one.key.webhook_id);
    return found != held.end() && found->second.generation != one.generation;
}

DisableStep next_step(const DisablePolicy& policy, const HeldWebhook& webhook) {
    if (!policy.after) return DisableStep::kNone;
    const bool needs_warning = policy.warning.count() != 0;
    if (needs_warning && !webhook.warned_for) {
        return webhook.failing_for < *policy.after - policy.warning ? DisableStep::kNone : DisableStep::kWarn;
    }
    const bool is_recent = needs_warning && *webhook.warned_for < policy.warning;
    return is_recent || webhook.failing_for < *policy.after ? DisableStep::kNone : DisableStep::kDisable;
}

std::vector<DisabledWebhook> record_health(Connection& connection, const DisablePolicy& policy,
                                           std::span<const FinishedDelivery> finished,
                                           const HeldWebhooks& held) {
    Changes changes;
    for (const auto& [id, news] : news_of(finished, held)) {
        if (news.has_recovered) changes.recovered.push_back(id);
        if (const auto found = held.find(id); found != held.end())
            add(changes, policy, id, found->second, news);
    }
    if (!changes.recovered.empty()) connection.execute_text(remove_failing(changes.recovered));
    if (!changes.failing.empty()) connection.execute_text(insert_failing(changes.failing));
    if (!changes.warned.empty()) {
        connection.execute_text(mark_warned(changes.warned));
        connection.execute_text(insert_mails(changes.warned, "failing"));
    }
    std::vector<DisabledWebhook> disabled;
    const auto disable = [&](const Ids& webhooks, const std::string& statement) {
        connection.execute_text(statement);
        connection.execute_text(insert_mails(webhooks, "disabled"));
        for (const model::Id id : webhooks) {
            disabled.push_back({id, held.at(id).account_id, held.at(id).failing_since});
        }
    };
    if (!changes.gone.empty()) disable(changes.gone, disable_gone(changes.gone));
    if (!changes.failed_for_long.empty()) {
        disable(changes.failed_for_long, disable_failing(changes.failed_for_long));
    }
    return disabled;
}

void forget_failures(Connection& connection, model::Id webhook) {
    connection.execute("DELETE FROM failing_webhooks WHERE webhook_id = ?", {webhook});
}

}  // namespace db
