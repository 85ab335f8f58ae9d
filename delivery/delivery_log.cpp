#include "delivery/delivery_log.hpp"

#include <unistd.h>

#include <fstream>

namespace delivery {
namespace {

using Level = base::Log::Level;

std::size_t resident_kib() {
    std::ifstream file("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    file >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

}  // namespace

void DeliveryLog::note(Level level, std::string_view event, std::string_view detail) const {
    const base::Log::Word word{"detail", detail};
    log_.write(level, event, std::span(&word, detail.empty() ? 0 : 1));
}

void DeliveryLog::one(Level level, std::string_view event, const db::DeliveryKey& key) const {
    log_.write(level, event,
               {{"delivery", model::to_base58(key.event_id)}, {"webhook", model::to_base58(key.webhook_id)}});
}

void DeliveryLog::attempt(const db::DeliveryKey& key, const Outcome& outcome, const RetryDecision& decision) {
    const db::FinishedDelivery& record = decision.record;
    if (decision.given_back) {
        ++counts_.given_back;
        return one(Level::kInfo, "given_back", key);
    }
    switch (record.status) {
        case model::DeliveryStatus::kSucceeded:
            ++counts_.succeeded;
            break;
        case model::DeliveryStatus::kRescheduled:
            ++counts_.rescheduled;
            break;
        default:
            ++counts_.failed;
    }
    if (outcome.unanswered) unanswered(key, *outcome.unanswered);
    const std::string event = model::to_base58(key.event_id);
    const std::string webhook = model::to_base58(key.webhook_id);
    const std::string status = std::to_string(outcome.status);
    const std::string retries = std::to_string(record.retries);
    const std::string microseconds = std::to_string(outcome.duration.count());
    std::vector<base::Log::Word> words{{"delivery", event},  {"webhook", webhook},
                                       {"status", status},   {"outcome", name_of(record.status)},
                                       {"retries", retries}, {"us", microseconds}};
    if (!record.reason.empty()) words.emplace_back("reason", record.reason);
    std::string seconds;
    if (record.next_try_in) {
        seconds =
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*record.next_try_in).count());
        words.emplace_back("next_try_in_s", seconds);
    }
    log_.write(record.status == model::DeliveryStatus::kFailed ? Level::kWarning : Level::kInfo, "attempt",
               words);
}

void DeliveryLog::unanswered(const db::DeliveryKey& key, const Unanswered& request) const {
    log_.write(Level::kInfo, "attempt",
               {{"delivery", model::to_base58(key.event_id)},
                {"webhook", model::to_base58(key.webhook_id)},
                {"status", "0"},
                {"outcome", "repeated"},
                {"us", std::to_string(request.duration.count())},
                {"reason", std::string(category_of(request.failure)) + " (" + request.detail + ")"}});
}

void DeliveryLog::disabled_webhook(const db::DisabledWebhook& webhook) const {
    const std::string id = model::to_base58(webhook.webhook_id);
    const std::string account = model::to_base58(webhook.account_id);
    std::vector<base::Log::Word> words{{"webhook", id}, {"account", account}};
    if (webhook.failing_since) words.emplace_back("since", *webhook.failing_since);
    log_.write(Level::kWarning, "webhook_disabled", words);
}

void DeliveryLog::failed_disabled(const db::DeliveryKey& key) {
    ++counts_.failed;
    one(Level::kInfo, "failed_disabled", key);
}

void DeliveryLog::removed(const db::DeliveryKey& key) const {
    one(Level::kInfo, "webhook_deleted", key);
}

void DeliveryLog::unreadable(const db::DeliveryKey& key) const {
    one(Level::kError, "secret_unreadable", key);
}

void DeliveryLog::outdated(const db::DeliveryKey& key) const {
    one(Level::kInfo, "outcome_outdated", key);
}

void DeliveryLog::put_off(const db::DeliveryKey& key, std::string_view reason) const {
    const std::string event = model::to_base58(key.event_id);
    const std::string webhook = model::to_base58(key.webhook_id);
    log_.write(Level::kError, "put_off", {{"delivery", event}, {"webhook", webhook}, {"detail", reason}});
}

void DeliveryLog::lost_leases(std::size_t count) {
    counts_.lost_leases += count;
    note(Level::kWarning, "lease_lost", std::to_string(count));
}

void DeliveryLog::report(const Gauges& gauges) {
    const auto text = [](auto number) { return std::to_string(number); };
    const auto oldest =
        std::chrono::duration_cast<std::chrono::seconds>(gauges.oldest_due.value_or(std::chrono::seconds{0}));
    const Counts counts = std::exchange(counts_, {});
    const std::array values{text(counts.succeeded),  text(counts.rescheduled), text(counts.failed),
                            text(counts.given_back), text(counts.lost_leases), text(gauges.in_flight),
                            text(gauges.prefetched), text(gauges.queues),      text(gauges.waiting),
                            text(oldest.count()),    text(gauges.workers),     text(resident_kib())};
    constexpr std::array kNames{"succeeded",   "rescheduled",  "failed",     "given_back",
                                "leases_lost", "in_flight",    "prefetched", "webhooks",
                                "waiting",     "oldest_due_s", "workers",    "resident_kib"};
    static_assert(kNames.size() == std::tuple_size_v<decltype(values)>);
    std::vector<base::Log::Word> words;
    for (std::size_t i = 0; i < values.size(); ++i) words.emplace_back(kNames[i], values[i]);
    log_.write(Level::kInfo, "stats", words);
}

}  // namespace delivery
