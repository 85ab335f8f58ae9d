#include "sql/deliveries/retention.hpp"

#include <array>
#include <string_view>

#include "sql/connection/sql_text.hpp"
#include "sql/deliveries/delivery_statements.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

// The parameter of each LIMIT.
constexpr std::uint64_t kMost = Retention::kBatch;

constexpr std::string_view kRemoveAnswers = R"(
    DELETE FROM idempotency_keys
    WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY
    ORDER BY created_at
    LIMIT ?)";

constexpr std::string_view kRemoveSecrets = R"(
    DELETE FROM retired_secrets
    WHERE expires_at < UTC_TIMESTAMP(6)
    ORDER BY expires_at
    LIMIT ?)";

// The batch behind a position, and whether a row is of no use any more.
constexpr std::string_view kSelectOrder = R"(
    SELECT o.webhook_id, w.id IS NULL OR w.deleted_at IS NOT NULL OR NOT w.ordered
    FROM (SELECT webhook_id FROM ordered_webhooks WHERE webhook_id > ? ORDER BY webhook_id LIMIT ?) o
        LEFT JOIN webhooks w ON w.id = o.webhook_id
    ORDER BY o.webhook_id)";
struct OrderColumn {
    enum : std::size_t { kWebhook, kIsUseless };
};

// The two ranges of the index webhook_mails_waiting. A row is kept beyond its day, which must have one mail of its kind.
constexpr std::string_view kRemoveClaimedMails = R"(
    DELETE FROM webhook_mails
    WHERE claimed_at < UTC_TIMESTAMP(6) - INTERVAL 2 DAY
    ORDER BY claimed_at
    LIMIT ?)";
constexpr std::string_view kRemoveWaitingMails = R"(
    DELETE FROM webhook_mails
    WHERE claimed_at IS NULL AND made_at < UTC_TIMESTAMP(6) - INTERVAL 2 DAY
    ORDER BY made_at
    LIMIT ?)";

constexpr std::string_view kRemoveAudit = R"(
    DELETE FROM audit
    WHERE id < ? AND done_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND
    ORDER BY id
    LIMIT ?)";

// Finds the end of the batch of attempts behind a position. A DELETE with a LIMIT would begin at the start
// each time, and read all rows that were removed and are not purged yet.
constexpr std::string_view kAttemptsEnd = R"(
    SELECT COALESCE(MAX(id), 0), COUNT(*)
    FROM (SELECT id FROM attempts WHERE id > ? AND id < ? ORDER BY id LIMIT ?) batch)";
struct EndColumn {
    enum : std::size_t { kLast, kCount };
};

constexpr std::string_view kRemoveAttempts = R"(
    DELETE FROM attempts
    WHERE id > ? AND id <= ? AND made_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND)";

// Selects the webhooks of deleted targets that have nothing left to deliver. They never get another delivery: whatever
// was recorded while a target was deleted is committed within the hour.
constexpr std::string_view kSelectOrphans = R"(
    SELECT w.id
    FROM targets t STRAIGHT_JOIN webhooks w FORCE INDEX (webhooks_owner)
        ON w.account_id = t.account_id AND w.target_id = t.id AND w.deleted_at IS NULL
    WHERE t.deleted_at < UTC_TIMESTAMP(6) - INTERVAL 1 HOUR
        AND NOT EXISTS (SELECT 1 FROM deliveries d FORCE INDEX (deliveries_webhook)
                        WHERE d.webhook_id = w.id AND d.next_try IS NOT NULL)
    LIMIT ?)";

constexpr std::string_view kSelectEvents = R"(
    SELECT id, event_type
    FROM events
    WHERE id > ? AND id < ?
    ORDER BY id
    LIMIT ?)";
struct OldEventColumn {
    enum : std::size_t { kEvent, kEventType };
};

constexpr std::string_view kSelectUnused = R"(
    SELECT id, account_id, target_id, event_type
    FROM events
    WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = events.id) AND id IN )";
struct UnusedColumn {
    enum : std::size_t { kEvent, kAccount, kTarget, kEventType };
};

constexpr std::string_view kScrubWebhooks = R"(
    UPDATE webhooks
    SET url = '', name = '', secret = '', headers = NULL, disabled_reason = NULL, deleted_at = UTC_TIMESTAMP(6)
    WHERE deleted_at IS NULL AND id IN )";

std::uint64_t seconds_of(std::chrono::seconds age) {
    return static_cast<std::uint64_t>(age.count());
}

// The condition for deliveries that succeeded or failed at least that long ago.
SqlText is_finished(std::chrono::seconds age) {
    SqlText condition("next_try IS NULL AND status IN (");
    condition.number(stored(model::DeliveryStatus::kSucceeded)).sql(", ");
    condition.number(stored(model::DeliveryStatus::kFailed));
    condition.sql(") AND changed_at < UTC_TIMESTAMP(6) - INTERVAL ");
    return condition.number(seconds_of(age)).sql(" SECOND");
}

// Selects the batch behind a position, in the order of the primary key, and marks the rows to be removed.
struct DeliveryColumn {
    enum : std::size_t { kEvent, kWebhook, kIsOld };
};
std::string select_deliveries(const DeliveryKey& behind, model::Id cut, std::chrono::seconds age) {
    SqlText statement("");
    const auto begin_part = [&] {
        statement.sql("(SELECT event_id, webhook_id, webhook_id < ").number(cut).sql(" AND ");
        statement.add(is_finished(age)).sql(" FROM deliveries WHERE event_id ");
    };
    const auto finish_part = [&] {
        statement.sql(" ORDER BY event_id, webhook_id LIMIT ").number(Retention::kBatch).sql(")");
    };
    begin_part();
    statement.sql("= ").number(behind.event_id).sql(" AND webhook_id > ").number(behind.webhook_id);
    finish_part();
    statement.sql(" UNION ALL ");
    begin_part();
    statement.sql("> ").number(behind.event_id).sql(" AND event_id < ").number(cut);
    finish_part();
    return statement.sql(" ORDER BY event_id, webhook_id LIMIT ").number(Retention::kBatch).str();
}

std::string remove_finished(const std::vector<DeliveryKey>& keys, std::chrono::seconds age) {
    return SqlText::composed(remove_deliveries(keys)).sql(" WHERE ").add(is_finished(age)).str();
}

// The current time by the database's clock, like all stored times.
std::chrono::system_clock::time_point now_of(Connection& connection) {
    const Rows rows =
        connection.query("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))", {});
    return std::chrono::system_clock::time_point(
        std::chrono::microseconds(static_cast<std::int64_t>(rows.number(0, 0))));
}

// Adds the batch to the sum. Returns whether the batch was full.
bool count(std::uint64_t& removed, std::uint64_t batch) {
    removed += batch;
    return batch == Retention::kBatch;
}

bool is_greeting(std::string_view event_type) {
    return event_type == "user_created" || event_type == "target_created";
}

}  // namespace

Retention::Retention(Connection& connection, std::chrono::seconds age, std::chrono::seconds audit_age)
    : connection_(connection),
      age_(age),
      audit_age_(audit_age),
      now_(now_of(connection)),
      cut_(model::make_id(now_ - age, 0)) {}

bool Retention::step() {
    using Part = bool (Retention::*)();
    constexpr std::array<Part, 9> kParts{
        &Retention::remove_answers,    &Retention::remove_secrets, &Retention::remove_order,
        &Retention::remove_mails,      &Retention::remove_audit,   &Retention::remove_attempts,
        &Retention::remove_deliveries, &Retention::remove_events,  &Retention::scrub_webhooks};
    if (part_ == kParts.size()) return false;
    if (!(this->*kParts.at(part_))()) ++part_;
    return true;
}

bool Retention::remove_answers() {
    return count(removed_.answers, connection_.execute(kRemoveAnswers, {kMost}));
}

bool Retention::remove_secrets() {
    return count(removed_.secrets, connection_.execute(kRemoveSecrets, {kMost}));
}

bool Retention::remove_order() {
    const Rows rows = connection_.query(kSelectOrder, {ordered_, kMost});
    std::vector<model::Id> useless;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        ordered_ = rows.number(row, OrderColumn::kWebhook);
        if (rows.flag(row, OrderColumn::kIsUseless)) useless.push_back(ordered_);
    }
    if (!useless.empty()) {
        connection_.execute_text(
            SqlText("DELETE FROM ordered_webhooks WHERE webhook_id IN ").numbers(useless).str());
    }
    return rows.size() == kBatch;
}

bool Retention::remove_mails() {
    const std::uint64_t claimed = connection_.execute(kRemoveClaimedMails, {kMost});
    const std::uint64_t waiting = connection_.execute(kRemoveWaitingMails, {kMost});
    removed_.mails += claimed + waiting;
    return claimed == kBatch || waiting == kBatch;
}

bool Retention::remove_audit() {
    if (audit_age_.count() == 0) return false;
    const model::Id cut = model::make_id(now_ - audit_age_, 0);
    return count(removed_.audit, connection_.execute(kRemoveAudit, {cut, seconds_of(audit_age_), kMost}));
}

bool Retention::remove_attempts() {
    if (age_.count() == 0) return false;
    const Rows end = connection_.query(kAttemptsEnd, {attempt_, cut_, kMost});
    const model::Id last = end.number(0, EndColumn::kLast);
    if (last == 0) return false;
    removed_.attempts += connection_.execute(kRemoveAttempts, {attempt_, last, seconds_of(age_)});
    attempt_ = last;
    return end.number(0, EndColumn::kCount) == kBatch;
}

bool Retention::remove_deliveries() {
    if (age_.count() == 0) return false;
    const Rows rows = connection_.query_text(select_deliveries(delivery_, cut_, age_));
    std::vector<DeliveryKey> keys;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        delivery_ = {rows.number(row, DeliveryColumn::kEvent), rows.number(row, DeliveryColumn::kWebhook)};
        if (rows.flag(row, DeliveryColumn::kIsOld)) keys.push_back(delivery_);
    }
    if (!keys.empty()) removed_.deliveries += connection_.update_text(remove_finished(keys, age_));
    return rows.size() == kBatch;
}

bool Retention::remove_events() {
    if (age_.count() == 0) return false;
    const Rows rows = connection_.query(kSelectEvents, {event_, cut_, kMost});
    std::vector<model::Id> ids;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        event_ = rows.number(row, OldEventColumn::kEvent);
        if (!is_greeting(rows.text(row, OldEventColumn::kEventType))) ids.push_back(event_);
    }
    if (!ids.empty()) remove_events(ids);
    return rows.size() == kBatch;
}

// Only greetings get further deliveries later, so other events without deliveries never get any.
void Retention::remove_events(const std::vector<model::Id>& ids) {
    Transaction transaction(connection_);
    const Rows rows = connection_.query_text(SqlText(kSelectUnused).numbers(ids).sql(" FOR UPDATE").str());
    if (rows.empty()) return;
    std::vector<model::Id> unused;
    std::vector<CounterChange> changes;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        unused.push_back(rows.number(row, UnusedColumn::kEvent));
        const model::Owner owner{rows.number(row, UnusedColumn::kAccount),
                                 rows.optional_number(row, UnusedColumn::kTarget)};
        changes.push_back({owner, rows.text(row, UnusedColumn::kEventType), -1});
    }
    connection_.update_text(SqlText("DELETE FROM events WHERE id IN ").numbers(unused).str(), unused.size());
    change_counters(connection_, changes);
    transaction.commit();
    removed_.events += unused.size();
}

// The counters need no change: the target's is no longer shown, and the account's was changed when the target
// was deleted.
bool Retention::scrub_webhooks() {
    const Rows rows = connection_.query(kSelectOrphans, {kMost});
    if (rows.empty()) return false;
    const std::vector<model::Id> orphans = rows.numbers(0);
    Transaction transaction(connection_);
    connection_.execute_text(
        SqlText("DELETE FROM retired_secrets WHERE webhook_id IN ").numbers(orphans).str());
    connection_.execute_text(
        SqlText("DELETE FROM failing_webhooks WHERE webhook_id IN ").numbers(orphans).str());
    removed_.webhooks += connection_.update_text(SqlText(kScrubWebhooks).numbers(orphans).str());
    transaction.commit();
    return orphans.size() == kBatch;
}

}  // namespace db
