// A webhook as clients see it. What they may never see of it, its secret, has an answer of its own.
#pragma once

#include <string>
#include <string_view>

#include "sql/records.hpp"

namespace handlers {

[[nodiscard]] std::string webhook_to_json(const db::Webhook& webhook);

// {"secret": "whsec_..."}; secret: its bytes.
[[nodiscard]] std::string secret_to_json(std::string_view secret);

}  // namespace handlers
