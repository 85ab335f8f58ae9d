#include "sql/connection/sql_text.hpp"

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
    return bytes({reinterpret_cast<const char*>(value.data()), value.size()});
}

SqlText& SqlText::bytes(std::string_view value) {
    return sql("x'").hexadecimal(value).sql("'");
}

SqlText& SqlText::text(std::string_view value) {
    return sql("_utf8mb4 ").bytes(value);
}

SqlText& SqlText::hexadecimal(std::string_view value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char character : value) {
        const auto byte = static_cast<unsigned char>(character);
        text_ += kDigits[byte >> 4];
        text_ += kDigits[byte & 15];
    }
    return *this;
}

}  // namespace db
