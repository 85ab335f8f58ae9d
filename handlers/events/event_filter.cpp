#include "handlers/events/event_filter.hpp"

#include <utility>

#include "handlers/delivery_filter.hpp"
#include "handlers/field_rules.hpp"

namespace handlers {

db::EventFilter parse_event_filter(const http::Form& query, http::FieldErrors& errors) {
    db::EventFilter filter;
    take_field("event_type", find_given(query, "event_type"), validate_event_type, filter.event_type, errors);
    db::DeliveryFilter of_deliveries = parse_delivery_filter(query, errors);
    filter.status = of_deliveries.status;
    filter.since = std::move(of_deliveries.since);
    filter.until = std::move(of_deliveries.until);
    return filter;
}

}  // namespace handlers
