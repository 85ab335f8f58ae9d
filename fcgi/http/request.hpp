// One HTTP request as the web server passed it. It owns its bytes: nothing in it points into libfcgi's
// memory. string_views of its members are valid as long as the request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Header {
    std::string name;  // as in the CGI variable, without HTTP_: "AUTHORIZATION", "CONTENT_ENCODING"
    std::string value;
};

struct Request {
    std::string id;      // from the web server, for logs
    std::string method;  // "POST"
    std::string uri;     // raw request target: path and query, nothing decoded
    std::vector<Header> headers;
    std::string body;

    // The first header of that name (name as in the CGI variable). A repeated header is in the list twice.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
        for (const Header& header : headers) {
            if (header.name == name) return header.value;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::size_t header_count(std::string_view name) const {
        std::size_t count = 0;
        for (const Header& header : headers) count += header.name == name ? 1 : 0;
        return count;
    }
};

}  // namespace http
