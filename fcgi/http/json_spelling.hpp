// JSON values in one spelling, put together from their parts as a parser comes by them: members in the order
// given, of those with one name the last alone, no white space, strings with the fewest escapes that RFC 8259
// (section 7) allows, numbers as they were written. Spelling what is spelled so changes nothing, and makes
// nothing longer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fcgi/http/form.hpp"

namespace http {

enum class MemberOrder { kAsGiven, kByName };

// A value as JSON. REQUIRES: its kind is one of JSON's.
[[nodiscard]] std::string spell(const Value& value);

// The array or object that is being read, and those that it is in.
class JsonSpelling {
  public:
    explicit JsonSpelling(MemberOrder order = MemberOrder::kAsGiven) : order_(order) {}

    void open_array() { containers_.push_back({.is_object = false}); }
    void open_object() { containers_.push_back({.is_object = true}); }
    void name(std::string_view name);  // of the value that comes next
    void value(std::string spelled);

    // The innermost of them, which is at its end.
    [[nodiscard]] std::string close();

  private:
    struct Member {
        std::string name;  // spelled; empty in an array
        std::string value;
    };
    struct Container {
        bool is_object;
        std::string next_name{};
        std::vector<Member> members{};
    };

    MemberOrder order_;
    std::vector<Container> containers_;
};

}  // namespace http
