// Parses the query parameters that filter lists of events and of deliveries:
//
//   status  of a delivery: scheduled, succeeded, rescheduled, failed
//   since   a time: events that occurred then or later
//   until   a time: events that occurred before
//
// Times have the form of RFC 3339, in any year (common/model/timestamp.hpp). A "+" in a time must be escaped,
// because a bare one is a space. The last one of repeated parameters counts. An empty parameter counts as
// absent. Unknown parameters are ignored.
#pragma once

#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace handlers {

// Adds the messages for invalid parameters to errors.
[[nodiscard]] db::DeliveryFilter parse_delivery_filter(const http::Form& query, http::FieldErrors& errors);

}  // namespace handlers
