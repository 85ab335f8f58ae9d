// Reads the bodies of requests that steer a webhook, by the same rules for every encoding:
//
//   disable/   reason      a string of at most 255 characters, without NUL; empty or absent: "disabled by a user"
//   test/      event_type  one of the contract's event types; absent: that of the webhook's greeting
//   recover/   since       a time, required: the first of the events
//              until       a time: the first of those that follow the last one; absent: now
//   headers/   headers     an object, in forms its JSON text, required (common/model/webhook_headers.hpp)
//
// Times are those that filter lists, in any year. A request to disable/ or test/ needs no body. The errors are 415 and
// 400 responses.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "common/model/records.hpp"
#include "common/model/webhook_headers.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

inline constexpr std::size_t kMaxReasonCharacters = 255;

[[nodiscard]] base::Result<std::string, http::Response> read_disabled_reason(const http::Request& request);

[[nodiscard]] base::Result<std::optional<std::string>, http::Response> read_test_event_type(
    const http::Request& request);

struct RecoveryPeriod {
    model::Time since;
    std::optional<model::Time> until;
};
[[nodiscard]] base::Result<RecoveryPeriod, http::Response> read_recovery_period(const http::Request& request);

[[nodiscard]] base::Result<model::WebhookHeaders, http::Response> read_headers(const http::Request& request);

}  // namespace handlers
