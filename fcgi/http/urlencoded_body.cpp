#include "fcgi/http/urlencoded_body.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/ascii.hpp"
#include "common/base/utf8.hpp"

namespace http {

namespace {

std::string parse_error(std::string_view what, std::size_t offset) {
    return "Form parse error - " + std::string(what) + " (offset " + std::to_string(offset) + ")";
}

struct Decoded {
    char byte;
    std::size_t length;  // of its encoded form
};

// REQUIRES: encoded is not empty.
Decoded decode_first(std::string_view encoded) {
    if (encoded[0] == '+') return {' ', 1};
    if (encoded[0] == '%') {
        if (const auto byte = base::parse_hexadecimal_byte(encoded.substr(1)))
            return {static_cast<char>(*byte), 3};
    }
    return {encoded[0], 1};
}

std::string decode_all(std::string_view encoded) {
    std::string text;
    text.reserve(encoded.size());
    while (!encoded.empty()) {
        const Decoded next = decode_first(encoded);
        text += next.byte;
        encoded.remove_prefix(next.length);
    }
    return text;
}

// The offset in encoded of the decoded byte with that index.
std::size_t encoded_offset(std::string_view encoded, std::size_t decoded_index) {
    std::size_t offset = 0;
    for (; decoded_index > 0; --decoded_index) offset += decode_first(encoded.substr(offset)).length;
    return offset;
}

base::Result<std::string, std::size_t> decode_text(std::string_view encoded) {
    std::string text = decode_all(encoded);
    if (const auto invalid = base::find_invalid_utf8(text)) return encoded_offset(encoded, *invalid);
    return text;
}

}  // namespace

base::Result<Form, std::string> decode_urlencoded(std::string_view body, const UrlencodedLimits& limits) {
    Form form;
    for (std::size_t begin = 0; begin < body.size();) {
        const std::string_view pair = body.substr(begin, body.find('&', begin) - begin);
        const std::size_t next = begin + pair.size() + 1;
        if (pair.empty()) {
            begin = next;
            continue;
        }
        if (form.fields().size() == limits.max_pairs) {
            return parse_error("More than " + std::to_string(limits.max_pairs) + " pairs.", begin);
        }
        const std::size_t name_length = std::min(pair.find('='), pair.size());
        const std::size_t value_begin = std::min(name_length + 1, pair.size());
        auto name = decode_text(pair.substr(0, name_length));
        if (!name) return parse_error("Invalid UTF-8 in a name.", begin + name.error());
        auto value = decode_text(pair.substr(value_begin));
        if (!value) return parse_error("Invalid UTF-8 in a value.", begin + value_begin + value.error());
        form.add(std::move(name.value()), {Value::Kind::kFormText, std::move(value.value())});
        begin = next;
    }
    return form;
}

bool decodes_to_ascii(std::string_view body) {
    return base::is_ascii(decode_all(body));
}

}  // namespace http
