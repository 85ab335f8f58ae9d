// The answer to what has changed a webhook.
#pragma once

#include <string>
#include <utility>

#include "fcgi/http/response.hpp"
#include "sql/id.hpp"

namespace handlers {

// A 200 with this body; the log line says which webhook it was.
[[nodiscard]] inline http::Response changed_webhook(db::Id webhook, std::string json) {
    http::Response response{.status = 200, .body = std::move(json)};
    response.log = {{"webhook", db::to_base58(webhook)}};
    return response;
}

}  // namespace handlers
