// The JSON of a webhook's own headers, as a response shows them: {"headers":{"X-Api-Key":"..."}}.
#pragma once

#include <string>

#include "common/model/webhook_headers.hpp"

namespace handlers {

[[nodiscard]] inline std::string headers_to_json(const model::WebhookHeaders& headers) {
    return "{\"headers\":" + model::webhook_headers_json(headers) + "}";
}

}  // namespace handlers
