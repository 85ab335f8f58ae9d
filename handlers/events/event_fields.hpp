// Validates the fields of a published event, by the same rules for every encoding of the request:
//
//   event_type   required, a type of scans or findings
//   content      required, a JSON object: in JSON the object itself, in a form its JSON text, in
//                multipart/form-data also a file of type application/json with that text
//   occurred_at  a time (common/model/timestamp.hpp), at most a day ahead; default: the time of recording
//
// The content is kept in canonical form (common/model/event_types.hpp). Every field is validated. Unknown
// fields are ignored.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "sql/group_commit/group_commit.hpp"

namespace handlers {

inline constexpr std::array<std::string_view, 3> kEventFields{"event_type", "content", "occurred_at"};

// Errors are in the order of kEventFields.
[[nodiscard]] base::Result<db::PublishedEvent, http::FieldErrors> parse_published_event(
    const http::Form& form);

// The values that make a request a repeat (idempotency_key.hpp). The order of members in the content makes no
// difference.
[[nodiscard]] std::vector<std::string> values_of(const db::PublishedEvent& event);

}  // namespace handlers
