// Code that the rules of all fields share: the contract's messages, and the validation of a single value.
#pragma once

#include <cstddef>
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
inline constexpr const char* kNulCharacter = "Null characters are not allowed.";
inline constexpr const char* kNoTime =
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm:ss[.uuuuuu]Z,"
    " YYYY-MM-DDThh:mm:ss[.uuuuuu]+hh:mm.";

[[nodiscard]] std::string not_a_choice(std::string_view text);
[[nodiscard]] std::string too_long(std::size_t limit);

// A field's value, or the messages about it.
using Messages = std::vector<std::string>;
template <class T>
using Validated = base::Result<T, Messages>;

// The trimmed text of a value that must be a string.
[[nodiscard]] Validated<std::string_view> validate_string(const http::Value& value);

// The trimmed text of a string with at most so many characters (Unicode code points) and without NUL.
[[nodiscard]] Validated<std::string> validate_text(const http::Value& value, std::size_t most_characters);

// One of the contract's event types.
[[nodiscard]] Validated<std::string> validate_event_type(const http::Value& value);

// The time in a string (common/model/timestamp.hpp), in our own format.
[[nodiscard]] Validated<std::string> validate_time(const http::Value& value);
// The same for the bound of a period, which may be in any year.
[[nodiscard]] Validated<std::string> validate_bound(const http::Value& value);

// Whether the value is of a form, and not of a JSON object.
[[nodiscard]] bool is_of_form(const http::Value& value);
// Whether it is the empty text of a form.
[[nodiscard]] bool is_left_open(const http::Value& value);

// Returns the field, or nullptr if it is absent. A field that is left open in a form counts as absent.
[[nodiscard]] const http::Value* find_given(const http::Form& form, std::string_view name);

// Validates a field if it is given, and stores its value in `into` or its messages in `errors`.
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
