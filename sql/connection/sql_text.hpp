// Builds the text of statements whose number of rows varies. Every value is written in an encoding that can't
// end its literal: decimal digits, or pairs of hexadecimal digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace db {

// SQL of our own: a constant of the program, never a value.
class SqlLiteral {
  public:
    // NOLINTBEGIN(google-explicit-constructor): a literal is written as such
    consteval SqlLiteral(const char* text) : text_(text) {}
    consteval SqlLiteral(std::string_view text) : text_(text) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] constexpr std::string_view text() const { return text_; }

  private:
    std::string_view text_;
};

class SqlText {
  public:
    explicit SqlText(SqlLiteral beginning) : text_(beginning.text()) {}
    // SQL of our own that is put together from constants at run time, never with a value.
    [[nodiscard]] static SqlText composed(std::string text) {
        SqlText statement("");
        statement.text_ = std::move(text);
        return statement;
    }

    SqlText& sql(SqlLiteral part) {
        text_ += part.text();
        return *this;
    }
    SqlText& sql(bool which, SqlLiteral if_true, SqlLiteral if_false) {
        return sql(which ? if_true : if_false);
    }
    SqlText& add(const SqlText& part) {
        text_ += part.text_;
        return *this;
    }

    SqlText& number(std::uint64_t value);
    // "(1, 2, 3)", for IN. REQUIRES: the list is not empty.
    SqlText& numbers(std::span<const std::uint64_t> values);
    // Calls write(item) for each item and writes the separator in between.
    template <class Items, class Write>
    SqlText& list(SqlLiteral separator, const Items& items, const Write& write) {
        bool first = true;
        for (const auto& item : items) {
            if (!first) sql(separator);
            first = false;
            write(item);
        }
        return *this;
    }
    SqlText& boolean(bool value) { return sql(value, "TRUE", "FALSE"); }
    SqlText& bytes(std::span<const std::uint8_t> value);  // x'...', a binary string
    SqlText& bytes(std::string_view value);
    SqlText& text(std::string_view value);         // _utf8mb4 x'...'; REQUIRES: valid UTF-8
    SqlText& hexadecimal(std::string_view value);  // the digits alone

    [[nodiscard]] const std::string& str() const { return text_; }

  private:
    std::string text_;
};

}  // namespace db
