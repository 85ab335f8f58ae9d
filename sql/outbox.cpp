#include "sql/outbox.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "sql/event_rules.hpp"
#include "sql/event_store.hpp"
#include "sql/retry.hpp"
#include "sql/time_text.hpp"

namespace db {
namespace {

// Rows of one transaction: enough to share its commit, few enough that nobody waits long for what it locks.
constexpr std::uint64_t kRowsOfTransaction = 32;

constexpr std::string_view kEarliest = "1970";

struct Column {
    enum : std::size_t { kId, kTarget, kEventType, kContent, kOccurredAt };
};

// Content that is too long is not even fetched. 0: the row has none that is usable.
const std::string& select_waiting() {
    static const std::string statement =
        "SELECT id, target, event_type, IF(LENGTH(content) <= ?, content, NULL), " +
        client_time("COALESCE(occurred_at, recorded_at)") +
        " FROM outbox WHERE failed_at IS NULL ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED";
    return statement;
}

// The accounts of targets that there are, each looked up once.
class Targets {
  public:
    explicit Targets(Connection& connection) : connection_(connection) {}

    std::optional<Owner> find(const std::string& text) {
        const auto id = parse_id(text);
        if (!id) return std::nullopt;
        const auto known = accounts_.find(*id);
        if (known != accounts_.end()) return owner_of(*id, known->second);
        const Rows rows =
            connection_.query("SELECT account_id FROM targets WHERE id = ? AND deleted_at IS NULL", {*id});
        const auto account = rows.empty() ? std::nullopt : std::optional(rows.number(0, 0));
        return owner_of(*id, accounts_.emplace(*id, account).first->second);
    }

  private:
    static std::optional<Owner> owner_of(Id target, const std::optional<Id>& account) {
        if (!account) return std::nullopt;
        return Owner{*account, target};
    }

    Connection& connection_;
    std::map<Id, std::optional<Id>> accounts_;
};

std::variant<NewEvent, std::string> event_of(const Rows& rows, std::size_t row, Targets& targets) {
    const auto owner = targets.find(rows.text(row, Column::kTarget));
    if (!owner) return "target: There is no such target.";
    const std::string& event_type = rows.text(row, Column::kEventType);
    if (!is_published_event_type(event_type)) return "event_type: This is not a valid choice.";
    const auto& content = rows.cell(row, Column::kContent);
    if (!content) return "content: It has more than " + std::to_string(kMaxContentBytes) + " bytes.";
    if (const auto fault = fault_of_content(*content)) return "content: " + *fault;
    const Time& occurred_at = rows.text(row, Column::kOccurredAt);
    if (occurred_at < kEarliest) return "occurred_at: It is before 1970.";
    return NewEvent{
        .owner = *owner, .event_type = event_type, .content = *content, .occurred_at = occurred_at};
}

void drain_row(Connection& connection, const Rows& rows, std::size_t row, Targets& targets) {
    const Id id = rows.number(row, Column::kId);
    const auto event = event_of(rows, row, targets);
    if (const auto* const fault = std::get_if<std::string>(&event)) {
        connection.execute("UPDATE outbox SET failed_at = UTC_TIMESTAMP(6), error = ? WHERE id = ?",
                           {*fault, id});
        return;
    }
    connection.execute("DELETE FROM outbox WHERE id = ?", {id});
    record_event(connection, std::get<NewEvent>(event));
}

std::size_t drain_rows(Connection& connection, std::uint64_t most) {
    const Rows rows = connection.query(select_waiting(), {std::uint64_t{kMaxContentBytes}, most});
    Targets targets(connection);
    for (std::size_t row = 0; row < rows.size(); ++row) drain_row(connection, rows, row, targets);
    return rows.size();
}

}  // namespace

std::size_t drain_outbox(Connection& connection, std::size_t most) {
    for (std::size_t taken = 0; taken < most;) {
        const std::uint64_t wanted = std::min<std::uint64_t>(kRowsOfTransaction, most - taken);
        const std::size_t rows = in_transaction(connection, [&] { return drain_rows(connection, wanted); });
        taken += rows;
        if (rows < wanted) return taken;
    }
    return most;
}

}  // namespace db
