// Writes an event as clients see it, in responses and in the body of deliveries.
#pragma once

#include <string>

#include "common/model/records.hpp"

namespace model {

// REQUIRES: event.content is a JSON object. It is inserted unchanged.
[[nodiscard]] std::string event_to_json(const Event& event);

}  // namespace model
