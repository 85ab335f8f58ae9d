#include "admin/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace admin {
namespace {

// What a first byte says about its sequence: how many bytes follow, its own bits, and the least value that
// needs so many bytes.
struct Lead {
    unsigned following;
    char32_t bits;
    char32_t least;
};

std::optional<Lead> lead_of(std::uint8_t byte) {
    if (byte < 0x80) return Lead{0, byte, 0};
    if (byte >> 5 == 0b110) return Lead{1, byte & 0x1FU, 0x80};
    if (byte >> 4 == 0b1110) return Lead{2, byte & 0x0FU, 0x800};
    if (byte >> 3 == 0b11110) return Lead{3, byte & 0x07U, 0x10000};
    return std::nullopt;
}

}  // namespace

std::optional<std::vector<CodePoint>> code_points(std::string_view text) {
    std::vector<CodePoint> points;
    for (std::size_t offset = 0; offset < text.size();) {
        const auto lead = lead_of(static_cast<std::uint8_t>(text[offset]));
        if (!lead || text.size() - offset <= lead->following) return std::nullopt;
        char32_t value = lead->bits;
        for (const char character : text.substr(offset + 1, lead->following)) {
            const auto byte = static_cast<std::uint8_t>(character);
            if (byte >> 6 != 0b10) return std::nullopt;
            value = value << 6 | (byte & 0x3FU);
        }
        const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
        if (value < lead->least || value > 0x10FFFF || surrogate) return std::nullopt;
        points.push_back({value, offset});
        offset += lead->following + 1;
    }
    return points;
}

bool is_white_space(char32_t value) {
    constexpr std::array<char32_t, 9> kSingles = {0x20,   0x85,   0xA0,   0x1680, 0x2028,
                                                  0x2029, 0x202F, 0x205F, 0x3000};
    return (value >= 0x09 && value <= 0x0D) || (value >= 0x2000 && value <= 0x200A) ||
           std::find(kSingles.begin(), kSingles.end(), value) != kSingles.end();
}

bool is_control(char32_t value) {
    return value < 0x20 || (value >= 0x7F && value <= 0x9F);
}

}  // namespace admin
