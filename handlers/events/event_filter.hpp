// The query by which a list of events is narrowed:
//
//   event_type  one of the contract's event types
//   status      of a delivery: scheduled, succeeded, rescheduled, failed
//   since       a time: events that occurred then or later
//   until       a time: events that occurred before
//
// Times are RFC 3339's of any year (common/model/timestamp.hpp); a "+" in one must be escaped, or it is a space. Where
// a parameter is repeated the last one counts; one with nothing after its sign counts as absent; unknown ones
// are ignored.
#pragma once

#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "sql/events/event_list.hpp"

namespace handlers {

// Adds to errors what is wrong.
[[nodiscard]] db::EventFilter parse_event_filter(const http::Form& query, http::FieldErrors& errors);

}  // namespace handlers
