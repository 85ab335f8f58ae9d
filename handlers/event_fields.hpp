// The rules for the fields of an event that is published, one judgement for every encoding of the request:
//
//   event_type   required, one of those of scans and findings
//   content      required, a JSON object: in JSON the object itself, in a form its JSON text, in
//   multipart/form-data
//                that as a file of type application/json, too
//   occurred_at  a time (sql/time_text.hpp) that is at most a day ahead; the time of recording
//
// The content is kept in one spelling (sql/event_rules.hpp). Every field is judged. Unknown fields are
// ignored.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/result.hpp"
#include "sql/records.hpp"

namespace handlers {

inline constexpr std::array<std::string_view, 3> kEventFields{"event_type", "content", "occurred_at"};

struct PublishedEvent {
    std::string event_type;
    std::string content;
    std::optional<db::Time> occurred_at;
};

// Errors stand in the order of kEventFields.
[[nodiscard]] http::Result<PublishedEvent, http::FieldErrors> parse_published_event(const http::Form& form);

}  // namespace handlers
