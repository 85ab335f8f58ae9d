// A scheduler for tests, and a clock that moves only when a test moves it or requests end.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "delivery/schedule/scheduler.hpp"

namespace testing {

using db::DeliveryKey;
using delivery::Clock;
using delivery::Feedback;
using delivery::Scheduler;
using delivery::SchedulerLimits;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr std::size_t kPlenty = 10'000;
inline constexpr model::Id kAccount = 1;
inline constexpr const char* kHost = "a.example.com:443";

// The part of a resource that one account may use while no other account needs any.
inline std::size_t alone(std::size_t capacity) {
    delivery::FairShare share(capacity);
    while (share.allows(kAccount)) share.take(kAccount);
    return share.used();
}

struct SchedulerFixture {
    SchedulerLimits limits{
        .in_flight = 100, .per_host = 50, .per_webhook = 10, .queues = 1000, .waiting_of_one = 40};
    Scheduler scheduler{limits};
    Clock::time_point now{seconds{1000}};
    model::Id next_event = 1;

    SchedulerFixture() = default;
    explicit SchedulerFixture(const SchedulerLimits& its_limits) : limits(its_limits) {}

    bool try_add(model::Id webhook, const std::string& host, model::Id account = kAccount,
                 db::WebhookHealth health = db::WebhookHealth::kUnknown) {
        return scheduler.add_webhook(
            {.webhook_id = webhook, .account_id = account, .url = {}, .health = health}, host, now);
    }
    void add(model::Id webhook, const std::string& host = kHost, model::Id account = kAccount,
             db::WebhookHealth health = db::WebhookHealth::kUnknown) {
        BOOST_REQUIRE(try_add(webhook, host, account, health));
    }
    void offer(model::Id webhook, int count) {
        for (int i = 0; i < count; ++i) scheduler.offer({next_event++, webhook});
    }
    std::vector<DeliveryKey> pick(std::size_t most = kPlenty) { return scheduler.pick(now, most); }
    void finish(const std::vector<DeliveryKey>& keys, Feedback webhook = Feedback::kSuccess,
                Feedback host = Feedback::kSuccess) {
        now += milliseconds{1};
        for (const DeliveryKey& key : keys) scheduler.finish(key, webhook, host, now);
    }
    static std::map<model::Id, int> by_webhook(const std::vector<DeliveryKey>& keys) {
        std::map<model::Id, int> counts;
        for (const DeliveryKey& key : keys) ++counts[key.webhook_id];
        return counts;
    }
};

}  // namespace testing
