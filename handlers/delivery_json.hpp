// Writes deliveries and attempts as they are shown in pages of their own.
#pragma once

#include <string>

#include "sql/deliveries/attempt_list.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace handlers {

[[nodiscard]] std::string delivery_to_json(const db::ListedDelivery& delivery);

// with_answer: the key may see what the receiver answered. An answer from an address that only the allow-list lets
// deliveries reach is never shown, because clients could read the operator's network by it.
[[nodiscard]] std::string attempt_to_json(const db::Attempt& attempt, bool with_answer);

}  // namespace handlers
