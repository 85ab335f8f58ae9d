// Builds the text of statements whose number of rows varies. Every value is written in an encoding that can't
// end its literal: decimal digits, or pairs of hexadecimal digits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace db {

class SqlText {
  public:
    explicit SqlText(std::string_view beginning) : text_(beginning) {}

    // SQL of our own, never a value.
    SqlText& sql(std::string_view part) {
        text_ += part;
        return *this;
    }

    SqlText& number(std::uint64_t value);
    // "(1, 2, 3)", for IN. REQUIRES: the list is not empty.
    SqlText& numbers(std::span<const std::uint64_t> values);
    // Calls write(item) for each item and writes the separator in between.
    template <class Items, class Write>
    SqlText& list(std::string_view separator, const Items& items, const Write& write) {
        bool first = true;
        for (const auto& item : items) {
            if (!first) sql(separator);
            first = false;
            write(item);
        }
        return *this;
    }
    SqlText& boolean(bool value) { return sql(value ? "TRUE" : "FALSE"); }
    SqlText& bytes(std::span<const std::uint8_t> value);  // x'...', a binary string
    SqlText& bytes(std::string_view value);
    SqlText& text(std::string_view value);         // _utf8mb4 x'...'; REQUIRES: valid UTF-8
    SqlText& hexadecimal(std::string_view value);  // the digits alone

    [[nodiscard]] const std::string& str() const { return text_; }

  private:
    std::string text_;
};

}  // namespace db
