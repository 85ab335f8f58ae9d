// The pieces of header grammar that media types and part headers share (RFC 9110, section 5.6): optional
// white space, tokens, quoted strings. All of them look at the start of the text they are given and never
// fail.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "common/base/ascii.hpp"

namespace http {

// token = 1*tchar
inline constexpr std::string_view kTokenCharacters =
    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

[[nodiscard]] inline std::string_view skip_optional_white_space(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(base::kOptionalWhiteSpace), text.size()));
    return text;
}

[[nodiscard]] inline std::string_view trim_optional_white_space(std::string_view text) {
    return base::trim(text, base::kOptionalWhiteSpace);
}

// How long the token is that text begins with; 0 if it begins with none.
[[nodiscard]] inline std::size_t token_length(std::string_view text) {
    return std::min(text.find_first_not_of(kTokenCharacters), text.size());
}

// How long the quoted-string is that text begins with, both quotes included; 0 if it begins with none, or
// with one that is never closed. A backslash takes the next character with it.
[[nodiscard]] inline std::size_t quoted_string_length(std::string_view text) {
    if (!text.starts_with('"')) return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] == '\\') ++i;
    }
    return 0;
}

}  // namespace http
