// One HTTP response: built as a value, written once. An empty body has no Content-Type; any other body is
// JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace http {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct Response {
    int status = 200;
    std::string body = {};    // JSON, UTF-8
    NamedTexts headers = {};  // beyond Content-Type and Content-Length
    NamedTexts log = {};      // additional members of the log line; not sent to the client
};

}  // namespace http
