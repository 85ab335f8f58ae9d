#include "delivery/http/outcome.hpp"

namespace delivery {
namespace {

constexpr int kGone = 410;
constexpr int kTooManyRequests = 429;
constexpr int kBadGateway = 502;
constexpr int kServiceUnavailable = 503;
constexpr int kGatewayTimeout = 504;

}  // namespace

bool Outcome::is_success() const {
    constexpr int kFirst = 200;
    constexpr int kLast = 299;
    return failure == Failure::kNone && kFirst <= status && status <= kLast;
}

std::string_view category_of(Failure failure) {
    switch (failure) {
        case Failure::kNone:
            return "";
        case Failure::kDns:
            return "dns";
        case Failure::kConnect:
            return "connect";
        case Failure::kTls:
            return "tls";
        case Failure::kTimeout:
            return "timeout";
        case Failure::kRefused:
            return "refused";
        case Failure::kTooLarge:
            return "too_large";
        case Failure::kProtocol:
            return "protocol";
        case Failure::kProxy:
            return "proxy";
        case Failure::kStopped:
            return "stopped";
    }
    return "";
}

std::string reason_of(const Outcome& outcome) {
    if (outcome.is_success()) return {};
    if (outcome.failure == Failure::kNone) return "http " + std::to_string(outcome.status);
    std::string reason(category_of(outcome.failure));
    if (outcome.detail.empty()) return reason;
    constexpr std::size_t kBracketBytes = 3;
    return reason + " (" + to_one_line(outcome.detail, kMaxReasonBytes - reason.size() - kBracketBytes) + ")";
}

bool is_overload(const Outcome& outcome) {
    if (outcome.failure != Failure::kNone) return outcome.failure == Failure::kTimeout;
    return outcome.status == kTooManyRequests || outcome.status == kBadGateway ||
           outcome.status == kServiceUnavailable || outcome.status == kGatewayTimeout;
}

bool is_gone(const Outcome& outcome) {
    return outcome.failure == Failure::kNone && outcome.status == kGone;
}

std::string to_one_line(std::string_view text, std::size_t limit) {
    std::string line;
    for (const char c : text) {
        if (line.size() == limit) break;
        const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (is_blank && (line.empty() || line.back() == ' ')) continue;
        line += is_blank ? ' ' : c > ' ' && c < '\x7f' ? c : '?';
    }
    if (line.ends_with(' ')) line.pop_back();
    return line;
}

}  // namespace delivery
