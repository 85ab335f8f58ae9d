// Parts of lists and their counts, with work that depends neither on the size of the table nor on the place
// in the list.
//
// A list is read newest first in the order of an index, from a position on (keyset pagination). What the
// index can't choose is a filter on each of its entries: a scan examines at most kMostExamined of them, and
// says where the next one goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/statement.hpp"

namespace db {

inline constexpr std::uint64_t kMostExamined = 10'000;

// Where an object stands in a list.
struct Position {
    model::Time time;  // empty in lists that are in the order of ids alone
    model::Id id = 0;

    friend bool operator==(const Position&, const Position&) = default;
};

// The objects behind a position (nothing: from the list's beginning), without the first `offset` of them, at
// most `length`.
struct ListSlice {
    std::optional<Position> after{};
    std::uint64_t offset = 0;
    std::uint64_t length = 10;
};

struct ListPart {
    std::vector<Position> found;
    // Behind which the list goes on; nothing: it ends here. There may be no more objects behind it, and
    // `found` may be shorter than was asked for, even empty, where the filter matches few of the entries.
    std::optional<Position> resume;
};

struct ListCount {
    std::uint64_t count = 0;
    bool is_exact = true;  // if not, there are at least that many
};

// The entries of an index that a list is made of. Columns and statements are our own text.
struct ListSource {
    std::string id;            // column of the object's id
    std::string time;          // column of its time; empty where the order is that of the ids alone
    Statement from;            // " FROM ... WHERE ...", which the index can choose
    Statement filter{};        // a condition on each entry; empty: all match
    bool has_repeats = false;  // whether an object may have several entries
    Position start{};          // the list begins behind it
};

// Throw Error.
[[nodiscard]] ListPart scan_list(Connection& connection, const ListSource& source, const ListSlice& slice);
[[nodiscard]] ListCount count_list(Connection& connection, const ListSource& source);

}  // namespace db
