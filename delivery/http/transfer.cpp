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

// The first, and the first of the other family: libcurl tries both at once, with a head start for one (RFC
// 8305).
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

std::optional<Outcome> Transfer::judge_url() {
    const auto url = security::read_url(request_.url);
    if (!url) return outcome(Failure::kRefused, "the URL can't be read");
    if (url->scheme != "https" || url->host.empty() || url->port == 0) {
        return outcome(Failure::kRefused, "the URL is not https");
    }
    const bool is_ascii = std::ranges::all_of(url->host, [](char c) { return c > ' ' && c < '\x7f'; });
    if (!is_ascii) return outcome(Failure::kRefused, "the URL's host is not ASCII");
    host_ = base::to_lower(url->host);
    if (host_.starts_with('[') && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
    port_ = std::to_string(url->port);
    if (!allows_host(settings_.destinations, host_, url->port)) {
        return outcome(Failure::kRefused, url->host + " port " + port_);
    }
    return std::nullopt;
}

bool Transfer::is_host_address() const {
    in_addr v4{};
    return is_v6(host_) || inet_pton(AF_INET, host_.c_str(), &v4) == 1;
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
    generation_ = route.generation;
    untried_ = route.addresses;
    by_http1_ = route.by_http1;
}

bool Transfer::begin_run() {
    const milliseconds total = time_left();
    const milliseconds connect = connect_time_left();
    if (total <= milliseconds(0) || connect <= milliseconds(0)) return false;
    run_started_at_ = Clock::now();
    sent_ = 0;
    header_bytes_ = 0;
    opened_socket_ = is_kept_ = sends_unbidden_ = was_told_to_go_ = wants_http1_ = has_connection_ = false;
    error_.front() = '\0';
    CURL* const curl = handle_.get();
    set(curl, CURLOPT_VERBOSE, 0L);
    set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(total.count()));
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect.count()));
    set(curl, CURLOPT_FRESH_CONNECT, unanswered_ ? 1L : 0L);
    if (by_http1_) set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (settings_.proxy.empty()) set_up_addresses();
    return true;
}

// libcurl looks nothing up: it is told that the host is known by another name, and which addresses that has.
void Transfer::set_up_addresses() {
    addresses_ = take_next(untried_);
    std::string list;
    for (const std::string& address : addresses_) {
        list += (list.empty() ? "" : ",") + (is_v6(address) ? "[" + address + "]" : address);
    }
    const std::string alias = alias_of(generation_);
    Slist connect_to;
    Slist resolve;
    append(connect_to, "::" + alias + ":");
    append(resolve, "+" + alias + ":" + port_ + ":" + list);
    set(handle_.get(), CURLOPT_CONNECT_TO, connect_to.get());
    set(handle_.get(), CURLOPT_RESOLVE, resolve.get());
    connect_to_ = std::move(connect_to);
    resolve_ = std::move(resolve);
}

bool Transfer::is_connected() const {
    long connected = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &connected);
    return sent_ > 0 || connected > 0;
}

Transfer::Next Transfer::next(CURLcode result) {
    if (!answered_at_) find_lost_answer();
    if (answered_at_) return Next::kEnd;
    if (result == CURLE_COULDNT_CONNECT && sent_ == 0 && !untried_.empty()) return Next::kNextAddress;
    if (!is_repeatable(result)) return Next::kEnd;
    const Failure failure = classify(result);
    note_unanswered(failure, describe(result, failure));
    return Next::kAnotherRoute;
}

bool Transfer::is_silent(CURLcode result) const {
    if (answered_at_ || sent_ == 0 || is_refused_) return false;
    return result == CURLE_OPERATION_TIMEDOUT || sends_unbidden_ ||
           (is_kept_ && result != CURLE_HTTP2_STREAM);
}

bool Transfer::refuses_http2() const {
    return wants_http1_ || std::string_view(error_.data()).find(kHttp11Required) != std::string_view::npos;
}

// A stream that ends with an error does so on a connection that is well.
bool Transfer::is_repeatable(CURLcode result) const {
    if (unanswered_ || sent_ == 0 || is_refused_ || result == CURLE_OPERATION_TIMEDOUT) return false;
    if (sends_unbidden_ || refuses_http2()) return true;
    return (is_kept_ || was_told_to_go_) && result != CURLE_HTTP2_STREAM && header_bytes_ == 0;
}

void Transfer::note_unanswered(Failure failure, std::string detail) {
    const auto now = Clock::now();
    unanswered_ = {
        .failure = failure,
        .detail = std::move(detail),
        .duration = std::chrono::duration_cast<std::chrono::microseconds>(now - request_started_at_)};
    request_started_at_ = now;
}

Failure Transfer::failure_unanswered() const {
    return is_kept_ && !wants_http1_ ? Failure::kConnect : Failure::kProtocol;
}

std::string Transfer::why_unanswered() const {
    if (wants_http1_) return "the receiver wants HTTP/1.1";
    return is_kept_ ? "no answer on a kept connection" : "the receiver refused the stream";
}

// Once a stream has ended, libcurl 7.88 drops what it had of the answer, and would send the request again if
// it could. The status is among the headers that it keeps.
void Transfer::find_lost_answer() {
    constexpr int kFirstFinalStatus = 200;
    curl_header* header = nullptr;
    const int request = std::max(sent_ - 1, 0);
    if (curl_easy_header(handle_.get(), ":status", 0, CURLH_PSEUDO, request, &header) != CURLHE_OK) return;
    // The last one: informational ones come first.
    curl_easy_header(handle_.get(), ":status", header->amount - 1, CURLH_PSEUDO, request, &header);
    const int status = std::atoi(header->value);
    if (status < kFirstFinalStatus) return;
    status_ = status;
    answered_at_ = Clock::now();
}

bool Transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (!answered_at_ && line.starts_with("HTTP/")) {
        constexpr long kFirstFinalStatus = 200;
        long status = 0;
        curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status >= kFirstFinalStatus) {
            status_ = static_cast<int>(status);
            answered_at_ = Clock::now();
            answered_.push_back({handle_.get(), *answered_at_});
        }
    }
    return header_bytes_ <= settings_.max_header_bytes;
}

bool Transfer::take_body(std::string_view data) {
    answer_.append(data.substr(0, kAnswerBytes - std::min(kAnswerBytes, answer_.size())));
    body_bytes_ += data.size();
    return body_bytes_ <= settings_.max_body_bytes;
}

// Only libcurl's notes say why an HTTP/2 connection or a stream ended (RFC 9113, 6.8 and 7):
// "... GOAWAY, error=13, last_stream=0", "... not closed cleanly: HTTP_1_1_REQUIRED (err 13)".
void Transfer::take_note(std::string_view note) {
    const auto holds = [note](std::string_view text) { return note.find(text) != std::string_view::npos; };
    was_told_to_go_ = was_told_to_go_ || holds("GOAWAY, error=");
    wants_http1_ = wants_http1_ || holds("GOAWAY, error=13,") || holds(kHttp11Required);
}

bool Transfer::may_connect(const sockaddr& address) {
    has_connection_ = false;                    // one that was kept has turned out to be closed
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
        has_opened_socket_ = true;
    } else {
        refused_address_ = std::move(text);
    }
    return is_allowed;
}

bool Transfer::may_send_on(const char* address, int port) {
    if (sent_ > 0 && !may_send_again()) return false;
    has_connection_ = true;
    is_kept_ = !std::exchange(opened_socket_, false);
    ++sent_;
    return settings_.proxy.empty() ? is_allowed_on(address, port) : true;
}

// libcurl tries again, up to five times, what got no answer. Once is enough, and over a new connection alone.
bool Transfer::may_send_again() {
    find_lost_answer();
    wants_http1_ = refuses_http2();
    sends_unbidden_ = answered_at_ || unanswered_ || wants_http1_ || !opened_socket_;
    if (!sends_unbidden_) note_unanswered(failure_unanswered(), why_unanswered());
    return !sends_unbidden_;
}

bool Transfer::is_allowed_on(const char* address, int port) {
    const auto port_number = static_cast<std::uint16_t>(port);
    in_addr v4{};
    in6_addr v6{};
    is_refused_ = true;
    if (inet_pton(AF_INET, address, &v4) == 1) is_refused_ = !settings_.destinations.allows(v4, port_number);
    if (inet_pton(AF_INET6, address, &v6) == 1) is_refused_ = !settings_.destinations.allows(v6, port_number);
    if (is_refused_) refused_address_ = std::string(address) + " port " + std::to_string(port);
    return !is_refused_;
}

}  // namespace delivery
