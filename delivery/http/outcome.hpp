// What became of one HTTP request of a delivery, and what follows from it.
//
// The receiver has answered once the status line of its final response is there: that is the outcome,
// whatever becomes of the headers and the body (endless, dripping, cut off, malformed). They are read for
// Retry-After, for the operator's eyes and to keep the connection, so reading them ends quietly at a bound in
// bytes and in time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace delivery {

// Why there is no status. The word in the comment is the class that is stored and shown.
enum class Failure {
    kNone,
    kDns,       // dns: the name could not be resolved, or not in time
    kConnect,   // connect: no connection, or it broke before the answer
    kTls,       // tls: no handshake, or a certificate that does not hold
    kTimeout,   // timeout: the connect or the total deadline passed
    kRefused,   // refused: deliveries never go there (destination.hpp)
    kTooLarge,  // too_large: informational responses go on beyond the bound
    kProtocol,  // protocol: the answer is no HTTP
    kProxy,     // proxy: the configured egress proxy failed; not the receiver's fault
    kStopped,   // stopped: cancel_all; never stored, the delivery is given back
};

// A request that got no answer, though nothing tells that the receiver is away: it went over a kept
// connection that turned out to be closed, or the receiver refused its HTTP/2 stream. It was sent once more.
struct Unanswered {
    Failure failure = Failure::kConnect;
    std::string detail;  // one short line, as in Outcome
    std::chrono::microseconds duration{};
};

struct Outcome {
    std::uint64_t tag = 0;
    int status = 0;                    // HTTP status, 0 if there was none
    Failure failure = Failure::kNone;  // why there is no usable answer
    // A connection to the receiver stood when the request went out, handshake done: its host is there,
    // whatever became of the request.
    bool reached = false;
    std::string detail;  // one short line for the operator: libcurl's words, no secrets
    std::string answer;  // first 1,024 bytes of the answer's body, raw
    std::optional<std::chrono::seconds> retry_after;  // parsed, not yet clamped
    std::chrono::microseconds duration{};             // of this request alone, if it was sent once more
    std::optional<Unanswered> unanswered;             // the request before it

    [[nodiscard]] bool is_success() const;  // 2xx
};

// The class alone, "" for kNone.
[[nodiscard]] std::string_view category_of(Failure failure);

// The class first, made to be grepped, then the detail: "http 503", "tls (certificate has expired)". "" for a
// success. At most kMaxReasonBytes, visible ASCII and spaces.
inline constexpr std::size_t kMaxReasonBytes = 255;
[[nodiscard]] std::string reason_of(const Outcome& outcome);

// Whether it tells that the receiver as a whole has too much to do, not just that this delivery failed: 429,
// 502, 503, 504 and timeouts.
[[nodiscard]] bool is_overload(const Outcome& outcome);

// Whether the receiver wants no more of anything: 410 (Standard Webhooks).
[[nodiscard]] bool is_gone(const Outcome& outcome);

// The text with everything but visible ASCII and single spaces replaced, cut to the limit. For what libcurl
// says, which may quote what the receiver sent.
[[nodiscard]] std::string to_one_line(std::string_view text, std::size_t limit);

}  // namespace delivery
