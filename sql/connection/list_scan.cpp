#include "sql/connection/list_scan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sql/connection/database_time.hpp"

namespace db {
namespace {

Statement& add_filter(Statement& statement, const ListSource& source) {
    return source.filter.text.empty() ? statement.add("1") : statement.add(source.filter);
}

// The condition consists of separate ranges, because neither server finds the range in (time, id) < (?, ?).
Statement& add_entries(Statement& statement, const ListSource& source, const Position& behind) {
    statement.add(source.from);
    if (source.time.empty()) {
        return statement.add(" AND " + source.id + " < ?", {behind.id})
            .add(" ORDER BY " + source.id + " DESC");
    }
    const std::string time = to_database_time(behind.time);
    return statement.add(" AND (" + source.time + " < ? OR (" + source.time + " = ? AND ", {time, time})
        .add(source.id + " < ?)) ORDER BY " + source.time + " DESC, " + source.id + " DESC", {behind.id});
}

enum EntryColumn : std::size_t { kId, kTime, kMatches };
Statement select_entries(const ListSource& source, const Position& behind) {
    const std::string time = source.time.empty() ? "''" : client_time(source.time);
    Statement statement{"SELECT " + source.id + ", " + time + ", "};
    return add_entries(add_filter(statement, source), source, behind);
}

// The later of the two positions in the list.
Position later(const Position& one, const std::optional<Position>& other) {
    if (!other) return one;
    return std::tie(one.time, one.id) < std::tie(other->time, other->id) ? one : *other;
}

// Collects the objects of the scanned entries, each once.
class Collector {
  public:
    Collector(std::uint64_t skip, std::uint64_t wanted) : skip_(skip), wanted_(wanted) {}

    [[nodiscard]] bool is_full() const { return found_.size() == wanted_; }
    [[nodiscard]] std::vector<Position>& found() { return found_; }

    void take(const Position& entry) {
        const bool is_repeat = last_ == entry.id;  // the entries of an object are adjacent
        last_ = entry.id;
        if (is_repeat) return;
        if (skip_ > 0) {
            --skip_;
        } else {
            found_.push_back(entry);
        }
    }

  private:
    std::uint64_t skip_;
    std::uint64_t wanted_;
    std::optional<model::Id> last_;
    std::vector<Position> found_;
};

}  // namespace

Statement select_slice(std::string_view columns, const ListSource& source, const ListSlice& slice) {
    Statement statement{"SELECT " + std::string(columns)};
    add_entries(statement, source, later(source.start, slice.after));
    return statement.add(" LIMIT ? OFFSET ?", {slice.length + 1, slice.offset});
}

ListPart part_of(std::vector<Position> entries, const ListSlice& slice) {
    if (entries.size() <= slice.length) return {std::move(entries), std::nullopt};
    entries.resize(slice.length);
    Position last = entries.back();
    return {std::move(entries), std::move(last)};
}

ListPart scan_list(Connection& connection, const ListSource& source, const ListSlice& slice) {
    // If each entry is an object of the list, the server skips those before the slice.
    const bool is_plain = source.filter.text.empty() && !source.has_repeats;
    const std::uint64_t offset = is_plain ? slice.offset : 0;
    // One object more than the slice shows whether the list continues.
    Collector objects(is_plain ? 0 : slice.offset, slice.length + 1);
    std::uint64_t left = kMostExamined + slice.length + 1;
    std::uint64_t step = slice.length + 1;
    Position behind = later(source.start, slice.after);
    while (true) {
        const Statement statement = select_entries(source, behind).add(" LIMIT ? OFFSET ?", {step, offset});
        const Rows rows = connection.query(statement.text, statement.parameters);
        for (std::size_t row = 0; row < rows.size(); ++row) {
            behind = {rows.text(row, kTime), rows.number(row, kId)};
            if (rows.flag(row, kMatches)) objects.take(behind);
            if (!objects.is_full()) continue;
            objects.found().pop_back();
            return {objects.found(), objects.found().back()};
        }
        if (rows.size() < step) return {objects.found(), std::nullopt};
        left -= step;
        if (left == 0) return {objects.found(), behind};
        constexpr std::uint64_t kGrowth = 4;
        step = std::min(step * kGrowth, left);
    }
}

ListCount count_list(Connection& connection, const ListSource& source) {
    Statement statement{R"(
        SELECT COUNT(*), COUNT(DISTINCT IF(matches, id, NULL))
        FROM (SELECT )" +
                        source.id + " AS id, "};
    enum Column : std::size_t { kExamined, kMatching };
    add_filter(statement, source).add(" AS matches");
    add_entries(statement, source, source.start).add(" LIMIT ?) AS entries", {kMostExamined + 1});
    const Rows rows = connection.query(statement.text, statement.parameters);
    return {.count = std::min(rows.number(0, kMatching), kMostExamined),
            .is_exact = rows.number(0, kExamined) <= kMostExamined};
}

}  // namespace db
