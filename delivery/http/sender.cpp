#include "delivery/http/sender.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "common/base/descriptors.hpp"
#include "delivery/http/name_waiters.hpp"
#include "delivery/http/route_cache.hpp"
#include "delivery/http/transfer.hpp"

namespace delivery {
namespace {

using std::chrono::milliseconds;

// Addresses that are tried together get this part of the connect time if there are others.
constexpr int kAddressShare = 4;

// A timeout that fits into every type which it is converted to.
constexpr std::chrono::hours kLongestWait{24};

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void require_ok(CURLMcode code) {
    if (code == CURLM_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLM_OK) throw std::runtime_error(std::string("libcurl: ") + curl_multi_strerror(code));
}

void initialise_libcurl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
            throw std::runtime_error("libcurl can't be initialised");
        }
    });
}

struct StoreFree {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};

// Without this check libcurl would find the error with the first connection, and blame the receiver.
void require_usable(const SenderSettings& settings) {
    const std::unique_ptr<X509_STORE, StoreFree> store(X509_STORE_new());
    if (!store) throw std::bad_alloc();
    if (X509_STORE_load_file(store.get(), settings.ca_file.c_str()) != 1) {
        ERR_clear_error();
        throw std::invalid_argument("ca_file has no readable certificates: " + settings.ca_file);
    }
    const std::string& proxy = settings.proxy;
    if (!proxy.empty() && !proxy.starts_with("http://") && !proxy.starts_with("https://")) {
        throw std::invalid_argument("proxy must begin with http:// or https://");
    }
}

struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

class Sender::Loop {
  public:
    explicit Loop(const SenderSettings& settings);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void start(Request request);
    [[nodiscard]] std::size_t in_flight() const {
        return transfers_.size() + name_waiters_.count() + ended_.size();
    }
    [[nodiscard]] std::vector<Outcome> wait(milliseconds timeout, std::span<const int> wakeup_descriptors);
    void cancel_all();

  private:
    static int on_socket(CURL*, curl_socket_t socket, int what, void* loop, void*);
    static int on_timer(CURLM*, long milliseconds_left, void* loop);

    void dispatch(std::unique_ptr<Transfer> transfer);
    void take_names();
    void run(std::unique_ptr<Transfer> transfer);
    std::unique_ptr<Transfer> take(CURL* handle);
    void step(Clock::time_point deadline, std::vector<pollfd>& polled);
    [[nodiscard]] Clock::time_point next_event(Clock::time_point deadline) const;
    void handle_sockets();
    void act(curl_socket_t socket, int events);
    std::unique_ptr<Transfer> overdue(std::deque<InPhase>& phase, milliseconds limit,
                                      std::optional<Clock::time_point> (*since)(const Transfer&));
    void end_overdue_bodies();
    void leave_silent_addresses();
    void collect();
    void settle(std::unique_ptr<Transfer> transfer, CURLcode result);

    const SenderSettings settings_;
    const base::Epoll epoll_;
    NameWaiters name_waiters_;
    RouteCache routes_;
    const std::unique_ptr<CURLM, MultiCleanup> multi_;  // after what its callbacks use
    std::optional<Clock::time_point> timer_;            // when libcurl wants to be called
    std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
    std::deque<InPhase> answered_;
    std::deque<InPhase> connecting_;  // transfers that have other addresses to try
    std::vector<Outcome> ended_;
};

Sender::Loop::Loop(const SenderSettings& settings)
    : settings_(settings),
      name_waiters_(settings_.most_threads),
      routes_(settings_.dns_cache_time),
      multi_(curl_multi_init()) {
    if (!multi_) throw std::bad_alloc();
    CURLM* const multi = multi_.get();
    require_ok(curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket));
    require_ok(curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this));
    require_ok(curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Loop::on_timer));
    require_ok(curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this));
    require_ok(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(settings_.max_connections)));
}

Sender::Loop::~Loop() {
    for (const auto& [handle, transfer] : transfers_) curl_multi_remove_handle(multi_.get(), handle);
}

int Sender::Loop::on_socket(CURL*, curl_socket_t socket, int what, void* loop, void*) {
    const base::Epoll& epoll = static_cast<Loop*>(loop)->epoll_;
    if (what == CURL_POLL_REMOVE) {
        epoll.forget(socket);
        return 0;
    }
    std::uint32_t events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
    return epoll.watch(socket, events) ? 0 : -1;
}

int Sender::Loop::on_timer(CURLM*, long milliseconds_left, void* loop) {
    auto& timer = static_cast<Loop*>(loop)->timer_;
    timer.reset();
    if (milliseconds_left >= 0) timer = Clock::now() + milliseconds(milliseconds_left);
    return 0;
}

void Sender::Loop::start(Request request) {
    auto transfer = std::make_unique<Transfer>(std::move(request), settings_, answered_);
    if (auto refused = transfer->check_url()) {
        ended_.push_back(std::move(*refused));
    } else {
        dispatch(std::move(transfer));
    }
}

void Sender::Loop::dispatch(std::unique_ptr<Transfer> transfer) {
    const std::string& host = transfer->host();
    const Route* route = routes_.find(host, Clock::now());
    if (route == nullptr && !settings_.proxy.empty()) route = &routes_.learn(host, {}, Clock::now());
    if (route == nullptr && transfer->is_host_address()) route = &routes_.learn(host, {host}, Clock::now());
    if (route == nullptr) return name_waiters_.add(std::move(transfer));
    transfer->take_route(*route);
    run(std::move(transfer));
}

void Sender::Loop::take_names() {
    for (auto& [answer, transfers] : name_waiters_.take()) {
        if (answer.addresses.empty()) {
            for (const auto& transfer : transfers) {
                ended_.push_back(transfer->outcome(Failure::kDns, answer.error));
            }
            continue;
        }
        const Route& route = routes_.learn(answer.name, std::move(answer.addresses), Clock::now());
        for (auto& transfer : transfers) {
            transfer->take_route(route);
            run(std::move(transfer));
        }
    }
}

void Sender::Loop::run(std::unique_ptr<Transfer> transfer) {
    if (!transfer->begin_run()) {
        ended_.push_back(transfer->outcome(Failure::kTimeout, "no time left to try again"));
        return;
    }
    CURL* const handle = transfer->handle();
    if (transfer->has_other_addresses()) connecting_.push_back({handle, transfer->run_started_at()});
    const auto added = transfers_.emplace(handle, std::move(transfer)).first;
    const CURLMcode code = curl_multi_add_handle(multi_.get(), handle);
    if (code != CURLM_OK) transfers_.erase(added);
    require_ok(code);
}

std::unique_ptr<Transfer> Sender::Loop::take(CURL* handle) {
    curl_multi_remove_handle(multi_.get(), handle);
    auto node = transfers_.extract(handle);
    return std::move(node.mapped());
}

std::vector<Outcome> Sender::Loop::wait(milliseconds timeout, std::span<const int> wakeup_descriptors) {
    const auto deadline = Clock::now() + std::min<milliseconds>(timeout, kLongestWait);
    std::vector<pollfd> polled = {{.fd = epoll_.descriptor(), .events = POLLIN, .revents = 0},
                                  {.fd = name_waiters_.descriptor(), .events = POLLIN, .revents = 0}};
    for (const int descriptor : wakeup_descriptors) {
        polled.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
    }
    const auto is_woken = [&polled] {
        return std::any_of(polled.begin() + 2, polled.end(), [](const pollfd& p) { return p.revents != 0; });
    };
    do {
        step(ended_.empty() ? deadline : Clock::now(), polled);
    } while (ended_.empty() && !is_woken() && Clock::now() < deadline);
    return std::exchange(ended_, {});
}

// Waits for the next event, at most until the deadline, and handles it.
void Sender::Loop::step(Clock::time_point deadline, std::vector<pollfd>& polled) {
    const auto left = std::chrono::ceil<milliseconds>(next_event(deadline) - Clock::now());
    const int ready = poll(polled.data(), polled.size(), static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready < 0 && errno != EINTR) throw_errno("poll");
    if (ready > 0 && polled[0].revents != 0) handle_sockets();
    if (ready > 0 && polled[1].revents != 0) take_names();
    if (timer_ && *timer_ <= Clock::now()) {
        timer_.reset();
        act(CURL_SOCKET_TIMEOUT, 0);
    }
    collect();
    end_overdue_bodies();
    leave_silent_addresses();
    std::ranges::move(name_waiters_.end_overdue(), std::back_inserter(ended_));
}

Clock::time_point Sender::Loop::next_event(Clock::time_point deadline) const {
    auto next = deadline;
    if (timer_) next = std::min(next, *timer_);
    if (!answered_.empty()) next = std::min(next, answered_.front().since + settings_.body_timeout);
    if (!connecting_.empty()) {
        next = std::min(next, connecting_.front().since + settings_.connect_timeout / kAddressShare);
    }
    if (const auto lookup = name_waiters_.next_deadline()) next = std::min(next, *lookup);
    return next;
}

void Sender::Loop::handle_sockets() {
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(epoll_.descriptor(), events.data(), static_cast<int>(events.size()), 0);
    if (count < 0 && errno != EINTR) throw_errno("epoll_wait");
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events.at(static_cast<std::size_t>(i));
        int what = 0;
        if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
        if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
        if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
        act(event.data.fd, what);
    }
}

void Sender::Loop::act(curl_socket_t socket, int events) {
    int running = 0;
    const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, events, &running);
    // An earlier event of the same epoll_wait may have closed the socket.
    if (code != CURLM_BAD_SOCKET) require_ok(code);
}

void Sender::Loop::collect() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode result = message->data.result;  // removing the handle invalidates the message
        settle(take(message->easy_handle), result);
    }
}

void Sender::Loop::settle(std::unique_ptr<Transfer> transfer, CURLcode result) {
    const Transfer::Next next = transfer->next(result);
    if (transfer->is_silent(result)) routes_.leave(transfer->host(), transfer->generation());
    if (transfer->refuses_http2()) routes_.refuses_http2(transfer->host());
    switch (next) {
        case Transfer::Next::kEnd:
            return ended_.push_back(transfer->outcome(result));
        case Transfer::Next::kNextAddress:
            routes_.put_last(transfer->host(), transfer->addresses());
            return run(std::move(transfer));
        case Transfer::Next::kAnotherRoute:
            return dispatch(std::move(transfer));
    }
}

// Takes a transfer that has been in a phase for too long; returns nullptr if there is none. Most entries are
// out of date: their transfers have left the phase, and the handle may belong to another transfer by now.
std::unique_ptr<Transfer> Sender::Loop::overdue(std::deque<InPhase>& phase, milliseconds limit,
                                                std::optional<Clock::time_point> (*since)(const Transfer&)) {
    const auto latest = Clock::now() - limit;
    while (!phase.empty()) {
        const auto [handle, at] = phase.front();
        const auto found = transfers_.find(handle);
        const bool is_in_it = found != transfers_.end() && since(*found->second) == at;
        if (is_in_it && at > latest) return nullptr;
        phase.pop_front();
        if (is_in_it) return take(handle);
    }
    return nullptr;
}

void Sender::Loop::end_overdue_bodies() {
    const auto since = [](const Transfer& transfer) { return transfer.answered_at(); };
    while (const auto transfer = overdue(answered_, settings_.body_timeout, since)) {
        ended_.push_back(transfer->outcome(CURLE_OK));
    }
}

void Sender::Loop::leave_silent_addresses() {
    const auto since = [](const Transfer& transfer) {
        return transfer.is_connected() ? std::nullopt : std::optional(transfer.run_started_at());
    };
    while (auto transfer = overdue(connecting_, settings_.connect_timeout / kAddressShare, since)) {
        routes_.put_last(transfer->host(), transfer->addresses());
        run(std::move(transfer));
    }
}

void Sender::Loop::cancel_all() {
    const auto stop = [this](const Transfer& transfer) {
        ended_.push_back(transfer.answered_at() ? transfer.outcome(CURLE_OK)
                                                : transfer.outcome(Failure::kStopped, "stopped"));
    };
    while (!transfers_.empty()) stop(*take(transfers_.begin()->first));
    for (const auto& transfer : name_waiters_.take_all()) stop(*transfer);
}

Sender::Sender(const SenderSettings& settings) {
    require_usable(settings);
    initialise_libcurl();
    loop_ = std::make_unique<Loop>(settings);
}

Sender::~Sender() = default;

void Sender::start(Request request) {
    loop_->start(std::move(request));
}

std::size_t Sender::in_flight() const {
    return loop_->in_flight();
}

std::vector<Outcome> Sender::wait(milliseconds timeout, std::span<const int> wakeup_descriptors) {
    return loop_->wait(timeout, wakeup_descriptors);
}

void Sender::cancel_all() {
    loop_->cancel_all();
}

}  // namespace delivery
