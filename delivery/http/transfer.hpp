// One request under way: a libcurl easy handle, what its callbacks have seen, and the outcome. Used inside
// the sender only, which drives the handle.
//
// A transfer has one or more runs of its handle. Each run tries one or two addresses and sends the request
// once, or twice if libcurl itself sends it again over a new connection after a kept one gave no answer.
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/http/curl_handles.hpp"
#include "delivery/http/route_cache.hpp"
#include "delivery/http/sender.hpp"

namespace delivery {

using Clock = std::chrono::steady_clock;

// The start of a phase of a transfer. The handle may belong to another transfer by now.
struct InPhase {
    CURL* handle = nullptr;
    Clock::time_point since;
};

class Transfer {
  public:
    // What follows a run.
    enum class Next {
        kEnd,           // outcome()
        kNextAddress,   // begin_run() with the addresses that are left
        kAnotherRoute,  // take_route() with connections of another generation, by HTTP/1.1 if refuses_http2()
    };

    // answered: the transfer appends itself once, when its answer has come. Both references must outlive the
    // transfer. Throws std::invalid_argument for a malformed header, std::bad_alloc, and std::runtime_error
    // if libcurl lacks an option.
    Transfer(Request request, const SenderSettings& settings, std::deque<InPhase>& answered);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    [[nodiscard]] CURL* handle() const { return handle_.get(); }
    [[nodiscard]] std::uint64_t account() const { return request_.account; }

    // Checks the URL. Returns the outcome if the request may not be sent, else nullopt.
    [[nodiscard]] std::optional<Outcome> check_url();
    // The host of the URL, a name in lower case or an address without brackets. REQUIRES: check_url()
    // returned nullopt.
    [[nodiscard]] const std::string& host() const { return target_.host; }
    [[nodiscard]] bool is_host_address() const;

    // The time by which the host's addresses must be known.
    [[nodiscard]] Clock::time_point lookup_deadline() const;
    // Behind a proxy the addresses are ignored.
    void take_route(const Route& route);
    [[nodiscard]] std::uint64_t generation() const { return target_.generation; }
    // Prepares the handle. Returns false if no time is left.
    [[nodiscard]] bool begin_run();
    [[nodiscard]] Clock::time_point run_started_at() const { return run_.started_at; }
    // The addresses that this run tries, and whether others are left.
    [[nodiscard]] const std::vector<std::string>& addresses() const { return target_.addresses; }
    [[nodiscard]] bool has_other_addresses() const { return !target_.untried.empty(); }
    // Whether this run has a connection.
    [[nodiscard]] bool is_connected() const;

    // When the status line of the final response came.
    [[nodiscard]] std::optional<Clock::time_point> answered_at() const { return answer_.at; }

    // Must be called once after each run, with its result.
    [[nodiscard]] Next next(CURLcode result);
    // Whether the connection can no longer be trusted, because a request on it got no answer.
    [[nodiscard]] bool is_silent(CURLcode result) const;
    [[nodiscard]] bool refuses_http2() const;

    // The outcome, once libcurl or the sender has ended the transfer.
    [[nodiscard]] Outcome outcome(CURLcode result) const;
    [[nodiscard]] Outcome outcome(Failure failure, std::string detail) const;

  private:
    struct Callbacks;

    // Where the request goes.
    struct Target {
        std::string host;
        std::string port;
        std::uint64_t generation = 0;
        std::vector<std::string> addresses;  // that this run tries
        std::vector<std::string> untried;
        bool by_http1 = false;
    };
    // What was seen of the run that is under way.
    struct Run {
        Clock::time_point started_at{};
        int sent = 0;                 // how often libcurl was allowed to send
        bool opened_socket = false;   // for the next request
        bool is_kept = false;         // the connection was used by another transfer before
        bool sends_unbidden = false;  // libcurl wanted to send once more, and was not allowed to
        bool was_told_to_go = false;  // GOAWAY, as far as this run has seen it
        bool wants_http1 = false;     // by GOAWAY
        bool has_connection = false;  // to the receiver, new or kept, after the handshake
        std::size_t header_bytes = 0;
    };
    // What the receiver answered.
    struct Answer {
        std::optional<Clock::time_point> at;  // when the status line of the final response came
        int status = 0;
        std::size_t body_bytes = 0;
        std::string text;  // the beginning of the body
    };
    // The addresses that the transfer met in all its runs.
    struct Guard {
        std::string refused_address;     // the last that was refused
        bool has_opened_socket = false;  // ever, to an address that is allowed
        bool is_refused = false;         // the address of an open connection
        bool by_allow_list = false;      // the address that the last request was sent to, or may have been
        int socket_error = 0;            // errno, if the system gave no socket
    };

    void set_up();
    void set_up_tls();
    void set_up_proxy();
    void set_up_callbacks();
    void set_up_addresses();
    bool take_header(std::string_view line);
    bool take_body(std::string_view data);
    void take_note(std::string_view note);
    void find_lost_answer();
    [[nodiscard]] bool is_repeatable(CURLcode result) const;
    void note_unanswered(Failure failure, std::string detail);
    [[nodiscard]] Failure failure_unanswered() const;
    [[nodiscard]] std::string why_unanswered() const;
    [[nodiscard]] bool may_connect(const sockaddr& address);
    [[nodiscard]] bool may_send_on(const char* address, int port);
    [[nodiscard]] bool may_send_again();
    [[nodiscard]] bool is_allowed_on(const char* address, int port);
    [[nodiscard]] std::optional<std::chrono::seconds> read_retry_after() const;
    [[nodiscard]] Failure classify(CURLcode result) const;
    [[nodiscard]] Failure classify_behind_proxy(CURLcode result) const;
    [[nodiscard]] std::string describe(CURLcode result, Failure failure) const;
    [[nodiscard]] std::chrono::milliseconds time_left() const;
    [[nodiscard]] std::chrono::milliseconds connect_time_left() const;

    const Request request_;
    const SenderSettings& settings_;
    std::deque<InPhase>& answered_;
    const Clock::time_point started_at_ = Clock::now();
    Slist headers_;
    Slist connect_to_;
    Slist resolve_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    std::unique_ptr<CURL, EasyCleanup> handle_;  // destroyed before what it points to

    Target target_;
    // The start of the request under way, which may be the second.
    Clock::time_point request_started_at_ = started_at_;
    std::optional<Unanswered> unanswered_;  // the first request, if this is the second
    Run run_;
    Answer answer_;
    Guard guard_;
};

}  // namespace delivery
