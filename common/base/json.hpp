// One JSON object (RFC 8259), read from a text and put into one spelling. RapidJSON's iterative reader does the
// parsing.
//
// Refused, with a message and a byte offset: a byte order mark, an empty text, bytes that are not UTF-8, lone
// surrogates raw or escaped, nesting deeper than max_depth, anything after the value, a value that is no
// object ("Invalid data. Expected a dictionary, but got list."). Numbers are kept as they are spelled, so
// none is ever out of range.
//
// The one spelling: members in the order given, of those with one name the last alone, no white space, strings
// with the fewest escapes that RFC 8259 (section 7) allows, numbers as they were written. Spelling what is
// spelled so changes nothing, and makes nothing longer.
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
        kNumber,   // text is its spelling, untouched
        kBoolean,  // text is "true" or "false"
        kNull,     // text is empty
        kArray,    // text is its JSON in one spelling, outermost brackets included
        kObject,   // likewise
    };

    Kind kind = Kind::kNull;
    std::string text;  // valid UTF-8; may hold NUL
};

struct JsonMember {
    std::string name;
    JsonValue value;
};

// In the order in which they stand, repeated names included.
using JsonObject = std::vector<JsonMember>;

struct JsonLimits {
    std::size_t max_depth = 100;  // levels of arrays and objects, the outermost counted
};

enum class MemberOrder { kAsGiven, kByName };

// order: of the members of objects inside.
[[nodiscard]] Result<JsonObject, std::string> parse_object(std::string_view text,
                                                           const JsonLimits& limits = {},
                                                           MemberOrder order = MemberOrder::kAsGiven);

// REQUIRES: parse_object made it.
[[nodiscard]] std::string format_object(const JsonObject& object, MemberOrder order = MemberOrder::kAsGiven);

// "Invalid data. Expected a dictionary, but got list.", of a value that is no object.
[[nodiscard]] std::string not_an_object(const JsonValue& value);

}  // namespace base
