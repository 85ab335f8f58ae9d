#include "fcgi/http/problem.hpp"

#include <utility>

#include "common/base/json_writer.hpp"
#include "common/base/utf8.hpp"

namespace http {

namespace {

// Methods and media types come from the client and may have any bytes. A byte that is not UTF-8 becomes
// U+FFFD.
std::string to_valid_utf8(std::string_view text) {
    std::string valid;
    while (const auto invalid = base::find_invalid_utf8(text)) {
        valid.append(text.substr(0, *invalid)).append("\xEF\xBF\xBD");
        text.remove_prefix(*invalid + 1);
    }
    return valid.append(text);
}

}  // namespace

Response problem(int status, std::string_view detail) {
    const auto write_detail = [&](base::JsonWriter& writer) {
        base::write_member(writer, "detail", to_valid_utf8(detail));
    };
    return {status, base::json_object(write_detail)};
}

Response bad_fields(const FieldErrors& errors) {
    const auto write_errors = [&errors](base::JsonWriter& writer) {
        for (const auto& [field, messages] : errors) {
            base::write(writer, to_valid_utf8(field));
            writer.StartArray();
            for (const std::string& message : messages) base::write(writer, to_valid_utf8(message));
            writer.EndArray();
        }
    };
    return {400, base::json_object(write_errors)};
}

Response bad_request(std::string_view message) {
    return bad_fields({{"non_field_errors", {std::string(message)}}});
}

Response unauthorised() {
    Response response = problem(401, "Incorrect authentication credentials.");
    // One challenge a field: clients that split a field at its commas, or read the first challenge only, find one
    // that is whole. Those that join fields get the list of RFC 9110, 11.6.1.
    for (const char* challenge : {R"(Bearer realm="targethooks")", R"(JWT realm="targethooks")"}) {
        response.headers.emplace_back("WWW-Authenticate", challenge);
    }
    return response;
}

Response forbidden() {
    return problem(403, "You do not have permission to perform this action.");
}

Response not_found() {
    return problem(404, "Not found.");
}

Response throttled() {
    Response response = problem(429, "Request was throttled.");
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

Response unexpected_error(std::string fault, Stored stored) {
    Response response = problem(500, "Unexpected error while handling your request.");
    response.headers.emplace_back("Retry-After", "1");
    response.log = {{"fault", std::move(fault)}, {"stored", stored == Stored::kNo ? "no" : "perhaps"}};
    return response;
}

Response precondition_failed() {
    return problem(412, "Precondition failed.");
}

Response body_too_large() {
    return problem(413, "Request body too large.");
}

Response unsupported_media_type(std::string_view essence) {
    return problem(415, "Unsupported media type \"" + std::string(essence) + "\" in request.");
}

Response allowed_methods(std::string_view allow) {
    return {.status = 204, .body = "", .headers = {{"Allow", std::string(allow)}}};
}

Response method_not_allowed(std::string_view method, std::string_view allow) {
    Response response = problem(405, "Method \"" + std::string(method) + "\" not allowed.");
    response.headers.emplace_back("Allow", allow);
    return response;
}

}  // namespace http
