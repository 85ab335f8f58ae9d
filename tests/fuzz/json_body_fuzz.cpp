// Fuzzes the JSON decoder with any body, and with each decoded value again.
#include "fcgi/http/json_body.hpp"

#include "common/base/json.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/forms.hpp"

using fuzzing::require;
using Kind = http::Value::Kind;

namespace {

// The text of a value must itself be JSON: in an object, it decodes to the same value again.
void check_json_text(const http::Value& value) {
    const auto again = http::decode_json("{\"k\":" + value.text + "}", {.max_depth = 101});
    require(again.ok() && again.value().fields().size() == 1, "a value's text is one JSON value");
    const http::Value& copy = again.value().fields().front().value;
    require(copy.kind == value.kind && copy.text == value.text, "a value's text decodes to itself");
}

// Canonical text stays the same when it is formatted again. Sorting only moves members.
void check_object(const base::JsonObject& object, std::size_t given_size) {
    constexpr auto kByName = base::MemberOrder::kByName;
    const std::string formatted = base::format_object(object);
    require(formatted.size() <= given_size, "canonical text is not longer");
    require(base::format_object(base::parse_object(formatted).value()) == formatted,
            "canonical text is unique");
    const auto sorted = base::parse_object(formatted, {}, kByName);
    const std::string by_name = base::format_object(sorted.value(), kByName);
    require(by_name.size() == formatted.size(), "sorting loses nothing");
    const auto again = base::parse_object(by_name, {}, kByName);
    require(base::format_object(again.value(), kByName) == by_name, "there is one order");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzzing::as_text(data, size);
    const auto form = http::decode_json(body);
    require(test::is_well_formed(form), "fields hold UTF-8, a fault says something");
    require(test::format_out(form) == test::format_out(http::decode_json(body)), "decoding is deterministic");
    if (!form) return 0;
    require(!base::find_invalid_utf8(body), "a decoded body is UTF-8 as a whole");
    require(body.find('\0') == std::string_view::npos, "a decoded body holds no NUL");
    std::size_t text_size = 0;
    for (const auto& [name, value] : form.value().fields()) {
        text_size += name.size() + value.text.size();
        require(value.kind != Kind::kFormText && value.kind != Kind::kFile, "JSON has no form kinds");
        const bool is_json = value.kind == Kind::kNumber || value.kind == Kind::kBoolean ||
                             value.kind == Kind::kArray || value.kind == Kind::kObject;
        if (is_json) check_json_text(value);
    }
    require(text_size <= body.size(), "decoding makes nothing longer");
    check_object(base::parse_object(body).value(), body.size());
    return 0;
}
