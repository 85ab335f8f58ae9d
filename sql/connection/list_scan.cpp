#include "sql/connection/list_scan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace db {
namespace {

bool is_plain(const ListSource& source) {
    return source.filter.text.empty() && !source.has_repeats;
}

std::vector<Statement> ranges_of(const ListSource& source) {
    std::vector<Statement> ranges{source.from};
    ranges.insert(ranges.end(), source.others.begin(), source.others.end());
    return ranges;
}

// The order of the list, by columns with these names.
std::string newest_first(const std::string& time, const std::string& id) {
    return " ORDER BY " + (time.empty() ? "" : time + " DESC, ") + id + " DESC";
}

// The entries of a range behind a position, in the order of the list. The condition consists of separate ranges, because
// neither server finds the range in (time, id) < (?, ?).
Statement entries_behind(const ListSource& source, const Statement& range, const Position& behind) {
    Statement entries = range;
    if (source.time.empty()) {
        entries.add(" AND " + source.id + " < ?", {behind.id});
    } else {
        const std::string time = to_database_time(behind.time);
        entries.add(" AND (" + source.time + " < ? OR (" + source.time + " = ? AND ", {time, time})
            .add(source.id + " < ?))", {behind.id});
    }
    return entries.add(newest_first(source.time, source.id));
}

// The columns of an entry, under the names that the statements around it use.
std::string entry_columns(const ListSource& source) {
    return source.id + " AS id" + (source.time.empty() ? "" : ", " + source.time + " AS time");
}

// What scan_list selects: id, time, and whether the row is an object of the list.
enum EntryColumn : std::size_t { kId, kTime, kMatches };
std::string shown_columns(const ListSource& source, const std::string& id, const std::string& time) {
    return id + ", " + (source.time.empty() ? "''" : client_time(time));
}

// The first entries of all ranges, in the order of the list.
Statement select_merged(const ListSource& source, const Position& behind, const ListSlice& slice) {
    Statement statement{"SELECT " + shown_columns(source, "id", "time") + ", 1 FROM ("};
    const char* separator = "";
    for (const Statement& range : ranges_of(source)) {
        statement.add(separator).add("(SELECT " + entry_columns(source));
        statement.add(entries_behind(source, range, behind))
            .add(" LIMIT ?)", {slice.offset + slice.length + 1});
        separator = " UNION ALL ";
    }
    statement.add(") AS entries" + newest_first("time", "id"));
    return statement.add(" LIMIT ? OFFSET ?", {slice.length + 1, slice.offset});
}

// The objects among the first `examined` entries, and then the last of these entries, if there are so many. One statement
// reads both, so they agree while entries are added and removed.
Statement select_matching(const ListSource& source, const Position& behind, const ListSlice& slice,
                          std::uint64_t examined) {
    const Statement entries = entries_behind(source, source.from, behind);
    const bool has_filter = !source.filter.text.empty();
    const std::string time = source.time.empty() ? "" : "time";
    Statement statement{"(SELECT " + shown_columns(source, "id", time) + ", 1 FROM (SELECT " +
                        entry_columns(source)};
    if (has_filter) statement.add(", ").add(source.filter).add(" AS matches");
    statement.add(entries).add(" LIMIT ?) AS entries", {examined});
    if (has_filter) statement.add(" WHERE matches");
    if (source.has_repeats) statement.add(time.empty() ? " GROUP BY id" : " GROUP BY time, id");
    statement.add(newest_first(time, "id")).add(" LIMIT ? OFFSET ?)", {slice.length + 1, slice.offset});
    statement.add(" UNION ALL (SELECT " + shown_columns(source, source.id, source.time) + ", 0");
    return statement.add(entries).add(" LIMIT 1 OFFSET ?)", {examined - 1});
}

struct Entries {
    std::vector<Position> objects;
    std::optional<Position> last;  // of the examined ones
};

Entries read_entries(Connection& connection, const Statement& statement) {
    const Rows rows = connection.query(statement.text, statement.parameters);
    Entries entries;
    entries.objects.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        Position entry{rows.text(row, kTime), rows.number(row, kId)};
        if (rows.flag(row, kMatches)) {
            entries.objects.push_back(std::move(entry));
        } else {
            entries.last = std::move(entry);
        }
    }
    return entries;
}

// The later of the two positions in the list.
Position later(const Position& one, const std::optional<Position>& other) {
    if (!other) return one;
    return std::tie(one.time, one.id) < std::tie(other->time, other->id) ? one : *other;
}

// What the part shows about the whole list.
std::optional<ListCount> shown_count(const ListPart& part, const ListSlice& slice) {
    if (slice.after) return std::nullopt;
    if (!part.found.empty() && slice.offset + part.found.size() > kMostExamined) {
        return ListCount{.count = kMostExamined, .is_exact = false};
    }
    const bool is_full = part.found.size() == slice.length;
    if (slice.offset > 0 || (is_full && part.resume)) return std::nullopt;
    return ListCount{.count = part.found.size(), .is_exact = !part.resume};
}

ListPart make_part(std::vector<Position> found, std::optional<Position> resume, const ListSlice& slice) {
    ListPart part{.found = std::move(found), .resume = std::move(resume)};
    part.count = shown_count(part, slice);
    return part;
}

// Examines few entries first, because a filter that matches most of them needs no more.
ListPart search_list(Connection& connection, const ListSource& source, const Position& behind,
                     const ListSlice& slice) {
    constexpr std::uint64_t kEntriesOfObject = 4;
    constexpr std::uint64_t kGrowth = 8;
    const std::uint64_t most = (slice.after ? kMostSearched : kMostExamined) + slice.length + 1;
    std::uint64_t examined = std::min(kEntriesOfObject * (slice.offset + slice.length + 1), most);
    while (true) {
        Entries entries = read_entries(connection, select_matching(source, behind, slice, examined));
        if (entries.objects.size() > slice.length || !entries.last) {
            return part_of(std::move(entries.objects), slice);
        }
        if (examined == most) return make_part(std::move(entries.objects), std::move(entries.last), slice);
        examined = std::min(examined * kGrowth, most);
    }
}

// REQUIRES: each entry is an object of the list.
std::uint64_t count_entries(Connection& connection, const ListSource& source, std::uint64_t most) {
    std::uint64_t count = 0;
    for (const Statement& range : ranges_of(source)) {
        Statement statement{"SELECT COUNT(*) FROM (SELECT " + source.id};
        statement.add(entries_behind(source, range, source.start))
            .add(" LIMIT ?) AS entries", {most - count});
        count += connection.query(statement.text, statement.parameters).number(0, 0);
        if (count == most) break;
    }
    return count;
}

ListCount count_matching(Connection& connection, const ListSource& source) {
    const bool has_filter = !source.filter.text.empty();
    Statement statement{
        std::string("SELECT COUNT(*), ") + (source.has_repeats ? "COUNT(DISTINCT " : "COUNT(") +
        (has_filter ? "IF(matches, id, NULL))" : "id)") + " FROM (SELECT " + source.id + " AS id"};
    if (has_filter) statement.add(", ").add(source.filter).add(" AS matches");
    statement.add(entries_behind(source, source.from, source.start));
    statement.add(" LIMIT ?) AS entries", {kMostExamined + 1});
    enum Column : std::size_t { kExamined, kMatching };
    const Rows rows = connection.query(statement.text, statement.parameters);
    return {.count = std::min(rows.number(0, kMatching), kMostExamined),
            .is_exact = rows.number(0, kExamined) <= kMostExamined};
}

}  // namespace

Statement select_slice(std::string_view columns, const ListSource& source, const ListSlice& slice) {
    Statement statement{"SELECT " + std::string(columns)};
    statement.add(entries_behind(source, source.from, later(source.start, slice.after)));
    return statement.add(" LIMIT ? OFFSET ?", {slice.length + 1, slice.offset});
}

ListPart part_of(std::vector<Position> entries, const ListSlice& slice) {
    if (entries.size() <= slice.length) return make_part(std::move(entries), std::nullopt, slice);
    entries.resize(slice.length);
    Position last = entries.back();
    return make_part(std::move(entries), std::move(last), slice);
}

ListPart scan_list(Connection& connection, const ListSource& source, const ListSlice& slice) {
    const Position behind = later(source.start, slice.after);
    if (!is_plain(source)) return search_list(connection, source, behind, slice);
    const Statement statement =
        !source.others.empty()
            ? select_merged(source, behind, slice)
            : select_slice(shown_columns(source, source.id, source.time) + ", 1", source, slice);
    return part_of(read_entries(connection, statement).objects, slice);
}

ListCount count_list(Connection& connection, const ListSource& source) {
    if (!is_plain(source)) return count_matching(connection, source);
    const std::uint64_t count = count_entries(connection, source, kMostExamined + 1);
    return {.count = std::min(count, kMostExamined), .is_exact = count <= kMostExamined};
}

}  // namespace db
