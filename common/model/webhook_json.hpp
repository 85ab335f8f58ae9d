// Writes a webhook as clients see it. Its secret is not part of that: it has a response of its own.
#pragma once

#include <string>

#include "common/model/records.hpp"

namespace model {

[[nodiscard]] std::string webhook_to_json(const Webhook& webhook);

}  // namespace model
