// An event as clients see it: in answers, and as the body of deliveries.
#pragma once

#include <string>

#include "common/model/records.hpp"

namespace model {

// REQUIRES: event.content is a JSON object; it is put in as it is.
[[nodiscard]] std::string event_to_json(const Event& event);

}  // namespace model
