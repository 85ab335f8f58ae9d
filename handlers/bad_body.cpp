#include "handlers/bad_body.hpp"

#include <algorithm>

#include "common/base/ascii.hpp"
#include "fcgi/http/media_type.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {
namespace {

constexpr const char* kLooksLikeJson =
    "The body looks like JSON, but its Content-Type says application/x-www-form-urlencoded.";

bool is_json_sent_as_a_form(const http::Request& request) {
    const auto type = http::parse_media_type(request.header("CONTENT_TYPE").value_or(""));
    return request.body.starts_with('{') &&
           base::equals_ignoring_case(type.essence, "application/x-www-form-urlencoded");
}

}  // namespace

http::Response bad_body(const http::BodyError& error) {
    return error.kind == http::BodyError::Kind::kUnsupportedMediaType
               ? http::unsupported_media_type(error.message)
               : http::bad_request(error.message);
}

http::Response bad_fields(const http::Request& request, http::FieldErrors errors) {
    const bool is_one_missing =
        std::ranges::any_of(errors, [](const auto& error) { return error.second == Messages{kRequired}; });
    if (is_one_missing && is_json_sent_as_a_form(request)) {
        errors.emplace_back("non_field_errors", Messages{kLooksLikeJson});
    }
    return http::bad_fields(errors);
}

}  // namespace handlers
