// application/json (RFC 8259) to a Form. The body must be one object; its members become the fields, in
// order, repeated names included. RapidJSON's iterative reader does the parsing.
//
// Refused, with a message and a byte offset: a byte order mark, an empty body, bytes that are not UTF-8, lone
// surrogates raw or escaped, nesting deeper than max_depth, anything after the value, a value that is no
// object ("Invalid data. Expected a dictionary, but got list."). Numbers are kept as they are spelled, so
// none is ever out of range; arrays and objects are put in one spelling (json_spelling.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "fcgi/http/form.hpp"
#include "fcgi/http/json_spelling.hpp"
#include "fcgi/http/result.hpp"

namespace http {

struct JsonLimits {
    std::size_t max_depth = 100;  // levels of arrays and objects, the outermost counted
};

[[nodiscard]] Result<Form, std::string> decode_json(std::string_view body, const JsonLimits& limits = {},
                                                    MemberOrder order = MemberOrder::kAsGiven);

// The object in one spelling. REQUIRES: decode_json made it.
[[nodiscard]] std::string spell_object(const Form& object, MemberOrder order = MemberOrder::kAsGiven);

// "Invalid data. Expected a dictionary, but got list.", of a value that is no object.
[[nodiscard]] std::string not_an_object(const Value& value);

}  // namespace http
