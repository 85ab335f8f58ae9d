#include "sql/batch_writer.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace db {
namespace {

constexpr int kAttempts = 4;
constexpr std::chrono::milliseconds kFirstBackOff{50};
constexpr std::chrono::milliseconds kLongestBackOff{250};
// No row has it: ids of this time were never drawn.
constexpr Id kNoId = 0;

// "2026-01-31 16:32:17.238553" as clients see it.
Time to_client_time(std::string now) {
    now.at(10) = 'T';
    return now += 'Z';
}

std::vector<WebhookRow> rows_of(const auto& plans) {
    std::vector<WebhookRow> rows;
    rows.reserve(plans.size());
    for (const auto& planned : plans) rows.push_back(planned.row);
    return rows;
}

}  // namespace

BatchWriter::BatchWriter(const RegistrarSettings& settings, RegistrationQueue& queue,
                         const Registrar::Log& log)
    : settings_(settings), queue_(queue), log_(log) {
    connect();
}

void BatchWriter::connect() {
    Connection connection(settings_.connection);
    const NewWebhook webhook;
    const std::array question{AccessQuestion{}};
    const std::array row{WebhookRow{kNoId, kNoId, kNoId, kNoId, kNoId, &webhook}};
    const std::array id{kNoId};
    connection.prepare(select_access(question));
    connection.prepare(insert_webhooks(row, "2026-01-31 16:32:17.238553"));
    connection.prepare(insert_greetings(row, "2026-01-31 16:32:17.238553"));
    connection.prepare(count_webhooks(id));
    connection_ = std::move(connection);
    queue_.writer_connected();
}

bool BatchWriter::try_to_connect() {
    try {
        connect();
        log_("database_connected", "");
        return true;
    } catch (const Error&) {
        return false;  // the loss was logged, and will be until the connection is back
    }
}

void BatchWriter::lose_connection(const char* reason) {
    connection_.reset();
    queue_.writer_lost();
    log_("database_lost", reason);
}

void BatchWriter::reconnect_patiently() {
    auto back_off = kFirstBackOff;
    while (!connection_ && !queue_.wait_for_close(back_off)) {
        if (try_to_connect()) return;
        back_off = std::min(back_off * 2, kLongestBackOff);
    }
}

bool BatchWriter::reconnect_for(Batch& batch) {
    do {
        if (try_to_connect()) return true;
        queue_.drop_abandoned(batch);
    } while (!batch.empty() && !queue_.wait_for_close(kFirstBackOff));
    return false;
}

void BatchWriter::run() {
    for (Batch batch = queue_.take(settings_.max_batch); !batch.empty();
         batch = queue_.take(settings_.max_batch)) {
        process(std::move(batch));
        if (!connection_) reconnect_patiently();
    }
}

void BatchWriter::process(Batch batch) {
    std::vector<Batch> parts;
    parts.push_back(std::move(batch));
    while (!parts.empty()) {
        Batch part = std::move(parts.back());
        parts.pop_back();
        process(std::move(part), parts);
    }
}

void BatchWriter::process(Batch batch, std::vector<Batch>& later) {
    for (int tries = 1;; ++tries) {
        try {
            while (!batch.empty() && connection_) attempt(batch);
            if (!batch.empty()) fail(batch, {"the database is away"});
            return;
        } catch (const Error& error) {
            if (error.connection_lost()) {
                // Perhaps it was only this connection. Nothing was committed, so all of it can be done again.
                lose_connection(error.what());
                if (tries < kAttempts && reconnect_for(batch)) continue;
                return fail(batch, {error.what()});
            }
            if (tries < kAttempts && (error.transient() || error.duplicate_key())) continue;
            log_("batch_failed", error.what());
            if (batch.size() == 1 || error.server_refuses()) return fail(batch, {error.what()});
            const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
            later.emplace_back(batch.begin(), middle);
            later.emplace_back(middle, batch.end());
            return;
        } catch (const std::exception& exception) {
            // A fault of our own. What the connection is in the middle of is unknown, so it goes.
            if (connection_) lose_connection(exception.what());
            return fail(batch, {exception.what(), true});
        }
    }
}

void BatchWriter::attempt(Batch& batch) {
    queue_.drop_abandoned(batch);
    if (batch.empty()) return;
    std::vector<std::size_t> question_of;
    const Rows access = look_up(batch, question_of);
    std::vector<Planned> plans = plan(batch, access, question_of);
    if (plans.empty()) return;

    const std::string& now = access.text(0, AccessColumn::kNow);
    const std::vector<WebhookRow> rows = rows_of(plans);
    Transaction transaction(*connection_);
    connection_->execute_text(insert_webhooks(rows, now));
    connection_->execute_text(insert_greetings(rows, now));
    if (queue_.start_commit(batch)) commit(transaction, batch, plans);
}

// Many requests of a batch ask the same question; each is put once.
Rows BatchWriter::look_up(const Batch& batch, std::vector<std::size_t>& question_of) {
    std::vector<AccessQuestion> questions;
    std::map<AccessQuestion, std::size_t> known;
    for (const auto& ticket : batch) {
        const Registration& registration = ticket->registration();
        const AccessQuestion question{registration.key, registration.target_id.value_or(kNoId)};
        const auto [position, added] = known.emplace(question, questions.size());
        if (added) questions.push_back(question);
        question_of.push_back(position->second);
    }
    return connection_->query_text(select_access(questions));
}

// Settles whatever needs no storing and takes it out of the batch; the rest gets ids and an event.
std::vector<BatchWriter::Planned> BatchWriter::plan(Batch& batch, const Rows& access,
                                                    const std::vector<std::size_t>& question_of) {
    std::map<std::size_t, std::size_t> row_of;
    for (std::size_t row = 0; row < access.size(); ++row) {
        row_of.emplace(access.number(row, AccessColumn::kIndex), row);
    }

    std::vector<Planned> plans;
    Batch kept;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        RegistrationQueue::Ticket& ticket = *batch[i];
        const auto found = row_of.find(question_of[i]);
        if (found == row_of.end()) {
            queue_.settle(ticket, Unauthorised{});
        } else if (const std::size_t row = found->second; access.is_null(row, AccessColumn::kTarget)) {
            queue_.settle(ticket, NoSuchTarget{});
        } else if (!ticket.registration().webhook) {
            queue_.settle(ticket, Allowed{});
        } else if (access.is_null(row, AccessColumn::kEvent)) {
            queue_.settle(ticket, Unavailable{"the target has no target_created event"});
        } else {
            plans.push_back(plan_one(ticket.registration(), access, row));
            kept.push_back(batch[i]);
        }
    }
    batch = std::move(kept);
    return plans;
}

BatchWriter::Planned BatchWriter::plan_one(const Registration& registration, const Rows& access,
                                           std::size_t row) {
    Event event;
    event.id = access.number(row, AccessColumn::kEvent);
    event.event_type = access.text(row, AccessColumn::kEventType);
    event.occurred_at = access.text(row, AccessColumn::kOccurredAt);
    event.content = access.text(row, AccessColumn::kContent);
    const Id id = draw_id();
    event.deliveries = {Delivery{.webhook_id = id,
                                 .api_version = registration.webhook->api_version,
                                 .next_try = to_client_time(access.text(row, AccessColumn::kNow))}};
    return {WebhookRow{.id = id,
                       .account_id = access.number(row, AccessColumn::kAccount),
                       .user_id = access.number(row, AccessColumn::kUser),
                       .target_id = access.number(row, AccessColumn::kTarget),
                       .greeting_id = event.id,
                       .webhook = &*registration.webhook},
            std::move(event)};
}

// REQUIRES: queue_.start_commit(batch); plans[i] belongs to batch[i].
void BatchWriter::commit(Transaction& transaction, Batch& batch, std::vector<Planned>& plans) {
    try {
        transaction.commit();
    } catch (const Error& error) {
        // Whatever the error says, the ids are what can be relied on.
        lose_connection(error.what());
        const CommitOutcome outcome = find_out_commit(batch, plans);
        if (outcome == CommitOutcome::kNotCommitted) return queue_.cancel_commit(batch);
        if (outcome == CommitOutcome::kUnknown) {
            fail(batch, {error.what(), true});
            return batch.clear();
        }
    }
    for (std::size_t i = 0; i < batch.size(); ++i) queue_.settle(*batch[i], std::move(plans[i].event));
    batch.clear();
}

// Asks a new connection, as long as anybody waits for the answer.
BatchWriter::CommitOutcome BatchWriter::find_out_commit(const Batch& batch, std::span<const Planned> plans) {
    std::vector<Id> ids;
    for (const Planned& planned : plans) ids.push_back(planned.row.id);
    Batch waiting = batch;
    do {
        try {
            if (!connection_) connect();
            const bool committed = connection_->query_text(count_webhooks(ids)).number(0, 0) == ids.size();
            log_(committed ? "commit_found" : "commit_not_found",
                 std::to_string(ids.size()) + " registrations");
            return committed ? CommitOutcome::kCommitted : CommitOutcome::kNotCommitted;
        } catch (const Error& error) {
            if (connection_) lose_connection(error.what());
        }
        queue_.drop_abandoned(waiting);
    } while (!waiting.empty() && !queue_.wait_for_close(kFirstBackOff));
    return CommitOutcome::kUnknown;
}

void BatchWriter::fail(const Batch& batch, const Unavailable& outcome) {
    for (const auto& ticket : batch) queue_.settle(*ticket, outcome);
}

}  // namespace db
