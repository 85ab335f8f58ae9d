// ASCII text, independent of the locale: character tests, trimming, numbers, hexadecimal, Base64, UTC times.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace base {

[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_lower_case(char c) {
    return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || is_lower_case(c) || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool is_ascii(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

// OWS = *( SP / HTAB ) (RFC 9110, section 5.6.3)
inline constexpr std::string_view kOptionalWhiteSpace = " \t";
inline constexpr std::string_view kWhiteSpace = " \t\r\n";

// Removes these characters from the beginning and the end of the text.
[[nodiscard]] std::string_view trim(std::string_view text, std::string_view characters);

// Parses the whole text as a number. Returns nullopt if it is malformed or the type can't hold it. Leading
// zeros are allowed.
template <std::unsigned_integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view digits, int numeral_base = 10) {
    Number number{};
    const char* const end = digits.data() + digits.size();
    const auto [stop, fault] = std::from_chars(digits.data(), end, number, numeral_base);
    return fault == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

// Parses the first two characters as hexadecimal digits, in either case.
[[nodiscard]] inline std::optional<std::uint8_t> parse_hexadecimal_byte(std::string_view text) {
    return text.size() < 2 ? std::nullopt : parse_number<std::uint8_t>(text.substr(0, 2), 16);
}

// A view of the bytes as text, as the functions below take it.
[[nodiscard]] inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Appends two lower-case digits per byte.
void append_hexadecimal(std::string& text, std::string_view bytes);
[[nodiscard]] std::string to_hexadecimal(std::string_view bytes);

// RFC 4648, section 4, with padding.
[[nodiscard]] std::string to_base64(std::string_view bytes);

// "2026-01-31T16:32:17.238553Z". REQUIRES: a year from 0000 to 9999.
[[nodiscard]] std::string format_utc(std::chrono::sys_time<std::chrono::microseconds> time);

}  // namespace base
