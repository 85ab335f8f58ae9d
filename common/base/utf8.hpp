// UTF-8 text as the contract defines it: RFC 3629 without surrogates, overlong forms or code points above
// U+10FFFF; white space by Unicode's property White_Space.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// The offset of the first byte outside of valid UTF-8 sequences, or nullopt if the text is valid.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// The text with U+FFFD in place of each byte outside of valid sequences.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view bytes);
// Bytes that were cut off somewhere, without the character that is incomplete at their end.
[[nodiscard]] std::string_view drop_cut_character(std::string_view bytes);

// REQUIRES (all): text is valid UTF-8.
[[nodiscard]] std::string_view trim_white_space(std::string_view text);
[[nodiscard]] std::size_t count_code_points(std::string_view text);
[[nodiscard]] bool has_white_space(std::string_view text);
[[nodiscard]] bool has_control_character(std::string_view text);  // Unicode's category Cc

}  // namespace base
