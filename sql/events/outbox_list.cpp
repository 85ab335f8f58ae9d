#include "sql/events/outbox_list.hpp"

#include <iterator>
#include <string_view>

#include "sql/connection/database_time.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {
namespace {

std::string select_rows(std::string_view rest) {
    return R"(
        SELECT id, target, event_type, content, error,
               )" +
           client_time("occurred_at") + ", " + client_time("recorded_at") + ", " + client_time("failed_at") +
           R"(
        FROM outbox FORCE INDEX (outbox_waiting)
        )" +
           std::string(rest);
}

enum Column : std::size_t { kId, kTarget, kEventType, kContent, kError, kOccurredAt, kRecordedAt, kFailedAt };

std::vector<OutboxRow> outbox_of(const Rows& rows) {
    std::vector<OutboxRow> found;
    found.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        found.push_back({.id = rows.number(row, kId),
                         .target = rows.text(row, kTarget),
                         .event_type = rows.text(row, kEventType),
                         .content = rows.text(row, kContent),
                         .occurred_at = rows.cell(row, kOccurredAt),
                         .recorded_at = rows.cell(row, kRecordedAt).value_or(""),
                         .failed_at = rows.cell(row, kFailedAt),
                         .error = rows.cell(row, kError)});
    }
    return found;
}

// Which rows, and their order, which is that of the index outbox_waiting (failed_at, id).
struct Part {
    std::string_view where;
    std::string_view order;
};
constexpr Part kFailed{"WHERE failed_at IS NOT NULL", " ORDER BY failed_at, id"};
constexpr Part kWaiting{"WHERE failed_at IS NULL", " ORDER BY id"};

std::vector<OutboxRow> read_part(Connection& connection, const Part& part, std::string_view condition,
                                 const model::Slice& slice) {
    std::string rest(part.where);
    rest.append(condition).append(part.order).append(" LIMIT ");
    return outbox_of(connection.query_text(select_rows(
        SqlText::composed(rest).number(slice.length).sql(" OFFSET ").number(slice.offset).str())));
}

// " AND target IN (...)" with the account's targets, including deleted ones. Returns nullopt if it has none.
std::optional<std::string> among_targets(Connection& connection, model::Id account) {
    const Rows rows = connection.query("SELECT id FROM targets WHERE account_id = ?", {account});
    if (rows.empty()) return std::nullopt;
    SqlText condition(" AND target IN (");
    condition.list(", ", rows.numbers(0), [&](model::Id id) { condition.bytes(model::to_base58(id)); });
    return condition.sql(")").str();
}

}  // namespace

std::vector<OutboxRow> list_outbox(Connection& connection, const model::Slice& slice) {
    auto rows = read_part(connection, kFailed, "", slice);
    const std::uint64_t missing = slice.length - rows.size();
    if (missing == 0) return rows;
    const std::uint64_t failed =
        rows.empty()
            ? connection.query("SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL").number(0, 0)
            : slice.offset + rows.size();
    const model::Slice rest{.offset = slice.offset > failed ? slice.offset - failed : 0, .length = missing};
    auto waiting = read_part(connection, kWaiting, "", rest);
    std::move(waiting.begin(), waiting.end(), std::back_inserter(rows));
    return rows;
}

std::vector<OutboxRow> list_stuck_outbox(Connection& connection, std::optional<model::Id> account,
                                         std::uint64_t most) {
    std::string condition;
    if (account) {
        const auto among = among_targets(connection, *account);
        if (!among) return {};
        condition = *among;
    }
    const model::Slice slice{.offset = 0, .length = most};
    auto rows = read_part(connection, kFailed, condition, slice);
    condition += " AND recorded_at < UTC_TIMESTAMP(6) - INTERVAL " + std::to_string(kOutboxPatienceSeconds) +
                 " SECOND";
    auto waiting = read_part(connection, kWaiting, condition, slice);
    std::move(waiting.begin(), waiting.end(), std::back_inserter(rows));
    return rows;
}

bool release_outbox_row(Connection& connection, std::uint64_t id) {
    SqlText statement(kUpdateOutbox);
    statement.sql("failed_at = NULL, error = NULL WHERE failed_at IS NOT NULL");
    return connection.update_text(statement.sql(" AND id = ").number(id).str()) == 1;
}

bool discard_outbox_row(Connection& connection, std::uint64_t id) {
    return connection.execute("DELETE FROM outbox WHERE id = ? AND failed_at IS NOT NULL", {id}) == 1;
}

}  // namespace db
