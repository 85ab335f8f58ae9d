// The header grammar that media types and part headers share (RFC 9110, section 5.6): optional white space,
// tokens, quoted strings. All functions read the start of the text and never fail.
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

// The length of the token at the start of text; 0 if there is none.
[[nodiscard]] inline std::size_t token_length(std::string_view text) {
    return std::min(text.find_first_not_of(kTokenCharacters), text.size());
}

// The length of the quoted-string at the start of text, with both quotes; 0 if there is none, or if it has no
// closing quote. A backslash escapes the next character.
[[nodiscard]] inline std::size_t quoted_string_length(std::string_view text) {
    if (!text.starts_with('"')) return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') return i + 1;
        if (text[i] == '\\') ++i;
    }
    return 0;
}

}  // namespace http
