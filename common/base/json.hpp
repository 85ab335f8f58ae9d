// Parses one JSON object (RFC 8259) and writes it in canonical form. RapidJSON's iterative reader parses.
//
// The parser refuses, with a message and a byte offset: a byte order mark, an empty text, invalid UTF-8, lone
// surrogates (raw or escaped), nesting deeper than max_depth, and anything after the value. It refuses a
// value of another type with "Invalid data. Expected a dictionary, but got list.". Numbers are kept as they
// are written, so no number is out of range.
//
// The canonical form keeps the order of the members and, of members with the same name, the last one. It has
// no white space, strings have the fewest escapes that RFC 8259 (section 7) allows, and numbers are as they
// were written. Canonical text stays the same when it is formatted again, and no text becomes longer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace base {

struct JsonValue {
    enum class Kind {
        kString,   // text is unescaped
        kNumber,   // text is the number as it was written
        kBoolean,  // text is "true" or "false"
        kNull,     // text is empty
        kArray,    // text is its canonical JSON, outermost brackets included
        kObject,   // likewise
    };

    Kind kind = Kind::kNull;
    std::string text;  // valid UTF-8; may hold NUL
};

struct JsonMember {
    std::string name;
    JsonValue value;
};

// The members in the order of the text, repeated names included.
using JsonObject = std::vector<JsonMember>;

struct JsonLimits {
    std::size_t max_depth = 100;  // levels of arrays and objects, the outermost counted
};

enum class MemberOrder { kAsGiven, kByName };

// order: the order of members in nested objects.
[[nodiscard]] Result<JsonObject, std::string> parse_object(std::string_view text,
                                                           const JsonLimits& limits = {},
                                                           MemberOrder order = MemberOrder::kAsGiven);

// The items of an array. REQUIRES: parse_object made the value, and it is an array.
[[nodiscard]] std::vector<JsonValue> items_of(const JsonValue& array);

// REQUIRES: parse_object made the object.
[[nodiscard]] std::string format_object(const JsonObject& object, MemberOrder order = MemberOrder::kAsGiven);

// The message for a value of another type: "Invalid data. Expected a dictionary, but got list.".
[[nodiscard]] std::string not_an_object(const JsonValue& value);

}  // namespace base
