#include "common/base/ascii.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace base {

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) { return to_lower(c); });
    return lower;
}

bool is_ascii(std::string_view text) {
    constexpr unsigned char kFirstBeyond = 0x80;
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < kFirstBeyond; });
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::string_view trim(std::string_view text, std::string_view characters) {
    text = text.substr(0, text.find_last_not_of(characters) + 1);  // npos + 1 is 0: there are no others
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    return text;
}

void append_hexadecimal(std::string& text, std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
}

std::string to_hexadecimal(std::string_view bytes) {
    std::string text;
    append_hexadecimal(text, bytes);
    return text;
}

std::string to_base64(std::string_view bytes) {
    // Three bytes make four characters; EVP_EncodeBlock adds a NUL.
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string format_utc(std::chrono::sys_time<std::chrono::microseconds> time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    constexpr std::size_t kMost = 64;
    std::array<char, kMost> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace base
