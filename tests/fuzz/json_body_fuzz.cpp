// Any body to the JSON decoder, and what it made of each member once more.
#include "fcgi/http/json_body.hpp"

#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/forms.hpp"

using fuzzing::require;
using Kind = http::Value::Kind;

namespace {

// A value's JSON source must itself be a value: wrapped into an object, it decodes to the same again.
void check_source(const http::Value& value) {
    const auto again = http::decode_json("{\"k\":" + value.text + "}", {.max_depth = 101});
    require(again.ok() && again.value().fields().size() == 1, "a value's source is one JSON value");
    const http::Value& copy = again.value().fields().front().value;
    require(copy.kind == value.kind && copy.text == value.text, "a value's source decodes to itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzzing::as_text(data, size);
    const auto form = http::decode_json(body);
    require(test::is_well_formed(form), "fields hold UTF-8, a fault says something");
    require(test::spell_out(form) == test::spell_out(http::decode_json(body)), "decoding is deterministic");
    if (!form) return 0;
    require(!http::find_invalid_utf8(body), "a decoded body is UTF-8 as a whole");
    require(body.find('\0') == std::string_view::npos, "a decoded body holds no NUL");
    std::size_t text_size = 0;
    for (const auto& [name, value] : form.value().fields()) {
        text_size += name.size() + value.text.size();
        require(value.kind != Kind::kFormText && value.kind != Kind::kFile, "JSON has no form kinds");
        const bool has_source = value.kind == Kind::kNumber || value.kind == Kind::kBoolean ||
                                value.kind == Kind::kArray || value.kind == Kind::kObject;
        if (has_source) check_source(value);
    }
    require(text_size <= body.size(), "decoding makes nothing longer");
    return 0;
}
