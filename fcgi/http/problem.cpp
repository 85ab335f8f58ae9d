#include "fcgi/http/problem.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "fcgi/http/text.hpp"

namespace http {

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// Methods and media types come from the client and may hold any bytes; each that is no UTF-8 becomes U+FFFD.
std::string to_valid_utf8(std::string_view text) {
    std::string valid;
    while (const auto invalid = find_invalid_utf8(text)) {
        valid.append(text.substr(0, *invalid)).append("\xEF\xBF\xBD");
        text.remove_prefix(*invalid + 1);
    }
    return valid.append(text);
}

void write_string(Writer& writer, std::string_view text) {
    const std::string valid = to_valid_utf8(text);
    writer.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

std::string to_string(const rapidjson::StringBuffer& buffer) {
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

Response problem(int status, std::string_view detail) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    write_string(writer, "detail");
    write_string(writer, detail);
    writer.EndObject();
    return {status, to_string(buffer)};
}

Response bad_fields(const FieldErrors& errors) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    for (const auto& [field, messages] : errors) {
        write_string(writer, field);
        writer.StartArray();
        for (const std::string& message : messages) write_string(writer, message);
        writer.EndArray();
    }
    writer.EndObject();
    return {400, to_string(buffer)};
}

Response bad_request(std::string_view message) {
    return bad_fields({{"non_field_errors", {std::string(message)}}});
}

Response unauthorised() {
    Response response = problem(401, "Incorrect authentication credentials.");
    response.headers.emplace_back("WWW-Authenticate", "JWT realm=\"targethooks\"");
    return response;
}

Response forbidden() {
    return problem(403, "You do not have permission to perform this action.");
}

Response not_found() {
    return problem(404, "Not found.");
}

Response unexpected_error() {
    return problem(500, "Unexpected error while handling your request.");
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
