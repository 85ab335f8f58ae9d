#include "sql/connection/sql_text.hpp"

#include <array>
#include <charconv>

#include "common/base/ascii.hpp"

namespace db {

SqlText& SqlText::number(std::uint64_t value) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
    return *this;
}

SqlText& SqlText::numbers(std::span<const std::uint64_t> values) {
    sql("(").list(", ", values, [this](std::uint64_t value) { number(value); });
    return sql(")");
}

SqlText& SqlText::bytes(std::span<const std::uint8_t> value) {
    return bytes(base::as_text(value));
}

SqlText& SqlText::bytes(std::string_view value) {
    return sql("x'").hexadecimal(value).sql("'");
}

SqlText& SqlText::text(std::string_view value) {
    return sql("_utf8mb4 ").bytes(value);
}

SqlText& SqlText::hexadecimal(std::string_view value) {
    base::append_hexadecimal(text_, value);
    return *this;
}

}  // namespace db
