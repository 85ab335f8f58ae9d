#include "sql/deliveries/delivery_queue.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/deliveries/claim_details.hpp"
#include "sql/deliveries/delivery_order.hpp"
#include "sql/deliveries/delivery_statements.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/deliveries/webhook_health.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

// A time before that of every row.
constexpr const char* kBeginning = "1970-01-01 00:00:00.000000";

constexpr std::string_view kSelectFreshStarts = R"(
    SELECT id, generation
    FROM webhooks FORCE INDEX (webhooks_generation)
    WHERE generation >=
        TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND))";
struct GenerationColumn {
    enum : std::size_t { kWebhook, kGeneration };
};

std::vector<DeliveryKey> keys_of(const std::vector<ClaimedDelivery>& claims) {
    std::vector<DeliveryKey> keys;
    keys.reserve(claims.size());
    for (const ClaimedDelivery& claim : claims) keys.push_back(claim.key);
    return keys;
}

std::vector<model::Id> ids_of(const std::vector<ClaimedDelivery>& claims, model::Id DeliveryKey::*id) {
    std::set<model::Id> ids;
    for (const ClaimedDelivery& claim : claims) ids.insert(claim.key.*id);
    return {ids.begin(), ids.end()};
}

std::chrono::microseconds time_of(const Rows& rows, std::size_t row, std::size_t column) {
    return std::chrono::microseconds(static_cast<std::int64_t>(rows.number(row, column)));
}

DeliveryKey key_of(const Rows& rows, std::size_t row, std::size_t first_column) {
    return {rows.number(row, first_column), rows.number(row, first_column + 1)};
}

// Returns the rows in the order of their next tries, which they nearly always have already.
std::vector<DueDelivery> due_rows(const Rows& rows) {
    std::vector<DueDelivery> due;
    due.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row)
        due.push_back({rows.text(row, DueColumn::kNextTry), key_of(rows, row, DueColumn::kEvent)});
    if (!std::is_sorted(due.begin(), due.end())) std::sort(due.begin(), due.end());
    return due;
}

ClaimedDelivery claim_of(const Rows& rows, std::size_t row) {
    ClaimedDelivery claim;
    claim.key = key_of(rows, row, LockColumn::kEvent);
    claim.event.id = claim.key.event_id;
    claim.event.deliveries = {
        model::Delivery{.webhook_id = claim.key.webhook_id,
                        .api_version = {},
                        .status = read_status(rows, row, LockColumn::kStatus),
                        .next_try = to_client_time(rows.text(row, LockColumn::kNextTry)),
                        .retries = static_cast<std::int32_t>(rows.number(row, LockColumn::kRetries))}};
    if (!rows.is_null(row, LockColumn::kSinceFirstTry)) {
        claim.since_first_try = time_of(rows, row, LockColumn::kSinceFirstTry);
    }
    return claim;
}

using FinishedDeliveries = std::span<const FinishedDelivery* const>;

template <class Are>
std::vector<const FinishedDelivery*> those_that(std::span<const FinishedDelivery> finished, const Are& are) {
    std::vector<const FinishedDelivery*> found;
    for (const FinishedDelivery& one : finished) {
        if (are(one)) found.push_back(&one);
    }
    return found;
}

// The limit of the bytes of unbounded values in one statement: servers refuse statements beyond
// max_allowed_packet, which may be as little as 1 MiB.
constexpr std::size_t kMostBytesOfText = 128 * 1024;

std::size_t bytes_of_text(const FinishedDelivery& one) {
    const std::size_t before = one.unanswered ? one.unanswered->detail.size() : 0;
    return one.reason.size() + one.failure.size() + one.detail.size() + one.answer.size() + before;
}

template <class Work>
void for_each_chunk(FinishedDeliveries all, const Work& work) {
    while (!all.empty()) {
        std::size_t count = 0;
        for (std::size_t bytes = 0; count < all.size() && bytes < kMostBytesOfText; ++count) {
            bytes += bytes_of_text(*all[count]);
        }
        work(all.first(count));
        all = all.subspan(count);
    }
}

// For a failure from before the webhook started afresh: the delivery is due again, for the webhook as it is
// now.
FinishedDelivery due_again(FinishedDelivery one) {
    one.status = model::DeliveryStatus::kRescheduled;
    one.next_try_in = std::chrono::microseconds{0};
    one.webhook_gone = false;
    return one;
}

WebhookHealth health_of(const Rows& rows, std::size_t row) {
    if (rows.flag(row, AddressColumn::kIsFailing)) return WebhookHealth::kFailing;
    if (rows.is_null(row, AddressColumn::kLastStatus)) return WebhookHealth::kUnknown;
    return read_status(rows, row, AddressColumn::kLastStatus) == model::DeliveryStatus::kSucceeded
               ? WebhookHealth::kHealthy
               : WebhookHealth::kUnknown;
}

}  // namespace

std::vector<DueDelivery> DeliveryQueue::scan(const DuePosition& behind, std::size_t most) {
    std::vector<DueDelivery> due = due_rows(connection_.query_text(select_due(behind, most)));
    if (due.size() > most) due.resize(most);
    return due;
}

DuePosition DeliveryQueue::position_before_now(std::optional<std::chrono::microseconds> ago) {
    if (!ago) return {kBeginning, {}};
    const auto microseconds = static_cast<std::uint64_t>(ago->count());
    const Rows rows = connection_.query(
        "SELECT DATE_FORMAT(UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND, '%Y-%m-%d %H:%i:%s.%f')",
        {microseconds});
    return {rows.text(0, 0), {}};
}

std::vector<DueDelivery> DeliveryQueue::due_of(const std::vector<DueOf>& wanted) {
    std::vector<DueDelivery> due;
    if (wanted.empty()) return due;
    std::map<model::Id, std::size_t> left;
    for (const DueOf& one : wanted) left[one.webhook_id] = one.most;
    for (DueDelivery& one : due_rows(connection_.query_text(select_due_of(wanted)))) {
        if (left[one.key.webhook_id] == 0) continue;
        --left[one.key.webhook_id];
        due.push_back(std::move(one));
    }
    return due;
}

std::vector<UnfinishedDelivery> DeliveryQueue::unfinished_of(const std::vector<DueOf>& wanted) {
    return find_in_order(connection_, wanted);
}

std::vector<WebhookAddress> DeliveryQueue::addresses(const std::vector<model::Id>& webhooks) {
    std::vector<WebhookAddress> found;
    if (webhooks.empty()) return found;
    const Rows rows = connection_.query_text(select_addresses(webhooks));
    for (std::size_t row = 0; row < rows.size(); ++row)
        found.push_back({.webhook_id = rows.number(row, AddressColumn::kWebhook),
                         .account_id = rows.number(row, AddressColumn::kAccount),
                         .url = rows.text(row, AddressColumn::kUrl),
                         .health = health_of(rows, row),
                         .generation = rows.number(row, AddressColumn::kGeneration),
                         .ordered = rows.flag(row, AddressColumn::kOrdered)});
    return found;
}

std::vector<FreshStart> DeliveryQueue::fresh_starts(std::chrono::microseconds ago) {
    const Rows rows = connection_.query(kSelectFreshStarts, {static_cast<std::uint64_t>(ago.count())});
    std::vector<FreshStart> found;
    found.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        found.push_back(
            {rows.number(row, GenerationColumn::kWebhook), rows.number(row, GenerationColumn::kGeneration)});
    }
    return found;
}

std::optional<std::chrono::microseconds> DeliveryQueue::oldest_due() {
    const Rows rows = connection_.query(R"(
        SELECT GREATEST(TIMESTAMPDIFF(MICROSECOND, MIN(next_try), UTC_TIMESTAMP(6)), 0)
        FROM deliveries
        WHERE next_try <= UTC_TIMESTAMP(6))");
    if (rows.is_null(0, 0)) return std::nullopt;
    return time_of(rows, 0, 0);
}

ClaimBatchOutcome DeliveryQueue::record_and_claim(const ClaimBatch& batch) {
    ClaimBatchOutcome outcome;
    Transaction transaction(connection_);
    if (!batch.finished.empty()) record(batch, outcome);
    if (!batch.given_back.empty()) connection_.execute_text(release_deliveries(batch.given_back, lease_));
    if (!batch.wanted.empty()) claim(batch, outcome);
    transaction.commit();
    return outcome;
}

void DeliveryQueue::record(const ClaimBatch& batch, ClaimBatchOutcome& outcome) {
    std::vector<const FinishedDelivery*> successes;
    std::vector<const FinishedDelivery*> others;
    std::list<FinishedDelivery> outdated;
    const HeldWebhooks webhooks = hold_failed(connection_, batch.finished);
    for (const FinishedDelivery& one : batch.finished) {
        if (one.status == model::DeliveryStatus::kSucceeded) {
            successes.push_back(&one);
        } else if (is_outdated(one, webhooks)) {
            outcome.outdated.push_back(one.key);
            others.push_back(&outdated.emplace_back(due_again(one)));
        } else {
            others.push_back(&one);
        }
    }
    std::uint64_t recorded = 0;
    if (!successes.empty()) recorded += connection_.update_text(record_successes(successes, lease_));
    for_each_chunk(others,
                   [&](auto chunk) { recorded += connection_.update_text(record_others(chunk, lease_)); });
    record_attempts(batch.finished);
    outcome.disabled_webhooks = record_health(connection_, policy_, batch.finished, webhooks);
    outcome.recorded = recorded;
}

void DeliveryQueue::record_attempts(std::span<const FinishedDelivery> finished) {
    const auto unanswered = those_that(finished, [](const auto& one) { return one.unanswered.has_value(); });
    for_each_chunk(unanswered, [&](auto chunk) { connection_.execute_text(insert_unanswered(chunk)); });
    const auto attempts = those_that(finished, [](const auto& one) { return one.attempt_id != 0; });
    for_each_chunk(attempts, [&](auto chunk) { connection_.execute_text(insert_attempts(chunk)); });
}

std::uint64_t DeliveryQueue::make_waiting_due(model::Id webhook, std::uint64_t most) {
    return db::make_waiting_due(connection_, webhook, most);
}

void DeliveryQueue::put_off(const DeliveryKey& key) {
    connection_.execute_text(put_off_delivery(key, lease_));
}

void DeliveryQueue::claim(const ClaimBatch& batch, ClaimBatchOutcome& outcome) {
    constexpr std::chrono::seconds kLocked{1};  // no transaction locks a row for longer
    const Rows rows = connection_.query_text(lock_deliveries(batch.wanted, lease_));
    std::set<DeliveryKey> locked;
    std::vector<ClaimedDelivery> claims;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const DeliveryKey key = *locked.insert(key_of(rows, row, LockColumn::kEvent)).first;
        const bool ours = rows.flag(row, LockColumn::kOurs);
        if (!rows.flag(row, LockColumn::kDue)) {
            outcome.not_due.push_back(key);
        } else if (const auto leased_for = time_of(rows, row, LockColumn::kLeasedFor);
                   leased_for.count() > 0 && !ours) {
            outcome.busy.push_back({key, leased_for});
        } else {
            claims.push_back(claim_of(rows, row));
        }
    }
    for (const DeliveryKey& key : batch.wanted) {
        if (!locked.contains(key)) outcome.busy.push_back({key, kLocked});
    }
    if (claims.empty()) return;
    complete(claims, outcome);
    keep_order(connection_, claims, outcome);
    if (!claims.empty()) {
        connection_.update_text(lease_deliveries(keys_of(claims), lease_, batch.lease_time), claims.size());
    }
    outcome.claimed = std::move(claims);
}

void DeliveryQueue::complete(std::vector<ClaimedDelivery>& claims, ClaimBatchOutcome& outcome) {
    const auto events = read_claimed_events(connection_, ids_of(claims, &DeliveryKey::event_id));
    const auto webhooks = read_claimed_webhooks(connection_, ids_of(claims, &DeliveryKey::webhook_id));
    std::map<model::Id, std::optional<OpenedWebhook>> opened;
    std::erase_if(claims, [&](ClaimedDelivery& claim) {
        const auto event = events.find(claim.key.event_id);
        const auto webhook = webhooks.find(claim.key.webhook_id);
        if (event == events.end() || webhook == webhooks.end() || webhook->second.deleted) {
            return outcome.removed.push_back(claim.key), true;
        }
        if (!webhook->second.enabled) return outcome.disabled.push_back(claim.key), true;
        if (!opened.contains(claim.key.webhook_id)) {
            opened[claim.key.webhook_id] = open_webhook(secrets_, webhook->second);
        }
        const auto& open = opened[claim.key.webhook_id];
        if (!open) return outcome.unreadable.push_back(claim.key), true;
        claim.event.event_type = event->second.event_type;
        claim.event.occurred_at = event->second.occurred_at;
        claim.event.content = event->second.content;
        claim.event.deliveries.front().api_version = webhook->second.api_version;
        claim.account_id = webhook->second.account_id;
        claim.url = webhook->second.url;
        claim.check_cert = webhook->second.check_cert;
        claim.ordered = webhook->second.ordered;
        claim.generation = webhook->second.generation;
        claim.opened = *open;
        claim.webhook_failing = webhook->second.failing;
        return false;
    });
    if (!outcome.removed.empty()) connection_.execute_text(remove_deliveries(outcome.removed));
    if (!outcome.disabled.empty()) connection_.execute_text(fail_deliveries(outcome.disabled));
    if (!outcome.unreadable.empty()) connection_.execute_text(put_off_deliveries(outcome.unreadable));
}

}  // namespace db
