// Turns libcurl's result, and what the callbacks have seen, into the outcome of a transfer.
#include <system_error>
#include <utility>

#include "delivery/http/retry_after.hpp"
#include "delivery/http/transfer.hpp"

namespace delivery {
namespace {

constexpr std::size_t kMaxDetailBytes = 200;

long number_of(CURL* handle, CURLINFO info) {
    long number = 0;
    curl_easy_getinfo(handle, info, &number);
    return number;
}

Failure classify_code(CURLcode result) {
    switch (result) {
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_PROXY:
            return Failure::kProxy;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ENGINE_INITFAILED:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_USE_SSL_FAILED:
            return Failure::kTls;
        case CURLE_OPERATION_TIMEDOUT:
            return Failure::kTimeout;
        case CURLE_URL_MALFORMAT:
            return Failure::kRefused;
        case CURLE_OUT_OF_MEMORY:  // libcurl's error for a header line of more than 100 KB
            return Failure::kTooLarge;
        // Answers that are not HTTP.
        case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: an answer without a status line
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_HTTP2:
        case CURLE_HTTP2_STREAM:
        case CURLE_BAD_CONTENT_ENCODING:
            return Failure::kProtocol;
        default:
            return Failure::kConnect;  // could not connect, reset, closed
    }
}

}  // namespace

Outcome Transfer::outcome(Failure failure, std::string detail) const {
    Outcome outcome;
    outcome.unanswered = unanswered_;
    outcome.tag = request_.tag;
    outcome.failure = failure;
    outcome.reached = run_.has_connection;
    outcome.by_allow_list = guard_.by_allow_list;
    outcome.detail = std::move(detail);
    outcome.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - request_started_at_);
    return outcome;
}

Outcome Transfer::outcome(CURLcode result) const {
    if (!answer_.at) {
        const Failure failure = classify(result);
        return outcome(failure, describe(result, failure));
    }
    Outcome answered = outcome(Failure::kNone, {});
    answered.status = answer_.status;
    answered.answer = answer_.text;
    answered.retry_after = read_retry_after();
    return answered;
}

std::optional<std::chrono::seconds> Transfer::read_retry_after() const {
    const auto value = [this](const char* name) -> std::optional<std::string> {
        curl_header* header = nullptr;
        // Of the final response only, not of a 1xx or a trailer. The pointer is valid until the next call.
        const CURLHcode code = curl_easy_header(handle_.get(), name, 0, CURLH_HEADER, -1, &header);
        if (code != CURLHE_OK) return {};
        return header->value;
    };
    const auto retry_after = value("Retry-After");
    if (!retry_after) return {};
    auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    // A date in Retry-After is a time of the receiver's clock, which may differ from ours.
    if (const auto date = value("Date")) now = parse_http_date(*date).value_or(now);
    return parse_retry_after(*retry_after, now);
}

Failure Transfer::classify(CURLcode result) const {
    if (guard_.is_refused) return Failure::kRefused;
    if (run_.header_bytes > settings_.max_header_bytes) return Failure::kTooLarge;
    if (!settings_.proxy.empty()) return classify_behind_proxy(result);
    // If some addresses of a name are refused and the others don't answer, the receiver can't be reached.
    if (!guard_.refused_address.empty() && !guard_.has_opened_socket) return Failure::kRefused;
    if (run_.sends_unbidden) return failure_unanswered();
    return classify_code(result);
}

// Everything before the proxy's answer to CONNECT is a fault of the proxy, except a timeout while it connects
// to the receiver.
Failure Transfer::classify_behind_proxy(CURLcode result) const {
    constexpr long kFirstSuccess = 200;
    constexpr long kLastSuccess = 299;
    constexpr long kBadGateway = 502;
    constexpr long kUnavailable = 503;
    constexpr long kGatewayTimeout = 504;
    const long answer = number_of(handle_.get(), CURLINFO_HTTP_CONNECTCODE);
    if (run_.has_connection) return classify_code(result);
    if (answer == 0) {
        const bool has_asked = number_of(handle_.get(), CURLINFO_REQUEST_SIZE) != 0;
        return has_asked && result == CURLE_OPERATION_TIMEDOUT ? Failure::kTimeout : Failure::kProxy;
    }
    if (answer == kBadGateway || answer == kUnavailable || answer == kGatewayTimeout)
        return Failure::kConnect;
    if (answer < kFirstSuccess || answer > kLastSuccess) return Failure::kProxy;
    return classify_code(result);
}

std::string Transfer::describe(CURLcode result, Failure failure) const {
    if (failure == Failure::kRefused && !guard_.refused_address.empty()) return guard_.refused_address;
    if (run_.header_bytes > settings_.max_header_bytes) {
        return "more than " + std::to_string(settings_.max_header_bytes) + " bytes of headers";
    }
    if (failure == Failure::kConnect && guard_.socket_error != 0) {
        return "no socket: " + std::generic_category().message(guard_.socket_error);
    }
    if (run_.sends_unbidden) return why_unanswered();
    std::string text = error_.front() == '\0' ? curl_easy_strerror(result) : error_.data();
    constexpr std::string_view kPrefix = "SSL certificate problem: ";
    if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
    const std::string alias = alias_of(target_.generation);
    if (const std::size_t position = text.find(alias); position != std::string::npos) {
        text.replace(position, alias.size(), target_.host);
    }
    return to_one_line(text, kMaxDetailBytes);
}

}  // namespace delivery
