#include "sql/webhooks/batch_writer.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>

#include "common/model/permissions.hpp"
#include "sql/connection/database_time.hpp"
#include "sql/events/counters.hpp"
#include "sql/webhooks/access.hpp"

namespace db {
namespace {

constexpr int kAttempts = 4;
constexpr std::chrono::milliseconds kFirstBackOff{50};
constexpr std::chrono::milliseconds kLongestBackOff{250};
constexpr const char* kSomeTime = "2026-01-31 16:32:17.238553";

// REQUIRES: each registration has a plan.
std::vector<WebhookRow> rows_of(const RegistrationQueue::Batch& batch) {
    std::vector<WebhookRow> rows;
    rows.reserve(batch.size());
    for (const auto& ticket : batch) rows.push_back(ticket->plan->row);
    return rows;
}

std::vector<CounterChange> counters_of(const std::vector<WebhookRow>& rows) {
    std::vector<CounterChange> changes;
    changes.reserve(rows.size());
    for (const WebhookRow& row : rows) changes.push_back({row.caller.owner, kWebhookCounter});
    return changes;
}

// Whether a part of the batch may succeed although the whole batch failed. Too large a packet appears as a
// lost connection.
bool is_worth_dividing(const Error& error) {
    return error.is(ErrorCategory::kLost) || error.is(ErrorCategory::kRetry) ||
           error.is(ErrorCategory::kOther);
}

}  // namespace

BatchWriter::BatchWriter(const RegistrarSettings& settings, const security::SecretCipher& secrets,
                         RegistrationQueue& queue, const base::Report& report)
    : settings_(settings), secrets_(secrets), queue_(queue), report_(report) {
    connect();
}

void BatchWriter::connect() {
    Connection connection(settings_.connection);
    const model::WebhookFields webhook;
    const std::array request{AccessRequest{}};
    const std::array row{
        WebhookRow{.greeted_at = to_client_time(kSomeTime), .now = kSomeTime, .webhook = &webhook}};
    const std::array id{kNoId};
    connection.prepare(select_access(request));
    connection.prepare(insert_webhooks(row));
    connection.prepare(insert_greetings(row));
    connection.prepare(change_counters_statement({CounterChange{{}, kWebhookCounter}}));
    connection.prepare(select_stored(id));
    connection_ = std::move(connection);
    queue_.writer_connected();
}

bool BatchWriter::try_to_connect() {
    try {
        connect();
        report_("database_connected", "");
        return true;
    } catch (const Error&) {
        return false;  // the loss was already logged
    }
}

void BatchWriter::lose_connection(const char* reason) {
    connection_.reset();
    queue_.writer_lost();
    report_("database_lost", reason);
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
            // Nothing was committed, so the whole batch can be repeated.
            if (error.ends_connection()) lose_connection(error.what());
            const bool again = is_worth_another(error, tries);
            if (!connection_ && !reconnect_for(batch)) return fail(batch, {error.what()});
            if (again) continue;
            report_("batch_failed", error.what());
            if (batch.size() == 1 || !is_worth_dividing(error)) return fail(batch, {error.what()});
            const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
            later.emplace_back(batch.begin(), middle);
            later.emplace_back(middle, batch.end());
            return;
        } catch (const std::exception& exception) {
            // An error in this program. The state of the connection is unknown, so it is closed.
            if (connection_) lose_connection(exception.what());
            return fail(batch, {exception.what(), true});
        }
    }
}

bool BatchWriter::is_worth_another(const Error& error, int tries) {
    switch (error.category()) {
        case ErrorCategory::kWrongServer:
            return !refusals_.have_lasted(std::chrono::steady_clock::now()) &&
                   !queue_.wait_for_close(kFirstBackOff);
        case ErrorCategory::kLost:
        case ErrorCategory::kRetry:
            return tries < kAttempts;
        default:
            return error.duplicate_key() && tries < kAttempts;
    }
}

void BatchWriter::attempt(Batch& batch) {
    queue_.drop_abandoned(batch);
    if (batch.empty()) return;
    std::vector<std::size_t> request_of;
    const Rows access = look_up(batch, request_of);
    plan(batch, access, request_of);
    if (batch.empty()) return;
    try {
        store(batch);
    } catch (const CommitUncertain& error) {
        queue_.doubt_commit(batch);
        lose_connection(error.what());
        find_out_commit(batch);
    } catch (const Error& error) {
        // An id exists: an earlier try has stored the registration after all.
        if (!error.duplicate_key() || settle_stored(batch) == 0) throw;
    }
}

void BatchWriter::store(Batch& batch) {
    Transaction transaction(*connection_);
    refuse_excess(batch);
    if (batch.empty()) return;
    insert(batch);
    if (!queue_.start_commit(batch)) return;
    try {
        transaction.commit();
    } catch (const Error& error) {
        if (!error.is(ErrorCategory::kUncertain)) queue_.cancel_commit(batch);
        throw;
    }
    settle_all(batch);
}

// Settles the registrations that exceed a limit, and removes them from the batch.
void BatchWriter::refuse_excess(Batch& batch) {
    std::vector<model::Caller> callers;
    for (const auto& ticket : batch) callers.push_back(ticket->plan->row.caller);
    const auto refusals = check_registrations(*connection_, settings_.limits, callers);
    Batch kept;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (refusals[i]) {
            std::visit([&](const auto& refusal) { queue_.settle(*batch[i], refusal); }, *refusals[i]);
        } else {
            kept.push_back(std::move(batch[i]));
        }
    }
    batch = std::move(kept);
}

void BatchWriter::insert(const Batch& batch) {
    const std::vector<WebhookRow> rows = rows_of(batch);
    connection_->execute_text(insert_webhooks(rows));
    connection_->execute_text(insert_greetings(rows));
    change_counters(*connection_, counters_of(rows));
}

// Many registrations of a batch need the same access request; each is made once.
Rows BatchWriter::look_up(const Batch& batch, std::vector<std::size_t>& request_of) {
    std::vector<AccessRequest> requests;
    std::map<AccessRequest, std::size_t> known;
    for (const auto& ticket : batch) {
        const Registration& registration = ticket->registration();
        const AccessRequest request{registration.key, registration.scope};
        const auto [position, added] = known.emplace(request, requests.size());
        if (added) requests.push_back(request);
        request_of.push_back(position->second);
    }
    return connection_->query_text(select_access(requests));
}

void BatchWriter::plan(Batch& batch, const Rows& access, const std::vector<std::size_t>& request_of) {
    std::map<std::size_t, std::size_t> row_of;
    for (std::size_t row = 0; row < access.size(); ++row) {
        row_of.emplace(access.number(row, AccessColumn::kIndex), row);
    }

    Batch kept;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto found = row_of.find(request_of[i]);
        if (found == row_of.end()) {
            queue_.settle(*batch[i], Unauthorised{});
        } else if (plan_one(*batch[i], access, found->second)) {
            kept.push_back(batch[i]);
        }
    }
    batch = std::move(kept);
}

bool BatchWriter::plan_one(RegistrationQueue::Ticket& ticket, const Rows& access, std::size_t row) {
    const Registration& registration = ticket.registration();
    const AccessOutcome outcome =
        access_of(access, row, {registration.key, registration.scope}, model::Right::kManage);
    queue_.identify(ticket, identity_of(outcome));
    if (std::holds_alternative<Forbidden>(outcome)) {
        queue_.settle(ticket, Forbidden{});
    } else if (std::holds_alternative<NoSuchTarget>(outcome)) {
        queue_.settle(ticket, NoSuchTarget{});
    } else if (!registration.webhook) {
        queue_.settle(ticket, Allowed{});
    } else if (access.is_null(row, AccessColumn::kEvent)) {
        queue_.settle(ticket, Unavailable{"there is no event to greet the webhook with"});
    } else {
        if (!ticket.plan) {
            ticket.plan = plan_webhook(*registration.webhook, std::get<model::Caller>(outcome), access, row);
        }
        return true;
    }
    return false;
}

PlannedWebhook BatchWriter::plan_webhook(const model::WebhookFields& webhook, const model::Caller& caller,
                                         const Rows& access, std::size_t row) const {
    model::Event event;
    event.id = access.number(row, AccessColumn::kEvent);
    event.event_type = access.text(row, AccessColumn::kEventType);
    event.occurred_at = access.text(row, AccessColumn::kOccurredAt);
    event.content = access.text(row, AccessColumn::kContent);
    const model::Id id = model::generate_id();
    event.deliveries = {model::Delivery{.webhook_id = id,
                                        .api_version = webhook.api_version,
                                        .next_try = to_client_time(access.text(row, AccessColumn::kNow))}};
    return {WebhookRow{.id = id,
                       .caller = caller,
                       .greeting_id = event.id,
                       .greeted_at = event.occurred_at,
                       .secret = secrets_.seal(id, security::generate_secret()),
                       .now = access.text(row, AccessColumn::kNow),
                       .webhook = &webhook},
            std::move(event)};
}

// Registrations that are not found stay in the batch for the next try, under the same ids: this server may
// lag behind the one that committed.
void BatchWriter::find_out_commit(Batch& batch) {
    Batch waiting = batch;
    do {
        try {
            if (!connection_) connect();
            const std::size_t found = settle_stored(batch);
            if (found != 0) report_("commit_found", std::to_string(found) + " registrations");
            if (!batch.empty()) report_("commit_not_found", std::to_string(batch.size()) + " registrations");
            return;
        } catch (const Error& error) {
            if (connection_) lose_connection(error.what());
        }
        queue_.drop_abandoned(waiting);
    } while (!waiting.empty() && !queue_.wait_for_close(kFirstBackOff));
    fail(batch, {"the commit had no answer"});
    batch.clear();
}

// The sealed secret distinguishes our webhook from another one with the same id. In that case ours generates
// a new id.
std::size_t BatchWriter::settle_stored(Batch& batch) {
    std::vector<model::Id> ids;
    for (const auto& ticket : batch) ids.push_back(ticket->plan->row.id);
    const LatestReads latest(*connection_);
    const Rows rows = connection_->query_text(select_stored(ids));
    std::map<model::Id, std::string> secrets;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        secrets.emplace(rows.number(row, StoredColumn::kWebhook), rows.text(row, StoredColumn::kSecret));
    }
    Batch stored;
    Batch kept;
    for (auto& ticket : batch) {
        const auto found = secrets.find(ticket->plan->row.id);
        const bool is_ours = found != secrets.end() && found->second == ticket->plan->row.secret;
        if (found != secrets.end() && !is_ours) ticket->plan.reset();
        (is_ours ? stored : kept).push_back(std::move(ticket));
    }
    batch = std::move(kept);
    const std::size_t count = stored.size();
    settle_all(stored);
    return count;
}

// REQUIRES: all registrations of the batch are stored.
void BatchWriter::settle_all(Batch& batch) {
    if (batch.empty()) return;
    for (const auto& ticket : batch) queue_.settle(*ticket, std::move(ticket->plan->event));
    batch.clear();
    if (settings_.stored) settings_.stored();
}

void BatchWriter::fail(const Batch& batch, const Unavailable& outcome) {
    for (const auto& ticket : batch) queue_.settle(*ticket, outcome);
}

}  // namespace db
