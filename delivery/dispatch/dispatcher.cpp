#include "delivery/dispatch/dispatcher.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

namespace delivery {
namespace {

using Level = base::Log::Level;

constexpr std::chrono::seconds kReportInterval{60};
constexpr std::chrono::seconds kProxyPause{1};
// How long prefetched deliveries may wait to be sent. It is less if leases are short.
Clock::duration longest_prefetch(const DispatcherSettings& settings) {
    constexpr std::chrono::milliseconds kLongest{1000};
    constexpr int kPart = 4;
    return std::min(kLongest, settings.lease_margin / kPart);
}

}  // namespace

Dispatcher::Dispatcher(const DispatcherSettings& settings, const security::SecretCipher& secrets,
                       const base::Log& log)
    : Dispatcher(settings, secrets, log, model::generate_id()) {}

Dispatcher::Dispatcher(const DispatcherSettings& settings, const security::SecretCipher& secrets,
                       const base::Log& log, model::Id worker)
    : settings_(settings),
      delivery_log_(log),
      failpoint_(settings.failpoint),
      wakeups_(settings.wakeup_socket),
      sender_thread_(settings.sender, longest_prefetch(settings)),
      scheduler_(settings.limits),
      admission_(scheduler_, worker),
      scanner_(scheduler_, admission_, settings.poll_interval),
      session_(settings.session, secrets, worker, delivery_log_) {}

bool Dispatcher::run() {
    next_report_ = Clock::now() + kReportInterval;
    for (Time now = Clock::now(); !has_finished(now); now = Clock::now()) {
        wait();
        collect_outcomes();
        work();
    }
    session_.leave();
    return !session_.name_is_taken();
}

bool Dispatcher::has_finished(Time now) {
    if (!shutdown_.has_begun()) return false;
    if (shutdown_.take_cut_off(now)) sender_thread_.cancel_all();
    if (shutdown_.is_overdue(now)) {
        delivery_log_.note(Level::kError, "stop_timed_out",
                           std::to_string(in_flight_.size() + pending_.outcomes()));
        return true;
    }
    return in_flight_.empty() && pending_.is_empty() && batches_.empty();
}

Clock::time_point Dispatcher::wake_up_at(Time now) const {
    if (has_more_to_do_) return now;
    Time at = std::min({next_report_, wakeups_.next_try(), shutdown_.next_change()});
    if (!session_.is_open()) return std::min(at, session_.next_try());
    at = std::min(at, session_.next_heartbeat());
    if (shutdown_.has_begun()) return at;
    at = std::min(at, scanner_.next_scan());
    const Time change = scheduler_.next_change();
    return std::min(at, change == Time::max() ? change : std::max(change, paused_until_));
}

void Dispatcher::wait() {
    const Time now = Clock::now();
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(wake_up_at(now) - now);
    const bool is_awake = scanner_.is_awake();
    std::array<pollfd, 4> descriptors{{{shutdown_.descriptor(), POLLIN, 0},
                                       {sender_thread_.descriptor(), POLLIN, 0},
                                       {is_awake ? -1 : wakeups_.socket(), POLLIN, 0},
                                       {is_awake ? -1 : wakeups_.event(), POLLIN, 0}}};
    poll(descriptors.data(), descriptors.size(),
         static_cast<int>(std::clamp<std::int64_t>(time.count(), 0, 60'000)));
    if (descriptors[0].revents != 0) {
        delivery_log_.note(Level::kInfo, "stopping",
                           std::to_string(scheduler_.in_flight()) + " requests in flight");
        begin_to_stop(Clock::now());
    }
    if (descriptors[2].revents != 0 || descriptors[3].revents != 0) {
        wakeups_.lower();
        scanner_.wake_up();
    }
}

void Dispatcher::begin_to_stop(Time now) {
    shutdown_.begin(now + settings_.stop_limit);
    sender_thread_.return_unsent();
}

void Dispatcher::collect_outcomes() {
    const auto [outcomes, unsent] = sender_thread_.take();
    if (!outcomes.empty()) failpoint_.pass(Failpoint::kAfterSend);
    for (const Outcome& outcome : outcomes) settle(outcome);
    for (const std::uint64_t tag : unsent) {
        const db::DeliveryKey key = in_flight_.take_unsent(tag);
        delivery_log_.unsent();
        scheduler_.return_unsent(key, Clock::now());
        give_back(key);
    }
}

void Dispatcher::settle(const Outcome& outcome) {
    const Time now = Clock::now();
    const Sent sent = in_flight_.take(outcome, now);
    RetryDecision decision = evaluate_outcome(sent, outcome);
    scheduler_.finish(sent.key, decision.webhook, decision.host, now, decision.pause, outcome.duration);
    delivery_log_.attempt(sent.key, outcome, decision);
    if (outcome.failure == Failure::kProxy) paused_until_ = now + kProxyPause;
    if (decision.given_back) {
        give_back(sent.key);
    } else {
        admission_.finish(sent.key);
        if (auto& fails = decision.record.webhook_fails;
            fails && !scheduler_.note_health(sent.key.webhook_id, *fails)) {
            fails.reset();
        }
        pending_.record(std::move(decision.record));
    }
}

RetryDecision Dispatcher::evaluate_outcome(const Sent& sent, const Outcome& outcome) {
    RetryDecision decision = evaluate(sent, outcome, std::uniform_real_distribution<double>()(random_));
    decision.pause = settings_.time_scale(decision.pause);
    if (auto& delay = decision.record.next_try_in) delay = settings_.time_scale(*delay);
    // If the webhook has started afresh meanwhile, the outcome says nothing about its new receiver.
    if (sent.generation != scheduler_.generation_of(sent.key.webhook_id)) {
        decision.webhook = Feedback::kNone;
        decision.record.webhook_fails.reset();
    }
    return decision;
}

// The delivery was claimed, and was not sent as far as we know.
void Dispatcher::give_back(const db::DeliveryKey& key) {
    pending_.give_back(key);
    if (!shutdown_.has_begun()) scheduler_.offer(key);
}

// Does one round of all work that needs the database.
void Dispatcher::work() {
    const Time now = Clock::now();
    has_more_to_do_ = false;
    if (const std::string reason = wakeups_.open(now); !reason.empty()) {
        delivery_log_.note(Level::kWarning, "wakeup_socket_failed", reason);
    }
    // The full scan finds what became due while the database was away.
    if (session_.open(now)) scanner_.start(Clock::now());
    if (!session_.is_open()) return;
    try {
        work_with_database(now);
    } catch (const db::Error& error) {
        if (error.is(db::ErrorCategory::kRetry)) {
            // The transaction was rolled back, so it is repeated.
            delivery_log_.note(Level::kWarning, "database_retry", error.what());
            has_more_to_do_ = true;
        } else {
            session_.lose(error);
        }
    }
}

void Dispatcher::work_with_database(Time now) {
    if (session_.is_heartbeat_due(now)) heartbeat(now);
    if (!shutdown_.has_begun()) has_more_to_do_ = scanner_.scan(session_.queue(), now);
    run_batches(now);
    has_more_to_do_ = has_more_to_do_ || (scheduler_.wants_refill() && !shutdown_.has_begun());
    if (now >= next_report_) report(now);
}

void Dispatcher::heartbeat(Time now) {
    auto heartbeat = session_.heartbeat(now);
    if (!heartbeat) {
        if (!shutdown_.has_begun()) begin_to_stop(now);
        return;
    }
    // The other scans don't see what a step of the database's clock has made due.
    if (heartbeat->clock_went_ahead) scanner_.scan_everything();
    if (!admission_.update_workers(std::move(heartbeat->alive))) return;
    delivery_log_.note(Level::kInfo, "workers_changed", std::to_string(admission_.workers()));
    scanner_.restart_full_scan();
}

void Dispatcher::report(Time now) {
    next_report_ = now + kReportInterval;
    delivery_log_.report({.in_flight = scheduler_.in_flight(),
                          .prefetched = scheduler_.prefetched(),
                          .queues = scheduler_.queues(),
                          .waiting = scheduler_.waiting(),
                          .workers = admission_.workers(),
                          .oldest_due = session_.queue().oldest_due()});
}

}  // namespace delivery
