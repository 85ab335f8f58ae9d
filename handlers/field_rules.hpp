// What the rules of all fields share: the messages of the contract, and the validation of a single value.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"

namespace handlers {

inline constexpr const char* kRequired = "This field is required.";
inline constexpr const char* kNull = "This field may not be null.";
inline constexpr const char* kBlank = "This field may not be blank.";
inline constexpr const char* kNoString = "Not a valid string.";
inline constexpr const char* kNoTime =
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss[.uuuuuu]Z,"
    " YYYY-MM-DDThh:mm:ss[.uuuuuu]+hh:mm.";

[[nodiscard]] std::string not_a_choice(std::string_view text);

// A field's value, or what is wrong with it.
using Messages = std::vector<std::string>;
template <class T>
using Validated = base::Result<T, Messages>;

// The trimmed text of a value that must be a string.
[[nodiscard]] Validated<std::string_view> validate_string(const http::Value& value);

// A string that is a time (common/model/timestamp.hpp), in our spelling.
[[nodiscard]] Validated<std::string> validate_time(const http::Value& value);
// The same for an end of a period, which may lie in any year.
[[nodiscard]] Validated<std::string> validate_bound(const http::Value& value);

// The field, unless it is left open: a form can do that also by sending nothing after its name.
[[nodiscard]] const http::Value* find_given(const http::Form& form, std::string_view name);

// Judges a field that was given, and keeps its value or its messages.
template <class Validate, class Into>
void take_field(std::string_view name, const http::Value* value, const Validate& validate, Into& into,
                http::FieldErrors& errors) {
    if (value == nullptr) return;
    auto validated = validate(*value);
    if (validated) {
        into = std::move(validated.value());
    } else {
        errors.emplace_back(name, std::move(validated.error()));
    }
}

}  // namespace handlers
