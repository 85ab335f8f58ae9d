// Fuzzes the multipart decoder: the boundary up to the first LF, then the body.
#include "fcgi/http/multipart_body.hpp"

#include <algorithm>
#include <array>

#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/forms.hpp"

using fuzzing::require;
using Kind = http::Value::Kind;

namespace {

constexpr std::array<std::string_view, 4> kKnown = {"url", "name", "check_cert", "api_version"};

// Writes the text fields in the strictest form of RFC 7578 and checks that they decode to the same fields.
void check_round_trip(const http::Form& form, std::string_view boundary) {
    const std::string line = "--" + std::string(boundary);
    std::string body;
    for (const auto& [name, value] : form.fields()) {
        const std::string_view file = value.kind == Kind::kFile ? "; filename=f"
                                      : value.kind == Kind::kJsonFile
                                          ? "; filename=f\r\nContent-Type: application/json"
                                          : "";
        body.append(line).append("\r\nContent-Disposition: form-data; name=\"").append(name).append("\"");
        body.append(file).append("\r\n\r\n").append(value.text).append("\r\n");
    }
    const auto again = http::decode_multipart(body + line + "--", boundary, kKnown);
    require(test::format_out(again) == test::format_out(form), "it survives a round trip");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzzing::as_text(data, size);
    const std::string_view boundary = input.substr(0, input.find('\n'));
    const std::string_view body = input.substr(std::min(boundary.size() + 1, input.size()));
    const auto form = http::decode_multipart(body, boundary, kKnown);
    require(test::is_well_formed(form), "fields hold UTF-8, a fault says something");
    require(test::format_out(form) == test::format_out(http::decode_multipart(body, boundary, kKnown)),
            "decoding is deterministic");
    const http::MultipartLimits small = {
        .max_parts = 2, .max_part_header_bytes = 64, .max_boundary_characters = 5};
    const auto limited = http::decode_multipart(body, boundary, kKnown, small);
    require(!limited || (form.ok() && limited.value().fields().size() <= 2),
            "smaller limits only refuse more");
    if (!form) return 0;
    const std::string delimiter = "--" + std::string(boundary);
    require(body.find(delimiter + "--") != std::string_view::npos,
            "a decoded body has its closing delimiter");
    std::size_t text_size = 0;
    for (const auto& [name, value] : form.value().fields()) {
        text_size += name.size() + value.text.size();
        require(value.kind == Kind::kFormText || value.kind == Kind::kFile || value.kind == Kind::kJsonFile,
                "a part is text or a file");
        require(value.kind != Kind::kJsonFile || std::ranges::find(kKnown, name) != kKnown.end(),
                "files of unknown fields are not kept");
        require(value.text.find("\r\n" + delimiter + "\r\n") == std::string::npos,
                "no delimiter is in a value");
    }
    require(text_size <= body.size(), "decoding makes nothing longer");
    require(form.value().fields().size() <= http::MultipartLimits().max_parts, "the limit of parts holds");
    check_round_trip(form.value(), boundary);
    return 0;
}
