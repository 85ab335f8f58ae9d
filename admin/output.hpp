// Writes the result of a command, for people or as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace admin {

// A JSON document, which is copied into another one unchanged.
struct Json {
    std::string text;
};

using Value = std::variant<std::nullptr_t, std::string, std::vector<std::string>, bool, std::int64_t, Json>;

// One object: its members in order.
using Record = std::vector<std::pair<std::string, Value>>;

// Objects of one kind; each row has a value for each column.
struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<Value>> rows;
    std::vector<std::string> wide_only{};  // the columns that Format::kPeople leaves out
};

struct Report {
    std::variant<Record, Table> content;
    std::string note;  // for people only; may be empty
};

// Untrusted bytes as text that is safe on a terminal: bytes that are not UTF-8, and control characters,
// become "\\xNN", and a backslash becomes two.
[[nodiscard]] std::string printable(std::string_view bytes);

enum class Format { kPeople, kWide, kJson };

// The width of a terminal that lines of tables fit into.
inline constexpr std::size_t kLineWidth = 100;

// For people: lines of "member: value", or columns under their names; "-" stands for a missing value. The
// lines of a table fit kLineWidth: times are shown to the second, some columns are left out, and the longest
// texts are cut, with an ellipsis at their end. kWide shows everything. As JSON: one line with one object, or
// an array of objects. Throws std::runtime_error if the stream fails. REQUIRES: every Json is valid JSON.
void write(std::ostream& stream, const Report& report, Format format);

}  // namespace admin
