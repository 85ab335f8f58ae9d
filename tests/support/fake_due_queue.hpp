// A fake queue of deliveries for tests: rows in memory, and a clock that moves only when a test moves it or
// queries the queue.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/schedule/concurrency_window.hpp"
#include "sql/connection/error.hpp"
#include "sql/deliveries/due_queue.hpp"

namespace testing {

class FakeDueQueue : public db::DueQueue {
  public:
    using Clock = delivery::Clock;

    // Adds a delivery that becomes due at that time.
    void add(const db::DeliveryKey& key, Clock::time_point at) { rows_.insert({format(at), key}); }
    void add(const db::DeliveryKey& key) { add(key, now); }
    void remove(const db::DeliveryKey& key) {
        std::erase_if(rows_, [&key](const db::DuePosition& row) { return row.key == key; });
    }

    std::vector<db::DueDelivery> scan(const db::DuePosition& behind, std::size_t most) override {
        ask();
        ++scans;
        std::vector<db::DueDelivery> found;
        const std::string due = format(now);
        for (auto row = rows_.upper_bound(behind); row != rows_.end() && row->next_try <= due; ++row) {
            if (found.size() == most) break;
            found.push_back(*row);
        }
        rows_read += found.size();
        return found;
    }
    db::DuePosition position_before_now(std::optional<std::chrono::microseconds> ago) override {
        ask();
        return ago ? db::DuePosition{format(now - *ago), {}} : db::DuePosition{};
    }
    std::vector<db::DueDelivery> due_of(const std::vector<db::DueOf>& wanted) override {
        ask();
        std::vector<db::DueDelivery> found;
        for (const db::DueOf& one : wanted) {
            std::size_t count = 0;
            for (const db::DuePosition& row : rows_) {
                const bool is_wanted = row.key.webhook_id == one.webhook_id && row.next_try <= format(now) &&
                                       (!one.behind || *one.behind < row);
                if (is_wanted && count++ < one.most) found.push_back(row);
            }
        }
        return found;
    }
    std::vector<db::UnfinishedDelivery> unfinished_of(const std::vector<db::DueOf>& wanted) override {
        ask();
        std::vector<db::UnfinishedDelivery> found;
        for (const db::DueOf& one : wanted) {
            std::map<model::Id, std::string> unfinished;
            for (const db::DuePosition& row : rows_) {
                const bool is_wanted =
                    row.key.webhook_id == one.webhook_id && (one.head == 0 || row.key.event_id == one.head);
                if (is_wanted) unfinished.emplace(row.key.event_id, row.next_try);
            }
            std::size_t count = 0;
            for (const auto& [event, next_try] : unfinished) {
                if (count++ == one.most) break;
                const std::chrono::microseconds due_in{std::stoll(next_try) - std::stoll(format(now))};
                found.push_back({{event, one.webhook_id}, std::max(due_in, std::chrono::microseconds{0})});
            }
        }
        ++reads_in_order;
        return found;
    }
    std::vector<db::WebhookAddress> addresses(const std::vector<model::Id>& webhooks) override {
        if (webhooks.empty()) return {};
        ask();
        ++lookups;
        std::vector<db::WebhookAddress> found;
        for (const model::Id id : webhooks) {
            const auto url = urls.find(id);
            found.push_back({.webhook_id = id,
                             .account_id = 1,
                             .url = url == urls.end() ? "https://a.example.com/" : url->second,
                             .health = db::WebhookHealth::kUnknown,
                             .generation = generations[id],
                             .ordered = ordered.contains(id)});
        }
        return found;
    }
    std::vector<db::FreshStart> fresh_starts(std::chrono::microseconds ago) override {
        ask();
        looked_back = ago;
        std::vector<db::FreshStart> found;
        for (const auto& [webhook, generation] : generations) {
            if (generation != 0) found.push_back({webhook, generation});
        }
        return found;
    }
    std::uint64_t make_waiting_due(model::Id webhook, std::uint64_t most) override {
        ask();
        const std::uint64_t count = std::min(waiting[webhook], most);
        waiting[webhook] -= count;
        return count;
    }

    Clock::time_point now{std::chrono::hours{1}};
    Clock::duration cost{};  // of each query
    bool is_away = false;
    std::map<model::Id, std::string> urls;
    std::map<model::Id, db::Generation> generations;
    std::set<model::Id> ordered;
    std::map<model::Id, std::uint64_t> waiting;  // deliveries for a later try
    std::chrono::microseconds looked_back{};
    std::size_t scans = 0;
    std::size_t rows_read = 0;
    std::size_t lookups = 0;
    std::size_t reads_in_order = 0;

  private:
    void ask() {
        constexpr int kServerLost = 2013;
        now += cost;
        if (is_away) throw db::Error(kServerLost, "gone");
    }
    // Texts of a fixed width, so that text order is time order.
    static std::string format(Clock::time_point time) {
        const auto since =
            std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
        std::string digits = std::to_string(since);
        return std::string(20 - digits.size(), '0') + digits;
    }

    std::set<db::DuePosition> rows_;
};

}  // namespace testing
