// The outcome of one HTTP request of a delivery.
//
// The status line of the final response decides the outcome, even if the headers and the body after it are
// endless, slow, cut off or malformed. These are read only for Retry-After, for the operator and to keep the
// connection, so reading them ends without an error at a limit of bytes or time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace delivery {

// Why there is no status. The word in the comment is the category that is stored and shown.
enum class Failure {
    kNone,
    kDns,       // dns: the name could not be resolved in time
    kConnect,   // connect: no connection, or it broke before the answer
    kTls,       // tls: the handshake failed, or the certificate is not valid
    kTimeout,   // timeout: the connect or the total deadline passed
    kRefused,   // refused: deliveries may never go there (destination.hpp)
    kTooLarge,  // too_large: informational responses beyond the limit of header bytes
    kProtocol,  // protocol: the answer is not HTTP
    kProxy,     // proxy: the configured egress proxy failed; not the receiver's fault
    kStopped,   // stopped: cancel_all; never stored, the delivery is given back
};

// A request that got no answer and was sent once more, because the receiver may still be up: the request went
// over a kept connection that turned out to be closed, or the receiver refused its HTTP/2 stream.
struct Unanswered {
    Failure failure = Failure::kConnect;
    std::string detail;  // one short line, as in Outcome
    std::chrono::microseconds duration{};
    bool by_allow_list = false;  // as in Outcome
};

struct Outcome {
    std::uint64_t tag = 0;
    int status = 0;                    // HTTP status, 0 if there was none
    Failure failure = Failure::kNone;  // why there is no usable answer
    // The request was sent over a connection to the receiver, so the host is up even if the request failed.
    bool reached = false;
    // Only the allow-list let the request go to this address. Behind a proxy the address is unknown, so that it may be
    // such a one.
    bool by_allow_list = false;
    std::string detail;  // one short line for the operator: libcurl's words, no secrets
    std::string answer;  // first 1,024 bytes of the answer's body, raw
    std::optional<std::chrono::seconds> retry_after;  // parsed, not yet limited
    std::chrono::microseconds duration{};             // of this request alone, if it was sent once more
    std::optional<Unanswered> unanswered;             // the first request, if it was sent once more

    [[nodiscard]] bool is_success() const;  // 2xx
};

// The category alone, "" for kNone.
[[nodiscard]] std::string_view category_of(Failure failure);

// The category, then the detail, for example "http 503" or "tls (certificate has expired)". "" for a success.
// At most kMaxReasonBytes of visible ASCII and spaces.
inline constexpr std::size_t kMaxReasonBytes = 255;
[[nodiscard]] std::string reason_of(const Outcome& outcome);

// Whether the receiver as a whole is overloaded: 429, 502, 503, 504 and timeouts.
[[nodiscard]] bool is_overload(const Outcome& outcome);

// Whether the receiver wants no more deliveries: 410 (Standard Webhooks).
[[nodiscard]] bool is_gone(const Outcome& outcome);

// The text with everything but visible ASCII and single spaces replaced, cut to the limit. libcurl's messages
// need that, because they may quote what the receiver sent.
[[nodiscard]] std::string to_one_line(std::string_view text, std::size_t limit);

}  // namespace delivery
