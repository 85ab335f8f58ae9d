#include "sql/events/outbox.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/sha256.hpp"
#include "common/base/utf8.hpp"
#include "common/model/event_types.hpp"
#include "common/model/timestamp.hpp"
#include "sql/connection/database_time.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_store.hpp"
#include "sql/events/outbox_list.hpp"

namespace db {
namespace {

// Rows of one transaction: enough to share its commit, few enough to keep its locks short.
constexpr std::size_t kRowsOfTransaction = 32;

constexpr std::string_view kEarliest = "1970";

struct Column {
    enum : std::size_t {
        kId,
        kTarget,
        kEventType,
        kContent,
        kIsStated,
        kOccurredAt,
        kRecordedAt,
        kRecordedMicroseconds
    };
};

// Content that is too long is not fetched. which: a condition.
std::string select_waiting(const SqlText& which, std::size_t most) {
    SqlText statement("SELECT id, target, event_type, IF(LENGTH(content) <= ");
    statement.number(model::kMaxGivenContentBytes).sql(", content, NULL), occurred_at IS NOT NULL, ");
    statement.add(SqlText::composed(client_time("occurred_at") + ", " + client_time("recorded_at"))).sql(R"(,
        COALESCE(GREATEST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', recorded_at), 0), 0)
    FROM outbox
    WHERE failed_at IS NULL AND )");
    statement.add(which).sql(" ORDER BY id LIMIT ").number(most);
    return statement.sql(" FOR UPDATE SKIP LOCKED").str();
}

// Looks up the account of each target once, and whether its events have a large fan-out.
class Targets {
  public:
    explicit Targets(Connection& connection) : connection_(connection) {}

    std::optional<model::Owner> find(const std::string& text) {
        const auto id = model::parse_id(text);
        if (!id) return std::nullopt;
        const auto known = accounts_.find(*id);
        if (known != accounts_.end()) return owner_of(*id, known->second);
        const Rows rows =
            connection_.query("SELECT account_id FROM targets WHERE id = ? AND deleted_at IS NULL", {*id});
        const auto account = rows.empty() ? std::nullopt : std::optional(rows.number(0, 0));
        return owner_of(*id, accounts_.emplace(*id, account).first->second);
    }

    [[nodiscard]] bool has_large_fan_out(const model::Owner& owner) {
        const auto known = large_.find(*owner.target_id);
        if (known != large_.end()) return known->second;
        const bool is_large = count_receivers(connection_, owner) > kLargeFanOut;
        return large_.emplace(*owner.target_id, is_large).first->second;
    }

  private:
    static std::optional<model::Owner> owner_of(model::Id target, const std::optional<model::Id>& account) {
        if (!account) return std::nullopt;
        return model::Owner{*account, target};
    }

    Connection& connection_;
    std::map<model::Id, std::optional<model::Id>> accounts_;
    std::map<model::Id, bool> large_;
};

// A server can be configured to store days that are not in the calendar, and '0000-00-00'.
std::optional<std::string> error_of_time(const std::optional<model::Time>& time) {
    if (time && *time < kEarliest) return "It is before 1970.";
    if (!time || !model::parse_time(*time)) return "There is no such time: " + time.value_or("NULL") + ".";
    return std::nullopt;
}

// Derives the event's ids from the row. If the row is drained twice, by servers that do not know of each
// other's transactions, its receivers get the same id. The second id is used if another event has the first.
IdSource ids_of(const Rows& rows, std::size_t row) {
    const std::string text =
        rows.text(row, Column::kId) + ' ' + rows.cell(row, Column::kRecordedAt).value_or("");
    const std::chrono::system_clock::time_point recorded{std::chrono::microseconds(
        static_cast<std::int64_t>(rows.number(row, Column::kRecordedMicroseconds)))};
    return [text, recorded, tries = 0]() mutable {
        const base::Digest digest = base::sha256(text + ' ' + std::to_string(tries++));
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < sizeof bits; ++i) bits = (bits << 8) | digest.at(i);
        return model::make_id(std::min(recorded, std::chrono::system_clock::now()), bits);
    };
}

using EventOrError = std::variant<NewEvent, std::string>;

EventOrError event_of(const Rows& rows, std::size_t row, Targets& targets) {
    const auto owner = targets.find(rows.text(row, Column::kTarget));
    if (!owner) return "target: There is no such target.";
    const std::string& event_type = rows.text(row, Column::kEventType);
    if (!model::is_published_event_type(event_type)) return "event_type: This is not a valid choice.";
    const auto& content = rows.cell(row, Column::kContent);
    if (!content)
        return "content: It has more than " + std::to_string(model::kMaxGivenContentBytes) + " bytes.";
    auto formatted = model::read_content(*content);
    if (!formatted) return "content: " + formatted.error();
    const bool is_stated = rows.flag(row, Column::kIsStated);
    const auto& time = rows.cell(row, is_stated ? Column::kOccurredAt : Column::kRecordedAt);
    if (const auto error = error_of_time(time)) {
        return (is_stated ? "occurred_at: " : "recorded_at: ") + *error;
    }
    if (const auto error = is_stated ? model::error_of_occurred_at(*time) : std::nullopt)
        return "occurred_at: " + *error;
    NewEvent event{.owner = *owner, .event_type = event_type, .content = std::move(formatted.value().json)};
    (is_stated ? event.occurred_at : event.recorded_at) = time;
    return event;
}

void set_aside(Connection& connection, std::uint64_t row, const std::string& reason) {
    constexpr std::size_t kMostReasonBytes = 255;
    std::string text = reason.substr(0, kMostReasonBytes);
    if (const auto cut_in_two = base::find_invalid_utf8(text)) text.resize(*cut_in_two);
    SqlText statement(kUpdateOutbox);
    statement.sql("failed_at = UTC_TIMESTAMP(6), error = ");
    connection.execute_text(statement.text(text).sql(" WHERE id = ").number(row).str());
}

void drain_row(Connection& connection, const Rows& rows, std::size_t row, const EventOrError& event) {
    const model::Id id = rows.number(row, Column::kId);
    if (const auto* const error = std::get_if<std::string>(&event)) return set_aside(connection, id, *error);
    connection.execute_one("DELETE FROM outbox WHERE id = ?", {id});
    record_event(connection, std::get<NewEvent>(event), ids_of(rows, row));
}

struct Drained {
    std::size_t selected;
    std::size_t taken;
};

// Runs one transaction. An event with a large fan-out has one of its own, so that the counters of others are not locked
// meanwhile; then not all selected rows are taken. in_hand is set to the current row, and during the commit to the last
// one. A row that makes commits fail becomes the last one sooner or later.
Drained drain_rows(Connection& connection, const std::string& select, std::uint64_t& in_hand) {
    Transaction transaction(connection);
    const Rows rows = connection.query_text(select);
    Targets targets(connection);
    std::size_t taken = 0;
    for (bool is_large = false; taken < rows.size() && !is_large; ++taken) {
        const std::uint64_t former = std::exchange(in_hand, rows.number(taken, Column::kId));
        const EventOrError event = event_of(rows, taken, targets);
        const auto* const valid = std::get_if<NewEvent>(&event);
        is_large = valid != nullptr && targets.has_large_fan_out(valid->owner);
        if (is_large && taken != 0) {
            in_hand = former;
            break;
        }
        drain_row(connection, rows, taken, event);
    }
    transaction.commit();
    return {rows.size(), taken};
}

bool is_waiting(Connection& connection, std::uint64_t row) {
    return !connection.query("SELECT id FROM outbox WHERE id = ? AND failed_at IS NULL", {row}).empty();
}

// Whether every row would fail: the server accepts no writes, the user lacks rights, or the tables have
// another version.
bool is_of_the_database(const Error& error) {
    return error.is(ErrorCategory::kWrongServer) || error.is(ErrorCategory::kFull) ||
           error.is(ErrorCategory::kSchema);
}

}  // namespace

std::size_t OutboxDrain::drain(Connection& connection, std::size_t most) {
    std::size_t taken = 0;
    for (bool more = true; more && taken < most;) {
        const Progress progress = take_untroubled(connection, std::min(kRowsOfTransaction, most - taken));
        taken += progress.taken;
        more = progress.more;
    }
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::uint64_t> due;
    for (const auto& [row, trouble] : troubled_) {
        if (trouble.next_try <= now) due.push_back(row);
    }
    for (std::size_t i = 0; i < due.size() && taken < most; ++i) taken += take_troubled(connection, due[i]);
    return taken;
}

OutboxDrain::Progress OutboxDrain::take_untroubled(Connection& connection, std::size_t most) {
    std::vector<std::uint64_t> troubled{0};  // no row has this number; IN needs at least one
    troubled.reserve(troubled_.size() + 1);
    for (const auto& [row, trouble] : troubled_) troubled.push_back(row);
    const SqlText untroubled = SqlText("id NOT IN ").numbers(troubled);
    std::uint64_t in_hand = 0;
    try {
        const std::string select = select_waiting(untroubled, most);
        const auto [selected, taken] = drain_rows(connection, select, in_hand);
        return {.taken = taken, .more = selected == most || taken < selected};
    } catch (const Error& error) {
        if (in_hand == 0 || is_of_the_database(error)) throw;
        return {.taken = blame(connection, in_hand, error), .more = true};
    }
}

std::size_t OutboxDrain::take_troubled(Connection& connection, std::uint64_t row) {
    if (set_aside_if_hopeless(connection, row)) return 1;
    std::uint64_t in_hand = 0;
    try {
        const std::string select = select_waiting(SqlText("id = ").number(row), 1);
        const std::size_t taken = drain_rows(connection, select, in_hand).taken;
        // If the row was not taken, the transaction that was lost may still lock it.
        if (taken != 0 || !is_waiting(connection, row)) troubled_.erase(row);
        return taken;
    } catch (const Error& error) {
        if (in_hand == 0 || is_of_the_database(error)) throw;
        return blame(connection, row, error);
    }
}

// Counts a failed try of the row. REQUIRES: the row's transaction has been rolled back, or the server will do
// so.
std::size_t OutboxDrain::blame(Connection& connection, std::uint64_t row, const Error& error) {
    const bool may_pass = error.ends_connection() || error.is(ErrorCategory::kRetry) || error.timed_out();
    Trouble& trouble = troubled_[row];
    trouble.tries = may_pass ? trouble.tries + 1 : kMostTries;
    trouble.reason = error.what();
    trouble.next_try = std::chrono::steady_clock::now() + first_pause_ * (1U << (trouble.tries - 1));
    if (error.ends_connection()) throw OutboxRowFailed(error.code(), error.what());
    return set_aside_if_hopeless(connection, row) ? 1 : 0;
}

// Returns false if the row may be tried again.
bool OutboxDrain::set_aside_if_hopeless(Connection& connection, std::uint64_t row) {
    const auto trouble = troubled_.find(row);
    if (trouble->second.tries < kMostTries) return false;
    set_aside(connection, row, "The database refuses it: " + trouble->second.reason);
    troubled_.erase(trouble);
    return true;
}

}  // namespace db
