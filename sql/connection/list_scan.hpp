// Reads parts of lists and counts lists. The work depends neither on the size of the table nor on the
// position in the list.
//
// A list is read newest first in the order of an index, from a position on (keyset pagination). Conditions
// that the index can't serve filter its entries: a scan examines at most kMostExamined of them, and returns
// the position at which the next scan continues.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/statement.hpp"

namespace db {

inline constexpr std::uint64_t kMostExamined = 10'000;

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

struct ListPart {
    std::vector<Position> found;
    // The list continues behind this position; nullopt: it ends here. There need not be more objects behind
    // it. If the filter matches few entries, `found` may be shorter than requested, even empty.
    std::optional<Position> resume;
};

struct ListCount {
    std::uint64_t count = 0;
    bool is_exact = true;  // if false, there are at least `count`
};

// The index entries that make up a list. Columns and statements are our own text, never input.
struct ListSource {
    std::string id;            // column of the object's id
    std::string time;          // column of its time; empty if the list is in the order of ids alone
    Statement from;            // " FROM ... WHERE ...", served by the index
    Statement filter{};        // a condition on each entry; empty: all match
    bool has_repeats = false;  // whether an object may have several entries
    Position start{};          // the list begins behind it
};

// Whether a slice may be read together with its objects: it has few of them, and skips few.
inline constexpr std::uint64_t kShortSlice = 10;
[[nodiscard]] inline bool is_short(const ListSlice& slice) {
    return slice.length <= kShortSlice && slice.offset <= kMostExamined / 100;
}
// Selects these columns of a slice's entries, and of one more entry if the list continues. REQUIRES: each entry is an
// object of the list, so there is no filter.
[[nodiscard]] Statement select_slice(std::string_view columns, const ListSource& source,
                                     const ListSlice& slice);
// The part that consists of these entries, selected by select_slice.
[[nodiscard]] ListPart part_of(std::vector<Position> entries, const ListSlice& slice);

// Throw Error.
[[nodiscard]] ListPart scan_list(Connection& connection, const ListSource& source, const ListSlice& slice);
[[nodiscard]] ListCount count_list(Connection& connection, const ListSource& source);

}  // namespace db
