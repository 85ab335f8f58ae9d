#include "sql/sql_text.hpp"

#include <array>
#include <charconv>

namespace db {

SqlText& SqlText::number(std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
    return *this;
}

SqlText& SqlText::numbers(std::span<const std::uint64_t> values) {
    for (const char* before = "("; const std::uint64_t value : values) {
        sql(before).number(value);
        before = ", ";
    }
    return sql(")");
}

SqlText& SqlText::bytes(std::span<const std::uint8_t> value) {
    hexadecimal(value);
    return *this;
}

SqlText& SqlText::bytes(std::string_view value) {
    return bytes({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
}

SqlText& SqlText::text(std::string_view value) {
    text_ += "_utf8mb4 ";
    return bytes(value);
}

void SqlText::hexadecimal(std::span<const std::uint8_t> value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text_ += "x'";
    for (const std::uint8_t byte : value) {
        text_ += kDigits[byte >> 4];
        text_ += kDigits[byte & 15];
    }
    text_ += '\'';
}

}  // namespace db
