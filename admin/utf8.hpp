// UTF-8 (RFC 3629) taken apart into code points.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace admin {

struct CodePoint {
    char32_t value;
    std::size_t offset;  // of its first byte
};

// Nothing if the text is not UTF-8: overlong forms, surrogates and values past U+10FFFF included.
[[nodiscard]] std::optional<std::vector<CodePoint>> code_points(std::string_view text);

[[nodiscard]] bool is_white_space(char32_t value);  // Unicode's property White_Space
[[nodiscard]] bool is_control(char32_t value);      // Unicode's category Cc

}  // namespace admin
