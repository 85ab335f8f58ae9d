// UTF-8 text as the contract defines it: RFC 3629 without surrogates, overlong forms or code points above
// U+10FFFF; white space by Unicode's property White_Space.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace base {

// The offset of the first byte outside of valid UTF-8 sequences, or nullopt if the text is valid.
[[nodiscard]] std::optional<std::size_t> find_invalid_utf8(std::string_view text);

// REQUIRES (all): text is valid UTF-8.
[[nodiscard]] std::string_view trim_white_space(std::string_view text);
[[nodiscard]] std::size_t count_code_points(std::string_view text);
[[nodiscard]] bool has_white_space(std::string_view text);
[[nodiscard]] bool has_control_character(std::string_view text);  // Unicode's category Cc

}  // namespace base
