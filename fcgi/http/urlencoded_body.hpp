// Decodes application/x-www-form-urlencoded to a Form, like the parser of the WHATWG URL standard (section
// 5.1): split at "&", skip empty pairs, split at the first "="; "+" is a space, "%" and two hexadecimal
// digits are a byte, any other "%" is a literal "%".
//
// Refused, with a message and a byte offset into the body: more than max_pairs pairs, and names or values
// that are not UTF-8. The standard would insert replacement characters for the latter.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"

namespace http {

struct UrlencodedLimits {
    std::size_t max_pairs = 1000;
};

[[nodiscard]] base::Result<Form, std::string> decode_urlencoded(std::string_view body,
                                                                const UrlencodedLimits& limits = {});

// Whether every byte is ASCII once it is decoded.
[[nodiscard]] bool decodes_to_ascii(std::string_view body);

}  // namespace http
