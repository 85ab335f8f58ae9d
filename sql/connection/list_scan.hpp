// Reads parts of lists and counts lists. The work depends neither on the size of the table nor on the
// position in the list.
//
// A list is read newest first in the order of an index, from a position on (keyset pagination). It is a range of the
// index, or several ranges that are merged. Conditions that the index can't serve filter its entries: a search examines
// at most kMostExamined of them from the beginning of a list, at most kMostSearched from a position on, and returns the
// position at which the next search continues.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/database_time.hpp"
#include "sql/connection/statement.hpp"

namespace db {

inline constexpr std::uint64_t kMostExamined = 10'000;
// Less, because the list is counted from its beginning for each of its pages.
inline constexpr std::uint64_t kMostSearched = 4'000;

// The position of an object in a list.
struct Position {
    model::Time time;  // empty in lists that are in the order of ids alone
    model::Id id = 0;

    friend bool operator==(const Position&, const Position&) = default;
};

// The objects behind a position (nullopt: from the beginning of the list), without the first `offset` of
// them, at most `length`.
struct ListSlice {
    std::optional<Position> after{};
    std::uint64_t offset = 0;
    std::uint64_t length = 10;
};

// A period bounds a list that is in the order of times. The list begins behind this position: no id is below 0, so
// `until` itself is excluded.
[[nodiscard]] inline Position before(const std::optional<model::Time>& until) {
    return {.time = until.value_or("9999-12-31T23:59:59.999999Z"), .id = 0};
}
// Its last entries occurred then, in the database's format.
[[nodiscard]] inline std::string not_before(const std::optional<model::Time>& since) {
    return to_database_time(since.value_or("1970-01-01T00:00:00.000000Z"));
}

struct ListCount {
    std::uint64_t count = 0;
    bool is_exact = true;  // if false, there are at least `count`
};

struct ListPart {
    std::vector<Position> found;
    // The list continues behind this position; nullopt: it ends here. There need not be more objects behind
    // it. If the filter matches few entries, `found` may be shorter than requested, even empty.
    std::optional<Position> resume;
    // What count_list would return, if reading the part has shown it.
    std::optional<ListCount> count{};
};

// The index entries that make up a list. Columns and statements are our own text, never input.
struct ListSource {
    std::string id;            // column of the object's id
    std::string time;          // column of its time; empty if the list is in the order of ids alone
    Statement from;            // " FROM ... WHERE ...", a range of the index
    Statement filter{};        // a condition on each entry; empty: all match
    bool has_repeats = false;  // whether an object may have several entries
    Position start{};          // the list begins behind it
    // Further ranges, which are merged with the first. If there are any, the list has a time, every entry is an object of
    // its own, and there is no filter. The ranges that are likely to be the longest should be the first ones.
    std::vector<Statement> others{};
};

// Whether a slice may be read together with its objects: it has few of them, and skips few.
inline constexpr std::uint64_t kShortSlice = 10;
[[nodiscard]] inline bool is_short(const ListSlice& slice) {
    return slice.length <= kShortSlice && slice.offset <= kMostExamined / 100;
}
// Selects these columns of a slice's entries, and of one more entry if the list continues. REQUIRES: there is one range,
// and each entry is an object of the list, so there is no filter.
[[nodiscard]] Statement select_slice(std::string_view columns, const ListSource& source,
                                     const ListSlice& slice);
// The part that consists of these entries, selected by select_slice.
[[nodiscard]] ListPart part_of(std::vector<Position> entries, const ListSlice& slice);

// Throw Error.
[[nodiscard]] ListPart scan_list(Connection& connection, const ListSource& source, const ListSlice& slice);
[[nodiscard]] ListCount count_list(Connection& connection, const ListSource& source);

}  // namespace db
