#include "sql/deliveries/delivery_order.hpp"

#include <algorithm>
#include <map>

#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

// The delivery of an ordered webhook that was claimed last.
struct LastClaim {
    model::Id event_id = 0;
    bool unfinished = false;
    std::chrono::microseconds leased_for{};
    std::chrono::microseconds due_in{};
};

std::chrono::microseconds time_of(const Rows& rows, std::size_t row, std::size_t column) {
    return std::chrono::microseconds(static_cast<std::int64_t>(rows.number(row, column)));
}

// The smallest claimed event of each ordered webhook, in the order of webhooks.
std::map<model::Id, model::Id> first_claims(const std::vector<ClaimedDelivery>& claims) {
    std::map<model::Id, model::Id> first;
    for (const ClaimedDelivery& claim : claims) {
        if (!claim.ordered) continue;
        const auto [found, is_new] = first.try_emplace(claim.key.webhook_id, claim.key.event_id);
        if (!is_new) found->second = std::min(found->second, claim.key.event_id);
    }
    return first;
}

std::map<model::Id, LastClaim> read_last_claims(Connection& connection, std::span<const model::Id> webhooks) {
    std::map<model::Id, LastClaim> last;
    const Rows rows = connection.query_text(select_claimed_last(webhooks));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        last[rows.number(row, OrderColumn::kWebhook)] = {
            .event_id = rows.number(row, OrderColumn::kEvent),
            .unfinished = rows.flag(row, OrderColumn::kIsUnfinished),
            .leased_for = time_of(rows, row, OrderColumn::kLeasedFor),
            .due_in = time_of(rows, row, OrderColumn::kDueIn)};
    }
    return last;
}

SqlText insert_claims(std::span<const DeliveryKey> claims) {
    SqlText statement("INSERT INTO ordered_webhooks (webhook_id, event_id) VALUES ");
    statement.list(", ", claims, [&](const DeliveryKey& key) {
        statement.sql("(").number(key.webhook_id).sql(", ").number(key.event_id).sql(")");
    });
    statement.sql(" ON DUPLICATE KEY UPDATE event_id = ");
    return statement;
}

// Whether an event may be claimed only after the last claim has ended.
bool must_wait(model::Id event, const LastClaim& last) {
    if (event == last.event_id || !last.unfinished) return false;
    return last.event_id < event || last.leased_for.count() > 0;
}

}  // namespace

void keep_order(Connection& connection, std::vector<ClaimedDelivery>& claims, ClaimBatchOutcome& outcome) {
    const std::map<model::Id, model::Id> first = first_claims(claims);
    if (first.empty()) return;
    std::vector<model::Id> webhooks;
    std::vector<DeliveryKey> keys;
    for (const auto& [webhook, event] : first) {
        webhooks.push_back(webhook);
        keys.push_back({event, webhook});
    }
    connection.execute_text(lock_order(keys));
    const std::map<model::Id, LastClaim> last = read_last_claims(connection, webhooks);
    std::vector<DeliveryKey> claimed;
    std::erase_if(claims, [&](const ClaimedDelivery& claim) {
        if (!claim.ordered) return false;
        const DeliveryKey& key = claim.key;
        const LastClaim& before = last.at(key.webhook_id);
        if (must_wait(key.event_id, before)) {
            outcome.waiting.push_back({key, before.event_id, std::max(before.leased_for, before.due_in)});
            return true;
        }
        if (const model::Id event = first.at(key.webhook_id); event != key.event_id) {
            outcome.waiting.push_back({key, event, {}});
            return true;
        }
        if (before.event_id != key.event_id) claimed.push_back(key);
        return false;
    });
    if (!claimed.empty()) connection.execute_text(record_claimed_last(claimed));
}

std::vector<UnfinishedDelivery> find_in_order(Connection& connection, std::span<const DueOf> wanted) {
    std::vector<UnfinishedDelivery> found;
    if (wanted.empty()) return found;
    const Rows rows = connection.query_text(select_in_order(wanted));
    found.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        found.push_back(
            {{rows.number(row, UnfinishedColumn::kEvent), rows.number(row, UnfinishedColumn::kWebhook)},
             time_of(rows, row, UnfinishedColumn::kDueIn)});
    }
    std::ranges::sort(found, {}, [](const UnfinishedDelivery& one) {
        return std::pair(one.key.webhook_id, one.key.event_id);
    });
    return found;
}

std::string select_in_order(std::span<const DueOf> wanted) {
    constexpr std::string_view kBegin = R"(
    (SELECT event_id, webhook_id, GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), next_try), 0)
     FROM (SELECT event_id, webhook_id, next_try
           FROM deliveries FORCE INDEX (deliveries_webhook)
           WHERE webhook_id = )";
    constexpr std::string_view kBeginHead = R"(
    (SELECT event_id, webhook_id, GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), next_try),
        IF(lease = 0, 0, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), lease_until)), 0)
     FROM deliveries FORCE INDEX (PRIMARY)
     WHERE webhook_id = )";
    // What waits for a later try holds up nothing once its webhook is not ordered any more, or can't get
    // deliveries any more. What is due then is proposed, and the claim decides.
    constexpr std::string_view kIsWaitedFor = R"( AND next_try IS NOT NULL AND (next_try <= UTC_TIMESTAMP(6)
        OR (SELECT w.ordered AND w.enabled AND w.deleted_at IS NULL FROM webhooks w WHERE w.id = )";
    SqlText statement("");
    statement.list(" UNION ALL", wanted, [&](const DueOf& one) {
        statement.sql(one.head == 0, kBegin, kBeginHead).number(one.webhook_id);
        statement.sql(kIsWaitedFor).number(one.webhook_id).sql("))");
        if (one.head != 0) {
            statement.sql(" AND event_id = ").number(one.head).sql(")");
            return;
        }
        statement.sql(" ORDER BY next_try, event_id LIMIT ").number(kMostInOrder);
        statement.sql(") earliest ORDER BY event_id LIMIT ").number(one.most).sql(")");
    });
    return statement.str();
}

std::string lock_order(std::span<const DeliveryKey> first) {
    return insert_claims(first).sql("event_id").str();
}

std::string select_claimed_last(std::span<const model::Id> webhooks) {
    SqlText statement(R"(
    SELECT o.webhook_id, o.event_id, d.event_id IS NOT NULL,
        IF(d.lease > 0, GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), d.lease_until), 0), 0),
        COALESCE(GREATEST(TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), d.next_try), 0), 0)
    FROM ordered_webhooks o LEFT JOIN deliveries d FORCE INDEX (PRIMARY)
        ON d.event_id = o.event_id AND d.webhook_id = o.webhook_id AND d.next_try IS NOT NULL
    WHERE o.webhook_id IN )");
    return statement.numbers(webhooks).str();
}

std::string record_claimed_last(std::span<const DeliveryKey> claimed) {
    return insert_claims(claimed).sql("VALUES(event_id)").str();
}

}  // namespace db
