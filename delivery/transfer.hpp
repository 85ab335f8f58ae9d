// One request on its way: a libcurl easy handle, what its callbacks have seen, and the outcome they amount
// to. The sender's own, which drives the handle.
#pragma once

#include <curl/curl.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "delivery/sender.hpp"

namespace delivery {

struct EasyCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct SlistFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using Clock = std::chrono::steady_clock;

// A transfer whose receiver has answered; its body may still be coming.
struct Answered {
    CURL* handle = nullptr;
    Clock::time_point at;
};

class Transfer {
  public:
    // Whoever has answered is put at the end of answered, once. Both references must stay good. names: see
    // NameCache. Throws std::invalid_argument for a malformed header, std::bad_alloc, and std::runtime_error
    // if libcurl lacks what is asked of it.
    Transfer(Request request, const SenderSettings& settings, std::deque<Answered>& answered,
             std::shared_ptr<CURLSH> names);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    [[nodiscard]] CURL* handle() const { return handle_.get(); }

    // Why the URL alone tells that this request goes nowhere; nothing if it may be sent.
    [[nodiscard]] std::optional<Outcome> judge_url() const;

    // When the last header of the final response came.
    [[nodiscard]] std::optional<Clock::time_point> answered_at() const { return answered_at_; }

    // Whether libcurl's result is no end. Either the lookup has to wait, or the receiver answered and closed
    // an HTTP/2 stream before it had all of the request (RFC 9113, 8.1), which libcurl takes for an error,
    // the answer being lost. As the request was not complete it can be sent once more, by HTTP/1.1.
    [[nodiscard]] bool must_start_again(CURLcode result) const;
    // Prepares that, with the time that is left; false if none is.
    [[nodiscard]] bool prepare_again();
    [[nodiscard]] Outcome outcome_without_time() const;

    // What became of it, once libcurl has given it up, or we have.
    [[nodiscard]] Outcome outcome(CURLcode result) const;
    [[nodiscard]] Outcome outcome(Failure failure, std::string detail) const;

  private:
    struct Callbacks;

    void set_up();
    void set_up_tls();
    void set_up_proxy();
    void set_up_callbacks();
    bool take_header(std::string_view line);
    bool take_body(std::string_view data);
    [[nodiscard]] bool may_connect(const sockaddr& address);
    [[nodiscard]] bool may_send_on(const char* address, int port);
    [[nodiscard]] std::optional<std::chrono::seconds> read_retry_after() const;
    [[nodiscard]] Failure classify(CURLcode result) const;
    [[nodiscard]] Failure classify_behind_proxy(CURLcode result) const;
    [[nodiscard]] std::string describe(CURLcode result, Failure failure) const;
    [[nodiscard]] std::chrono::milliseconds time_left() const;

    const Request request_;
    const SenderSettings& settings_;
    std::deque<Answered>& answered_;
    const Clock::time_point started_at_ = Clock::now();
    std::unique_ptr<curl_slist, SlistFree> headers_;
    const std::shared_ptr<CURLSH> names_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::unique_ptr<CURL, EasyCleanup> handle_;  // after what it points to

    std::optional<Clock::time_point> answered_at_;
    int status_ = 0;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    std::string answer_;
    std::string refused_address_;     // the last that the guard refused
    bool has_opened_socket_ = false;  // to an address that is allowed
    int socket_error_ = 0;            // errno, if the system gave none
    bool has_connection_ = false;     // to the receiver, new or kept, handshake done
    bool is_refused_ = false;         // by the guard, a connection that stands
    bool is_held_back_ = false;       // its lookup, until there are fewer
    bool is_by_http1_ = false;        // for the second time, after a stream that was closed early
};

}  // namespace delivery
