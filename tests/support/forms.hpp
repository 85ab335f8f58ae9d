// Helpers for forms in unit tests and fuzz targets: one line of text per field, and the properties that every
// result of a decoder must have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/utf8.hpp"
#include "fcgi/http/form.hpp"

namespace test {

inline std::string_view kind_name(http::Value::Kind kind) {
    using Kind = http::Value::Kind;
    switch (kind) {
        case Kind::kFormText:
            return "text";
        case Kind::kFile:
            return "file";
        case Kind::kJsonFile:
            return "json_file";
        case Kind::kString:
            return "string";
        case Kind::kNumber:
            return "number";
        case Kind::kBoolean:
            return "boolean";
        case Kind::kNull:
            return "null";
        case Kind::kArray:
            return "array";
        case Kind::kObject:
            return "object";
    }
    return "?";
}

// "name=text:value", one per field and in order.
inline std::vector<std::string> format_out(const http::Form& form) {
    std::vector<std::string> lines;
    for (const http::Field& field : form.fields()) {
        lines.push_back(field.name + "=" + std::string(kind_name(field.value.kind)) + ":" + field.value.text);
    }
    return lines;
}

// The same for a decoder's result; only the message if it is an error.
inline std::vector<std::string> format_out(const base::Result<http::Form, std::string>& result) {
    return result ? format_out(result.value()) : std::vector<std::string>{"! " + result.error()};
}

// Checks that fields are UTF-8 with only the content that their kind allows, and that errors have a message.
inline bool is_well_formed(const base::Result<http::Form, std::string>& result) {
    if (!result) return !result.error().empty() && !base::find_invalid_utf8(result.error());
    for (const auto& [name, value] : result.value().fields()) {
        if (base::find_invalid_utf8(name) || base::find_invalid_utf8(value.text)) return false;
        const bool textless =
            value.kind == http::Value::Kind::kFile || value.kind == http::Value::Kind::kNull;
        if (textless && !value.text.empty()) return false;
    }
    return true;
}

// Calls decode with every truncation of body and with every other byte at every offset. Returns false if a
// result is not well-formed.
template <class Decode>
bool survives_damage(const std::string& body, const Decode& decode) {
    for (std::size_t length = 0; length < body.size(); ++length) {
        // A copy of its own, so that a sanitizer sees a read past the end.
        if (!is_well_formed(decode(body.substr(0, length)))) return false;
    }
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string damaged = body;
        for (int byte = 0; byte < 256; ++byte) {
            damaged[i] = static_cast<char>(byte);
            if (!is_well_formed(decode(damaged))) return false;
        }
    }
    return true;
}

}  // namespace test
