#include "delivery/http/transfer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "common/base/ascii.hpp"
#include "common/security/url.hpp"

namespace delivery {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kAnswerBytes = 1024;
constexpr std::string_view kHttp11Required = "HTTP_1_1_REQUIRED";

std::string to_text(int family, const void* address, std::uint16_t port) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(family, address, text.data(), text.size()) == nullptr) return "unknown";
    return std::string(text.data()) + " port " + std::to_string(port);
}

// host: without brackets.
bool allows_host(const security::Destinations& destinations, const std::string& host, std::uint16_t port) {
    in_addr v4{};
    in6_addr v6{};
    if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return destinations.allows(v4, port);
    if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) return destinations.allows(v6, port);
    return destinations.allows(std::string_view(host), port);
}

bool is_v6(const std::string& address) {
    return address.find(':') != std::string::npos;
}

// Takes the first address, and the first of the other family. libcurl tries both at once, with a head start
// for one (RFC 8305).
std::vector<std::string> take_next(std::vector<std::string>& untried) {
    std::vector<std::string> next;
    const auto take = [&](std::vector<std::string>::iterator which) {
        if (which == untried.end()) return;
        next.push_back(std::move(*which));
        untried.erase(which);
    };
    take(untried.begin());
    if (!next.empty()) {
        take(std::ranges::find_if(
            untried, [&next](const std::string& address) { return is_v6(address) != is_v6(next.front()); }));
    }
    return next;
}

}  // namespace

std::optional<Outcome> Transfer::check_url() {
    const auto url = security::read_url(request_.url);
    if (!url) return outcome(Failure::kRefused, "the URL can't be read");
    if (url->scheme != "https" || url->host.empty() || url->port == 0) {
        return outcome(Failure::kRefused, "the URL is not https");
    }
    const bool is_ascii = std::ranges::all_of(url->host, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!is_ascii) return outcome(Failure::kRefused, "the URL's host is not ASCII");
    target_.host = base::to_lower(url->host);
    if (target_.host.starts_with('[') && target_.host.ends_with(']'))
        target_.host = target_.host.substr(1, target_.host.size() - 2);
    target_.port = std::to_string(url->port);
    if (!allows_host(settings_.destinations, target_.host, url->port)) {
        return outcome(Failure::kRefused, url->host + " port " + target_.port);
    }
    return std::nullopt;
}

bool Transfer::is_host_address() const {
    in_addr v4{};
    return is_v6(target_.host) || inet_pton(AF_INET, target_.host.c_str(), &v4) == 1;
}

milliseconds Transfer::time_left() const {
    return std::chrono::ceil<milliseconds>(started_at_ + settings_.total_timeout - Clock::now());
}

Clock::time_point Transfer::lookup_deadline() const {
    return std::min(request_started_at_ + settings_.connect_timeout, started_at_ + settings_.total_timeout);
}

milliseconds Transfer::connect_time_left() const {
    return std::chrono::ceil<milliseconds>(lookup_deadline() - Clock::now());
}

void Transfer::take_route(const Route& route) {
    target_.generation = route.generation;
    target_.untried = route.addresses;
    target_.by_http1 = route.by_http1;
}

bool Transfer::begin_run() {
    const milliseconds total = time_left();
    const milliseconds connect = connect_time_left();
    if (total <= milliseconds(0) || connect <= milliseconds(0)) return false;
    run_ = {};
    run_.started_at = Clock::now();
    error_.front() = '\0';
    CURL* const curl = handle_.get();
    set(curl, CURLOPT_VERBOSE, 0L);
    set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(total.count()));
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
    set(curl, CURLOPT_FRESH_CONNECT, unanswered_ ? 1L : 0L);
    if (target_.by_http1) set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (settings_.proxy.empty()) set_up_addresses();
    return true;
}

// Gives libcurl an alias of the host and the addresses of this alias, so that it looks nothing up.
void Transfer::set_up_addresses() {
    target_.addresses = take_next(target_.untried);
    std::string list;
    for (const std::string& address : target_.addresses) {
        list += (list.empty() ? "" : ",") + (is_v6(address) ? "[" + address + "]" : address);
    }
    const std::string alias = alias_of(target_.generation);
    Slist connect_to;
    Slist resolve;
    append(connect_to, "::" + alias + ":");
    append(resolve, "+" + alias + ":" + target_.port + ":" + list);
    set(handle_.get(), CURLOPT_CONNECT_TO, connect_to.get());
    set(handle_.get(), CURLOPT_RESOLVE, resolve.get());
    connect_to_ = std::move(connect_to);
    resolve_ = std::move(resolve);
}

bool Transfer::is_connected() const {
    long connected = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &connected);
    return run_.sent > 0 || connected > 0;
}

Transfer::Next Transfer::next(CURLcode result) {
    if (!answer_.at) find_lost_answer();
    if (answer_.at) return Next::kEnd;
    if (result == CURLE_COULDNT_CONNECT && run_.sent == 0 && !target_.untried.empty())
        return Next::kNextAddress;
    if (!is_repeatable(result)) return Next::kEnd;
    const Failure failure = classify(result);
    note_unanswered(failure, describe(result, failure));
    return Next::kAnotherRoute;
}

bool Transfer::is_silent(CURLcode result) const {
    if (answer_.at || run_.sent == 0 || guard_.is_refused) return false;
    return result == CURLE_OPERATION_TIMEDOUT || run_.sends_unbidden ||
           (run_.is_kept && result != CURLE_HTTP2_STREAM);
}

bool Transfer::refuses_http2() const {
    return run_.wants_http1 ||
           std::string_view(error_.data()).find(kHttp11Required) != std::string_view::npos;
}

// An error that ends a stream leaves the connection usable.
bool Transfer::is_repeatable(CURLcode result) const {
    if (unanswered_ || run_.sent == 0 || guard_.is_refused || result == CURLE_OPERATION_TIMEDOUT)
        return false;
    if (run_.sends_unbidden || refuses_http2()) return true;
    return (run_.is_kept || run_.was_told_to_go) && result != CURLE_HTTP2_STREAM && run_.header_bytes == 0;
}

void Transfer::note_unanswered(Failure failure, std::string detail) {
    const auto now = Clock::now();
    unanswered_ = {
        .failure = failure,
        .detail = std::move(detail),
        .duration = std::chrono::duration_cast<std::chrono::microseconds>(now - request_started_at_),
        .by_allow_list = guard_.by_allow_list};
    request_started_at_ = now;
}

Failure Transfer::failure_unanswered() const {
    return run_.is_kept && !run_.wants_http1 ? Failure::kConnect : Failure::kProtocol;
}

std::string Transfer::why_unanswered() const {
    if (run_.wants_http1) return "the receiver wants HTTP/1.1";
    return run_.is_kept ? "no answer on a kept connection" : "the receiver refused the stream";
}

// After the end of a stream libcurl 7.88 drops the answer, and would send the request again. The status is
// among the headers that it keeps.
void Transfer::find_lost_answer() {
    constexpr int kFirstFinalStatus = 200;
    curl_header* header = nullptr;
    const int request = std::max(run_.sent - 1, 0);
    if (curl_easy_header(handle_.get(), ":status", 0, CURLH_PSEUDO, request, &header) != CURLHE_OK) return;
    // The last status is the final one, because informational ones come first.
    curl_easy_header(handle_.get(), ":status", header->amount - 1, CURLH_PSEUDO, request, &header);
    const int status = std::atoi(header->value);
    if (status < kFirstFinalStatus) return;
    answer_.status = status;
    answer_.at = Clock::now();
}

bool Transfer::take_header(std::string_view line) {
    run_.header_bytes += line.size();
    if (!answer_.at && line.starts_with("HTTP/")) {
        constexpr long kFirstFinalStatus = 200;
        long status = 0;
        curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status >= kFirstFinalStatus) {
            answer_.status = static_cast<int>(status);
            answer_.at = Clock::now();
            answered_.push_back({handle_.get(), *answer_.at});
        }
    }
    return run_.header_bytes <= settings_.max_header_bytes;
}

bool Transfer::take_body(std::string_view data) {
    answer_.text.append(data.substr(0, kAnswerBytes - std::min(kAnswerBytes, answer_.text.size())));
    answer_.body_bytes += data.size();
    return answer_.body_bytes <= settings_.max_body_bytes;
}

// Only libcurl's notes tell why an HTTP/2 connection or a stream ended (RFC 9113, 6.8 and 7):
// "... GOAWAY, error=13, last_stream=0", "... not closed cleanly: HTTP_1_1_REQUIRED (err 13)".
void Transfer::take_note(std::string_view note) {
    const auto holds = [note](std::string_view text) { return note.find(text) != std::string_view::npos; };
    run_.was_told_to_go = run_.was_told_to_go || holds("GOAWAY, error=");
    run_.wants_http1 = run_.wants_http1 || holds("GOAWAY, error=13,") || holds(kHttp11Required);
}

bool Transfer::may_connect(const sockaddr& address) {
    run_.has_connection = false;                // a kept connection has turned out to be closed
    if (!settings_.proxy.empty()) return true;  // the proxy's own address
    bool is_allowed = false;
    std::string text = "an address of another family";
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        is_allowed = settings_.destinations.allows(v4.sin_addr, ntohs(v4.sin_port));
        text = to_text(AF_INET, &v4.sin_addr, ntohs(v4.sin_port));
    } else if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        is_allowed = settings_.destinations.allows(v6.sin6_addr, ntohs(v6.sin6_port));
        text = to_text(AF_INET6, &v6.sin6_addr, ntohs(v6.sin6_port));
    }
    if (is_allowed) {
        guard_.has_opened_socket = true;
    } else {
        guard_.refused_address = std::move(text);
    }
    return is_allowed;
}

bool Transfer::may_send_on(const char* address, int port) {
    if (run_.sent > 0 && !may_send_again()) return false;
    run_.has_connection = true;
    run_.is_kept = !std::exchange(run_.opened_socket, false);
    ++run_.sent;
    if (settings_.proxy.empty()) return is_allowed_on(address, port);
    guard_.by_allow_list = true;
    return true;
}

// libcurl sends an unanswered request again up to five times. It may do so once, over a new connection only.
bool Transfer::may_send_again() {
    find_lost_answer();
    run_.wants_http1 = refuses_http2();
    run_.sends_unbidden = answer_.at || unanswered_ || run_.wants_http1 || !run_.opened_socket;
    if (!run_.sends_unbidden) note_unanswered(failure_unanswered(), why_unanswered());
    return !run_.sends_unbidden;
}

bool Transfer::is_allowed_on(const char* address, int port) {
    using Access = security::Destinations::Access;
    const auto port_number = static_cast<std::uint16_t>(port);
    in_addr v4{};
    in6_addr v6{};
    Access access = Access::kRefused;
    if (inet_pton(AF_INET, address, &v4) == 1) access = settings_.destinations.access_to(v4, port_number);
    if (inet_pton(AF_INET6, address, &v6) == 1) access = settings_.destinations.access_to(v6, port_number);
    guard_.is_refused = access == Access::kRefused;
    guard_.by_allow_list = access == Access::kByAllowList;
    if (guard_.is_refused) guard_.refused_address = std::string(address) + " port " + std::to_string(port);
    return !guard_.is_refused;
}

}  // namespace delivery
