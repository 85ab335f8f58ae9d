#include "delivery/dispatcher.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

namespace delivery {
namespace {

using Level = base::Log::Level;

constexpr std::chrono::milliseconds kFirstBackOff{50};
constexpr std::chrono::milliseconds kLongestBackOff{1000};
constexpr std::chrono::seconds kReportInterval{60};
constexpr std::chrono::seconds kNudgeSocketInterval{2};
// To record what has ended, once the time to stop is over.
constexpr std::chrono::seconds kStopGrace{5};
constexpr std::chrono::seconds kProxyPause{1};
// That what was claimed ahead waits to be sent: less where leases are short.
constexpr std::chrono::milliseconds kLongestAhead{1000};

Clock::duration longest_ahead(const DispatcherSettings& settings) {
    constexpr int kPart = 4;
    return std::min(kLongestAhead, settings.lease_margin / kPart);
}

}  // namespace

Dispatcher::Dispatcher(const DispatcherSettings& settings, const security::SecretBox& secrets,
                       const base::Log& log)
    : settings_(settings),
      secrets_(secrets),
      journal_(log),
      failpoint_(settings.failpoint),
      nudges_(settings.nudge_socket),
      carrier_(settings.sender, longest_ahead(settings)),
      scheduler_(settings.limits) {}

bool Dispatcher::run() {
    next_report_ = Clock::now() + kReportInterval;
    for (Time now = Clock::now(); !finished(now); now = Clock::now()) {
        wait();
        collect_outcomes();
        work();
    }
    if (session_) {
        try {
            session_->workers.leave();
        } catch (const db::Error& error) {
            lose_session(error);
        }
    }
    return !turned_out_;
}

bool Dispatcher::finished(Time now) {
    if (!stop_at_) return false;
    if (now >= *stop_at_ && !cancelled_) {
        cancelled_ = true;
        carrier_.cancel_all();
    }
    if (now >= *stop_at_ + kStopGrace) {
        journal_.note(Level::kError, "stop_timed_out", std::to_string(flights_.size() + finished_.size()));
        return true;
    }
    return flights_.empty() && finished_.empty() && given_back_.empty() && turns_.empty();
}

Clock::time_point Dispatcher::wake_up_at(Time now) const {
    if (more_to_do_) return now;
    Time at = std::min(next_report_, nudges_.is_open() ? Time::max() : next_nudge_socket_);
    if (stop_at_) at = std::min(at, cancelled_ ? *stop_at_ + kStopGrace : *stop_at_);
    if (!session_) return std::min(at, connect_at_);
    if (stop_at_) return std::min(at, next_beat_);
    at = std::min({at, next_beat_, fresh_looked_ + settings_.poll_interval,
                   long_.place ? long_.next : std::min(long_.next, full_.next),
                   nudged_ ? recent_.next : recent_.next + settings_.poll_interval});
    const Time change = scheduler_.next_change();
    return std::min(at, change == Time::max() ? change : std::max(change, paused_until_));
}

void Dispatcher::wait() {
    const Time now = Clock::now();
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(wake_up_at(now) - now);
    const bool stopping = stop_at_.has_value();
    std::array<pollfd, 4> descriptors{{{stopping ? -1 : stop_.descriptor(), POLLIN, 0},
                                       {carrier_.descriptor(), POLLIN, 0},
                                       {nudged_ ? -1 : nudges_.descriptor(), POLLIN, 0},
                                       {nudged_ ? -1 : nudge_.descriptor(), POLLIN, 0}}};
    poll(descriptors.data(), descriptors.size(),
         static_cast<int>(std::clamp<std::int64_t>(time.count(), 0, 60'000)));
    if (descriptors[0].revents != 0) {
        journal_.note(Level::kInfo, "stopping",
                      std::to_string(scheduler_.in_flight()) + " requests in flight");
        begin_to_stop(Clock::now());
    }
    if (descriptors[2].revents != 0 || descriptors[3].revents != 0) {
        nudges_.drain();
        nudge_.lower();
        nudged_ = true;
    }
}

void Dispatcher::begin_to_stop(Time now) {
    stop_at_ = now + settings_.stop_limit;
    carrier_.hold_back();
}

void Dispatcher::collect_outcomes() {
    const std::vector<Outcome> outcomes = carrier_.take();
    if (!outcomes.empty()) failpoint_.pass(Failpoint::kAfterSend);
    for (const Outcome& outcome : outcomes) settle(outcome);
}

void Dispatcher::settle(const Outcome& outcome) {
    const auto found = flights_.find(outcome.tag);
    const Flight flight = found->second;
    flights_.erase(found);

    const Time now = Clock::now();
    if (outcome.failure == Failure::kUnsent) {
        journal_.unsent();
        scheduler_.come_back(flight.key, now);
        give_back(flight.key);
        return;
    }
    Sent sent{.key = flight.key,
              .generation = flight.generation,
              .attempt_id = outcome.unanswered ? model::draw_id() : flight.attempt_id,
              .unanswered_attempt_id = flight.attempt_id,
              .retries = flight.retries,
              .since_first_try = flight.since_first_try};
    if (sent.since_first_try) {
        *sent.since_first_try += std::chrono::duration_cast<std::chrono::microseconds>(now - flight.claimed);
    }
    const double random = std::uniform_real_distribution<double>()(random_);
    Verdict verdict = judge(sent, outcome, random);
    verdict.hold = settings_.time_scale(verdict.hold);
    if (auto& delay = verdict.record.next_try_in) delay = settings_.time_scale(*delay);
    // Its webhook may have started afresh meanwhile: what it was sent to isn't there any more.
    if (flight.generation != scheduler_.generation_of(flight.key.webhook_id)) verdict.webhook = Signal::kNone;
    scheduler_.finish(flight.key, verdict.webhook, verdict.host, now, verdict.hold, outcome.duration);
    journal_.attempt(flight.key, outcome, verdict);
    if (outcome.failure == Failure::kProxy) paused_until_ = now + kProxyPause;
    if (verdict.given_back) {
        give_back(flight.key);
    } else {
        unrecorded_.insert(flight.key);
        verdict.record.webhook_fails = scheduler_.take_change_of_health(flight.key.webhook_id);
        finished_.push_back(std::move(verdict.record));
    }
}

// It was claimed, and has not been sent, or not as far as we know.
void Dispatcher::give_back(const db::DeliveryKey& key) {
    given_back_.push_back(key);
    if (!stop_at_) scheduler_.offer(key);
}

// One round of all that takes the database.
void Dispatcher::work() {
    const Time now = Clock::now();
    more_to_do_ = false;
    if (!nudges_.is_open() && now >= next_nudge_socket_) {
        const std::string reason = nudges_.open();
        if (!reason.empty() && next_nudge_socket_ == Time{}) {
            journal_.note(Level::kWarning, "nudge_socket_failed", reason);
        }
        next_nudge_socket_ = now + kNudgeSocketInterval;
    }
    try {
        if (!session_ && now >= connect_at_) connect();
        if (!session_) return;
        if (now >= next_beat_) beat(now);
        if (!stop_at_) scan(now);
        take_turns(now);
        more_to_do_ = more_to_do_ || (scheduler_.has_hungry() && !stop_at_);
        if (now >= next_report_) report(now);
    } catch (const db::Error& error) {
        if (error.is(db::ErrorCategory::kRetry)) {
            // The transaction was undone: the same again.
            journal_.note(Level::kWarning, "database_retry", error.what());
            more_to_do_ = true;
        } else {
            lose_session(error);
        }
    }
}

void Dispatcher::connect() {
    const bool first = back_off_.count() == 0;
    try {
        session_.emplace(settings_, secrets_, lease_);
        session_->workers.join();
    } catch (const db::Error& error) {
        session_.reset();
        if (first) journal_.note(Level::kWarning, "database_away", error.what());
        back_off_ = std::min(first ? kFirstBackOff : back_off_ * 2, kLongestBackOff);
        connect_at_ = Clock::now() + back_off_;
        return;
    }
    if (!first) journal_.note(Level::kWarning, "database_connected");
    back_off_ = {};
    next_beat_ = {};
    // What became due meanwhile, the full scan finds.
    const Time now = Clock::now();
    recent_ = burst_ = long_ = full_ = Sweep{.place = std::nullopt, .begun = now, .spent = {}, .next = now};
    rescan_ = true;
}

void Dispatcher::lose_session(const db::Error& reason) {
    session_.reset();
    journal_.note(Level::kWarning, "database_lost", reason.what());
    // What isn't the connection's fault won't be better at once.
    back_off_ = reason.ends_connection() ? kFirstBackOff : kLongestBackOff;
    connect_at_ = Clock::now() + back_off_;
}

void Dispatcher::beat(Time now) {
    next_beat_ = now + settings_.beat_interval;
    auto beat = session_->workers.beat(settings_.dead_after);
    if (!beat) {
        if (!turned_out_) journal_.note(Level::kError, "name_taken", settings_.worker_name);
        turned_out_ = true;
        if (!stop_at_) begin_to_stop(now);
        return;
    }
    rescan_ = rescan_ || beat->clock_went_ahead;  // scans of what is new pass over what a step has made due
    if (!roster_.update(std::move(beat->alive))) return;
    journal_.note(Level::kInfo, "workers_changed", std::to_string(roster_.size()));
    scheduler_.forget_waiting();
    strangers_.clear();
    turned_away_.clear();
    full_.place.reset();  // what it has passed over may be ours now
    rescan_ = true;
}

std::chrono::milliseconds Dispatcher::lease_time() const {
    return settings_.sender.total_timeout + settings_.sender.body_timeout + settings_.lease_margin;
}

void Dispatcher::report(Time now) {
    next_report_ = now + kReportInterval;
    journal_.report({.in_flight = scheduler_.in_flight(),
                     .ahead = scheduler_.ahead(),
                     .lanes = scheduler_.lanes(),
                     .waiting = scheduler_.waiting(),
                     .workers = roster_.size(),
                     .oldest_due = session_->queue.oldest_due()});
}

}  // namespace delivery
