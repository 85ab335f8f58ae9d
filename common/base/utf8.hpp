// Text as the contract reads it: UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF), white
// space as Unicode's White_Space property has it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace base {

// The byte offset of the first byte that is no part of a valid UTF-8 sequence; nothing if all are.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// REQUIRES (all): text is valid UTF-8.
[[nodiscard]] std::string_view trim_white_space(std::string_view text);
[[nodiscard]] std::size_t count_code_points(std::string_view text);
[[nodiscard]] bool has_white_space(std::string_view text);
[[nodiscard]] bool has_control_character(std::string_view text);  // Unicode's category Cc

}  // namespace base
