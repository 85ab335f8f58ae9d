// Parses the query parameters that filter a list of events: those of a list of deliveries (delivery_filter.hpp), and
//
//   event_type  one of the contract's event types
#pragma once

#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "sql/events/event_list.hpp"

namespace handlers {

// Adds the messages for invalid parameters to errors.
[[nodiscard]] db::EventFilter parse_event_filter(const http::Form& query, http::FieldErrors& errors);

}  // namespace handlers
