#include "sql/group_commit/batch_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sql/connection/database_time.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/group_commit/keyed_answers.hpp"
#include "sql/group_commit/publications.hpp"
#include "sql/group_commit/registrations.hpp"

namespace db {
namespace {

std::vector<CounterChange> counters_of(const Batch& batch) {
    std::vector<CounterChange> changes;
    changes.reserve(batch.size());
    for (const auto& write : batch) {
        if (write->webhook) changes.push_back({write->webhook->row.caller.owner, kWebhookCounter});
        if (write->event) changes.push_back({write->event->row.owner, write->event->row.event_type});
    }
    return changes;
}

RatedWork work_of(const Write& write) {
    return write.registration() != nullptr ? RatedWork::kRegistration : RatedWork::kPublication;
}

// Returns false if a request has given up.
bool start_commit(const Batch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (batch[i]->start_commit()) continue;
        for (std::size_t started = 0; started < i; ++started) batch[started]->cancel_commit();
        return false;
    }
    return true;
}

// Adds the statements that insert the rows of the batch. Webhooks that get an event are locked before new
// ones are inserted: a transaction that has inserted some never waits for another one's.
void add_rows(BatchedTransaction& transaction, const Batch& batch) {
    const std::vector<EventRow> events = event_rows(batch);
    const std::vector<WebhookRow> webhooks = webhook_rows(batch);
    if (!events.empty()) {
        transaction.add(insert_events(events));
        transaction.add(insert_deliveries(events));
    }
    if (!webhooks.empty()) {
        transaction.add(insert_webhooks(webhooks));
        transaction.add(insert_greetings(webhooks));
    }
    if (events.empty()) return;
    std::vector<model::Id> ids;
    ids.reserve(events.size());
    for (const EventRow& event : events) ids.push_back(event.id);
    transaction.add(select_deliveries_of(ids));
}

}  // namespace

void BatchWriter::attempt(Connection& connection, Batch& batch, Batch& later) const {
    BatchedTransaction transaction(connection);
    const LookUp look_up(connection, transaction, batch, limits_);
    BatchPlan plan(look_up, secrets_, exits_.leave, later);
    for (std::size_t n = 0; n < batch.size(); ++n) plan.plan(batch[n], n);
    remove_done(batch);
    check_rates(transaction, batch);
    remove_done(batch);
    if (limits_.limit_webhooks()) check_room(look_up.counts(), batch);
    remove_done(batch);
    if (!batch.empty()) store(transaction, batch);
    remove_done(batch);
}

void BatchWriter::check_rates(BatchedTransaction& transaction, const Batch& batch) const {
    RateCheck rates(limits_);
    for (const auto& write : batch) {
        if (rates.limits(work_of(*write))) rates.add(work_of(*write), write->key_id);
    }
    if (rates.empty()) return;
    transaction.add(rates.count());
    transaction.add(rates.select_sums());
    rates.read(transaction.send().back());
    for (const auto& write : batch) {
        const RatedWork what = work_of(*write);
        if (rates.limits(what) && !rates.take(what, write->key_id)) write->settle(Throttled{});
    }
}

// Settles the registrations that exceed a limit.
void BatchWriter::check_room(const WebhookCounts& counts, const Batch& batch) const {
    WebhookRoom room(limits_, counts);
    for (const auto& write : batch) {
        if (!write->webhook) continue;
        if (const auto refusal = room.take(write->webhook->row.caller.owner)) write->settle(*refusal);
    }
}

void BatchWriter::store(BatchedTransaction& transaction, Batch& batch) const {
    const std::vector<KeyedAnswer> claims = answers_at_claim(batch);
    if (!claims.empty()) transaction.add(claim_idempotency_keys(claims));
    add_rows(transaction, batch);
    const bool reads_first = has_later_answers(batch);
    if (reads_first) {
        read_deliveries(batch, transaction.send().back());
        transaction.add(remember_answers(later_answers(batch)));
    }
    transaction.add(change_counters_statement(counters_of(batch)));
    if (!start_commit(batch)) return;
    std::vector<Rows> results;
    try {
        results = transaction.commit();
    } catch (const Error& error) {
        for (const auto& write : batch) {
            error.is(ErrorCategory::kUncertain) ? write->doubt_commit() : write->cancel_commit();
        }
        throw;
    }
    // The deliveries are the result before that of the counters.
    if (!reads_first && results.size() > 1) read_deliveries(batch, results[results.size() - 2]);
    settle_all(batch);
}

// REQUIRES: all of the batch is stored.
void BatchWriter::settle_all(const Batch& batch) const {
    for (const auto& write : batch) {
        write->settle(std::move(write->webhook ? write->webhook->event : write->event->event));
    }
    if (exits_.stored) exits_.stored();
}

std::size_t BatchWriter::settle_stored(Connection& connection, Batch& batch) const {
    settle_stored_webhooks(connection, batch);
    settle_stored_events(connection, batch);
    const std::size_t settled = static_cast<std::size_t>(
        std::ranges::count_if(batch, [](const auto& write) { return write->is_settled(); }));
    remove_done(batch);
    if (settled != 0 && exits_.stored) exits_.stored();
    return settled;
}

void BatchWriter::prepare(Connection& connection) {
    constexpr const char* kSomeTime = "2026-01-31 16:32:17.238553";
    const std::array request{AccessRequest{}};
    const model::WebhookFields fields;
    const std::array webhook{
        WebhookRow{.greeted_at = to_client_time(kSomeTime), .now = kSomeTime, .webhook = &fields}};
    const std::array event{EventRow{.occurred_at = to_client_time(kSomeTime), .time_is_stated = true}};
    const std::array id{kNoId};
    const std::array answer{KeyedAnswer{}};
    for (const SqlText& statement :
         {lock_accounts({{}}), select_access(request), WebhookCounts::select({{}}, {kNoId}),
          insert_webhooks(webhook), insert_greetings(webhook), insert_events(event), insert_deliveries(event),
          select_deliveries_of(id), claim_idempotency_keys(answer), remember_answers(answer),
          change_counters_statement({CounterChange{{}, kWebhookCounter}}), select_stored_webhooks(id)}) {
        connection.prepare(statement.str());
    }
}

}  // namespace db
