#include "sql/retention.hpp"

#include <string_view>

#include "sql/sql_text.hpp"
#include "sql/totals.hpp"

namespace db {
namespace {

constexpr std::string_view kRemoveAnswers =
    "DELETE FROM idempotency_keys WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY ORDER BY created_at "
    "LIMIT 500";
constexpr std::string_view kRemoveSecrets =
    "DELETE FROM retired_secrets WHERE expires_at < UTC_TIMESTAMP(6) ORDER BY expires_at LIMIT 500";
constexpr std::string_view kRemoveAttempts =
    "DELETE FROM attempts WHERE id < ? AND made_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND ORDER BY id LIMIT "
    "500";
static_assert(Retention::kBatch == 500);

// Status 1 is succeeded, 3 failed.
constexpr std::string_view kFinished =
    "next_try IS NULL AND status IN (1, 3) AND finished_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND";

// The batch behind a place, in the order of the primary key, and which of them are to go.
const std::string& select_deliveries() {
    static const std::string statement = [] {
        const std::string columns = "(SELECT event_id, webhook_id, webhook_id < ? AND " +
                                    std::string(kFinished) + " FROM deliveries WHERE ";
        const std::string rest = " ORDER BY event_id, webhook_id LIMIT 500)";
        return columns + "event_id = ? AND webhook_id > ?" + rest + " UNION ALL " + columns +
               "event_id > ? AND event_id < ?" + rest + " ORDER BY 1, 2 LIMIT 500";
    }();
    return statement;
}

std::string remove_finished(const std::vector<DeliveryKey>& keys, std::chrono::seconds age) {
    SqlText statement("DELETE FROM deliveries WHERE next_try IS NULL AND status IN (1, 3)");
    statement.sql(" AND finished_at < UTC_TIMESTAMP(6) - INTERVAL ");
    statement.number(static_cast<std::uint64_t>(age.count())).sql(" SECOND AND (");
    for (std::size_t i = 0; i < keys.size(); ++i) {
        statement.sql(i == 0 ? "(event_id = " : " OR (event_id = ").number(keys[i].event_id);
        statement.sql(" AND webhook_id = ").number(keys[i].webhook_id).sql(")");
    }
    return statement.sql(")").str();
}

std::string with_ids(std::string_view beginning, const std::vector<Id>& ids, std::string_view end = "") {
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

bool is_greeting(std::string_view event_type) {
    return event_type == "user_created" || event_type == "target_created";
}

}  // namespace

Retention::Retention(Connection& connection, std::chrono::seconds age)
    : connection_(connection), age_(age), cut_(make_id(now_of(connection) - age, 0)) {}

bool Retention::step() {
    const auto next = [this](Stage stage) { stage_ = stage; };
    const auto execute = [this](std::string_view statement, std::uint64_t& count) {
        const std::uint64_t removed = connection_.execute(statement);
        count += removed;
        return removed == kBatch;
    };
    switch (stage_) {
        case Stage::kAnswers:
            if (!execute(kRemoveAnswers, removed_.answers)) next(Stage::kSecrets);
            return true;
        case Stage::kSecrets:
            if (!execute(kRemoveSecrets, removed_.secrets)) {
                next(age_.count() == 0 ? Stage::kDone : Stage::kAttempts);
            }
            return true;
        case Stage::kAttempts:
            if (!remove_attempts()) next(Stage::kDeliveries);
            return true;
        case Stage::kDeliveries:
            if (!remove_deliveries()) next(Stage::kEvents);
            return true;
        case Stage::kEvents:
            if (!remove_events()) next(Stage::kDone);
            return true;
        case Stage::kDone:
            break;
    }
    return false;
}

bool Retention::remove_attempts() {
    const std::uint64_t removed =
        connection_.execute(kRemoveAttempts, {cut_, static_cast<std::uint64_t>(age_.count())});
    removed_.attempts += removed;
    return removed == kBatch;
}

bool Retention::remove_deliveries() {
    const auto age = static_cast<std::uint64_t>(age_.count());
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
    const Rows rows = connection_.query(
        "SELECT id, event_type FROM events WHERE id > ? AND id < ? ORDER BY id LIMIT 500", {event_, cut_});
    std::vector<Id> ids;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!is_greeting(rows.text(row, 1))) ids.push_back(rows.number(row, 0));
    }
    if (!ids.empty()) remove_events(ids);
    if (!rows.empty()) event_ = rows.number(rows.size() - 1, 0);
    return rows.size() == kBatch;
}

// Nobody makes another delivery of an event that is none to greet with, so those without any stay so.
void Retention::remove_events(const std::vector<Id>& ids) {
    Transaction transaction(connection_);
    const Rows rows = connection_.query_text(
        with_ids("SELECT id, account_id, target_id, event_type FROM events WHERE NOT EXISTS"
                 " (SELECT 1 FROM deliveries d WHERE d.event_id = events.id) AND id IN ",
                 ids, " FOR UPDATE"));
    if (rows.empty()) return;
    std::vector<Id> unused;
    std::vector<TotalChange> changes;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        unused.push_back(rows.number(row, 0));
        Owner owner{rows.number(row, 1), std::nullopt};
        if (!rows.is_null(row, 2)) owner.target_id = rows.number(row, 2);
        changes.push_back({owner, rows.text(row, 3), -1});
    }
    connection_.update_text(with_ids("DELETE FROM events WHERE id IN ", unused), unused.size());
    change_totals(connection_, changes);
    transaction.commit();
    removed_.events += unused.size();
}

}  // namespace db
