// A webhook as clients see it. What they may never see of it, its secret, has an answer of its own.
#pragma once

#include <string>

#include "common/model/records.hpp"

namespace model {

[[nodiscard]] std::string webhook_to_json(const Webhook& webhook);

}  // namespace model
