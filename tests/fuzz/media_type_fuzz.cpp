// Fuzzes media types and decoders as a request uses them: the Content-Type header up to the first LF, then
// the body.
#include "fcgi/http/media_type.hpp"

#include <algorithm>
#include <array>

#include "fcgi/http/body.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/forms.hpp"

using fuzzing::require;

namespace {

constexpr std::array<std::string_view, 4> kKnown = {"url", "name", "check_cert", "api_version"};

void check_media_type(std::string_view header) {
    const http::MediaType type = http::parse_media_type(header);
    require(type.essence.find(';') == std::string::npos, "the essence has no parameters");
    require(type.essence == http::parse_media_type(type.essence).essence, "the essence is its own essence");
    std::size_t text_size = type.essence.size();
    for (const std::string& charset : type.charsets) text_size += charset.size() + 1;
    for (const std::string& boundary : type.boundaries) text_size += boundary.size() + 1;
    require(text_size <= header.size(), "parsing makes nothing longer");
    for (const std::string& boundary : type.boundaries) {
        std::string quoted = "multipart/form-data; boundary=\"";
        for (const char c : boundary) quoted += {'\\', c};
        const auto again = http::parse_media_type(quoted + "\"").boundaries;
        require(again.size() == 1 && again.front() == boundary, "a quoted boundary is read as written");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzzing::as_text(data, size);
    const std::string_view header = input.substr(0, input.find('\n'));
    check_media_type(header);
    http::Request request;
    request.headers.push_back({"CONTENT_TYPE", std::string(header)});
    request.body = input.substr(std::min(header.size() + 1, input.size()));
    const auto form = http::decode_body(request, kKnown);
    if (form) {
        require(test::is_well_formed(base::Result<http::Form, std::string>(form.value())),
                "fields hold UTF-8");
    } else if (form.error().kind == http::BodyError::Kind::kUnsupportedMediaType) {
        require(form.error().message == http::parse_media_type(header).essence, "a 415 names the essence");
    } else {
        require(test::is_well_formed(base::Result<http::Form, std::string>(form.error().message)),
                "a fault says something");
    }
    return 0;
}
