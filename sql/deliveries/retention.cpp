#include "sql/deliveries/retention.hpp"

#include <array>
#include <string_view>

#include "sql/connection/sql_text.hpp"
#include "sql/deliveries/delivery_statements.hpp"
#include "sql/events/totals.hpp"

namespace db {
namespace {

constexpr std::string_view kRemoveAnswers =
    "DELETE FROM idempotency_keys WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY ORDER BY created_at "
    "LIMIT 2000";
constexpr std::string_view kRemoveSecrets =
    "DELETE FROM retired_secrets WHERE expires_at < UTC_TIMESTAMP(6) ORDER BY expires_at LIMIT 2000";
constexpr std::string_view kRemoveAudit =
    "DELETE FROM audit WHERE id < ? AND done_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND ORDER BY id LIMIT "
    "2000";
// Where the batch of attempts behind a place ends. A DELETE with a LIMIT would begin at the start each time,
// and go through all that it has removed and nobody has purged yet.
constexpr std::string_view kAttemptsEnd =
    "SELECT COALESCE(MAX(id), 0), COUNT(*) FROM"
    " (SELECT id FROM attempts WHERE id > ? AND id < ? ORDER BY id LIMIT 2000) batch";
constexpr std::string_view kRemoveAttempts =
    "DELETE FROM attempts WHERE id > ? AND id <= ? AND made_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND";
// Webhooks of targets that were deleted long enough ago, and of which no delivery is left: nothing can make
// another one.
constexpr std::string_view kSelectOrphans =
    "SELECT w.id FROM targets t STRAIGHT_JOIN webhooks w FORCE INDEX"
    " (webhooks_owner) ON w.account_id = t.account_id AND w.target_id = t.id AND w.deleted_at IS NULL"
    " WHERE t.deleted_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND"
    " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = w.id) LIMIT 2000";
constexpr std::string_view kSelectEvents =
    "SELECT id, event_type FROM events WHERE id > ? AND id < ? ORDER BY id LIMIT 2000";
static_assert(Retention::kBatch == 2000);

// Status 1 is succeeded, 3 failed.
constexpr std::string_view kFinished =
    "next_try IS NULL AND status IN (1, 3) AND changed_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND";

// The batch behind a place, in the order of the primary key, and which of them are to go.
const std::string& select_deliveries() {
    static const std::string statement = [] {
        const std::string columns = "(SELECT event_id, webhook_id, webhook_id < ? AND " +
                                    std::string(kFinished) + " FROM deliveries WHERE ";
        const std::string rest = " ORDER BY event_id, webhook_id LIMIT 2000)";
        return columns + "event_id = ? AND webhook_id > ?" + rest + " UNION ALL " + columns +
               "event_id > ? AND event_id < ?" + rest + " ORDER BY 1, 2 LIMIT 2000";
    }();
    return statement;
}

std::string remove_finished(const std::vector<DeliveryKey>& keys, std::chrono::seconds age) {
    SqlText statement(remove_deliveries(keys));
    statement.sql(" WHERE d.next_try IS NULL AND d.status IN (1, 3)");
    statement.sql(" AND d.changed_at < UTC_TIMESTAMP(6) - INTERVAL ");
    return statement.number(static_cast<std::uint64_t>(age.count())).sql(" SECOND").str();
}

std::string with_ids(std::string_view beginning, const std::vector<model::Id>& ids,
                     std::string_view end = "") {
    SqlText statement(beginning);
    for (std::size_t i = 0; i < ids.size(); ++i) statement.sql(i == 0 ? "(" : ", ").number(ids[i]);
    return statement.sql(")").sql(end).str();
}

// By the database's clock, as all times that are stored.
std::chrono::system_clock::time_point now_of(Connection& connection) {
    const Rows rows =
        connection.query("SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))", {});
    return std::chrono::system_clock::time_point(
        std::chrono::microseconds(static_cast<std::int64_t>(rows.number(0, 0))));
}

std::uint64_t seconds_of(std::chrono::seconds age) {
    return static_cast<std::uint64_t>(age.count());
}

// Whether the batch was a full one.
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
    constexpr std::array<Part, 7> kParts{&Retention::remove_answers,    &Retention::remove_secrets,
                                         &Retention::remove_audit,      &Retention::remove_attempts,
                                         &Retention::remove_deliveries, &Retention::remove_events,
                                         &Retention::scrub_webhooks};
    if (part_ == kParts.size()) return false;
    if (!(this->*kParts.at(part_))()) ++part_;
    return true;
}

bool Retention::remove_answers() {
    return count(removed_.answers, connection_.execute(kRemoveAnswers));
}

bool Retention::remove_secrets() {
    return count(removed_.secrets, connection_.execute(kRemoveSecrets));
}

bool Retention::remove_audit() {
    if (audit_age_.count() == 0) return false;
    return count(removed_.audit, connection_.execute(kRemoveAudit, {model::make_id(now_ - audit_age_, 0),
                                                                    seconds_of(audit_age_)}));
}

bool Retention::remove_attempts() {
    if (age_.count() == 0) return false;
    const Rows end = connection_.query(kAttemptsEnd, {attempt_, cut_});
    const model::Id last = end.number(0, 0);
    if (last == 0) return false;
    removed_.attempts += connection_.execute(kRemoveAttempts, {attempt_, last, seconds_of(age_)});
    attempt_ = last;
    return end.number(0, 1) == kBatch;
}

bool Retention::remove_deliveries() {
    if (age_.count() == 0) return false;
    const std::uint64_t age = seconds_of(age_);
    const Rows rows = connection_.query(
        select_deliveries(),
        {cut_, age, delivery_.event_id, delivery_.webhook_id, cut_, age, delivery_.event_id, cut_});
    std::vector<DeliveryKey> keys;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        delivery_ = {rows.number(row, 0), rows.number(row, 1)};
        if (rows.number(row, 2) != 0) keys.push_back(delivery_);
    }
    if (!keys.empty()) removed_.deliveries += connection_.update_text(remove_finished(keys, age_));
    return rows.size() == kBatch;
}

bool Retention::remove_events() {
    if (age_.count() == 0) return false;
    const Rows rows = connection_.query(kSelectEvents, {event_, cut_});
    std::vector<model::Id> ids;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!is_greeting(rows.text(row, 1))) ids.push_back(rows.number(row, 0));
    }
    if (!ids.empty()) remove_events(ids);
    if (!rows.empty()) event_ = rows.number(rows.size() - 1, 0);
    return rows.size() == kBatch;
}

// Nobody makes another delivery of an event that is none to greet with, so those without any stay so.
void Retention::remove_events(const std::vector<model::Id>& ids) {
    Transaction transaction(connection_);
    const Rows rows = connection_.query_text(
        with_ids("SELECT id, account_id, target_id, event_type FROM events WHERE NOT EXISTS"
                 " (SELECT 1 FROM deliveries d WHERE d.event_id = events.id) AND id IN ",
                 ids, " FOR UPDATE"));
    if (rows.empty()) return;
    std::vector<model::Id> unused;
    std::vector<TotalChange> changes;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        unused.push_back(rows.number(row, 0));
        model::Owner owner{rows.number(row, 1), std::nullopt};
        if (!rows.is_null(row, 2)) owner.target_id = rows.number(row, 2);
        changes.push_back({owner, rows.text(row, 3), -1});
    }
    connection_.update_text(with_ids("DELETE FROM events WHERE id IN ", unused), unused.size());
    change_totals(connection_, changes);
    transaction.commit();
    removed_.events += unused.size();
}

// The target's own count is nobody's to see any more, and its account's was changed with the deletion.
bool Retention::scrub_webhooks() {
    const Rows rows = connection_.query(kSelectOrphans, {seconds_of(age_)});
    if (rows.empty()) return false;
    std::vector<model::Id> orphans;
    for (std::size_t row = 0; row < rows.size(); ++row) orphans.push_back(rows.number(row, 0));
    Transaction transaction(connection_);
    connection_.execute_text(with_ids("DELETE FROM retired_secrets WHERE webhook_id IN ", orphans));
    removed_.webhooks += connection_.update_text(
        with_ids("UPDATE webhooks SET url = '', name = '', secret = '', disabled_reason = NULL,"
                 " deleted_at = UTC_TIMESTAMP(6) WHERE deleted_at IS NULL AND id IN ",
                 orphans));
    transaction.commit();
    return orphans.size() == kBatch;
}

}  // namespace db
