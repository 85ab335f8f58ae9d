// What a command has to say, written for people or as JSON.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace admin {

using Value = std::variant<std::nullptr_t, std::string, std::vector<std::string>>;

// One object: its members in order.
using Record = std::vector<std::pair<std::string, Value>>;

// Objects of one kind; each row has a value for each column.
struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<Value>> rows;
};

struct Report {
    std::variant<Record, Table> content;
    std::string note;  // for people only; may be empty
};

enum class Format { kPeople, kJson };

// For people: lines of "member: value", or columns under their names; "-" stands for nothing. As JSON: one
// line with one object, or an array of objects. Throws std::runtime_error if the stream fails.
void write(std::ostream& stream, const Report& report, Format format);

}  // namespace admin
