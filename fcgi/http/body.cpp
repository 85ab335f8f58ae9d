#include "fcgi/http/body.hpp"

#include <algorithm>
#include <utility>

#include "common/base/ascii.hpp"
#include "fcgi/http/header_syntax.hpp"
#include "fcgi/http/json_body.hpp"
#include "fcgi/http/media_type.hpp"
#include "fcgi/http/multipart_body.hpp"
#include "fcgi/http/urlencoded_body.hpp"

namespace http {

namespace {

BodyError malformed(std::string message) {
    return {BodyError::Kind::kMalformed, std::move(message)};
}

base::Result<Form, std::string> decode_multipart_of(const MediaType& type, std::string_view body,
                                                    std::span<const std::string_view> known_fields) {
    if (type.boundaries.size() == 1) return decode_multipart(body, type.boundaries.front(), known_fields);
    const std::string what = type.boundaries.empty() ? "missing" : "repeated";
    return "Multipart parse error - The boundary is " + what + ". (in Content-Type)";
}

bool is_encoded(const Request& request) {
    return std::any_of(request.headers.begin(), request.headers.end(), [](const Header& header) {
        if (header.name != "CONTENT_ENCODING") return false;
        const std::string_view coding = trim_optional_white_space(header.value);
        return !coding.empty() && !base::equals_ignoring_case(coding, "identity");
    });
}

}  // namespace

base::Result<Form, BodyError> decode_body(const Request& request,
                                          std::span<const std::string_view> known_fields) {
    if (request.header_count("CONTENT_TYPE") > 1) return malformed("Repeated Content-Type header.");
    const MediaType type = parse_media_type(request.header("CONTENT_TYPE").value_or(""));
    const auto is = [&type](std::string_view name) { return base::equals_ignoring_case(type.essence, name); };
    const bool json = is("application/json");
    const bool urlencoded = is("application/x-www-form-urlencoded");
    const bool multipart = is("multipart/form-data");
    if ((!json && !urlencoded && !multipart) || is_encoded(request)) {
        return BodyError{BodyError::Kind::kUnsupportedMediaType, type.essence};
    }
    const bool is_ascii_body = urlencoded ? decodes_to_ascii(request.body) : base::is_ascii(request.body);
    if (!is_read_as_utf8(type.charsets, is_ascii_body)) {
        return malformed("Unsupported charset in the Content-Type header; only UTF-8 is read.");
    }
    auto form = json         ? decode_json(request.body)
                : urlencoded ? decode_urlencoded(request.body)
                             : decode_multipart_of(type, request.body, known_fields);
    if (!form) return malformed(std::move(form.error()));
    return std::move(form.value());
}

}  // namespace http
