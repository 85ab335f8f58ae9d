#include "delivery/scan/webhook_admission.hpp"

#include <string>
#include <utility>

#include "common/security/url.hpp"

namespace delivery {
namespace {

constexpr std::size_t kMostRemembered = 50'000;  // in each of the two sets of webhooks

void remember(std::unordered_set<model::Id>& webhooks, model::Id webhook) {
    if (webhooks.size() >= kMostRemembered) webhooks.clear();
    webhooks.insert(webhook);
}

}  // namespace

void WebhookAdmission::admit(db::DueQueue& queue, const std::vector<db::DueDelivery>& due, Time now) {
    std::set<model::Id> unknown;
    for (const db::DueDelivery& one : due) {
        if (is_unknown(one.key.webhook_id)) unknown.insert(one.key.webhook_id);
    }
    if (!unknown.empty()) look_up(queue, {unknown.begin(), unknown.end()}, now);
    for (const db::DueDelivery& one : due) offer(one.key);
}

bool WebhookAdmission::is_unknown(model::Id webhook) const {
    return !scheduler_.knows(webhook) && !foreign_webhooks_.contains(webhook) &&
           !unadmitted_.contains(webhook);
}

void WebhookAdmission::look_up(db::DueQueue& queue, const std::vector<model::Id>& webhooks, Time now) {
    for (const db::WebhookAddress& webhook : queue.addresses(webhooks)) {
        const std::string origin = security::origin_of(webhook.url);
        if (!partition_.owns(origin)) {
            leave_to_others(webhook.webhook_id);
        } else if (!scheduler_.add_webhook(webhook, origin, now)) {
            remember(unadmitted_, webhook.webhook_id);
        }
    }
}

void WebhookAdmission::offer(const db::DeliveryKey& key) {
    if (!scheduler_.knows(key.webhook_id) || foreign_webhooks_.contains(key.webhook_id)) return;
    if (!unrecorded_.contains(key)) scheduler_.offer(key);
}

bool WebhookAdmission::start_afresh(const db::WebhookAddress& webhook, Time now) {
    const model::Id id = webhook.webhook_id;
    const std::string origin = security::origin_of(webhook.url);
    if (!partition_.owns(origin)) {
        leave_to_others(id);
        return false;
    }
    foreign_webhooks_.erase(id);
    if (scheduler_.add_webhook(webhook, origin, now)) {
        scheduler_.start_afresh(id, origin, webhook.generation);
        scheduler_.set_ordered(id, webhook.ordered);
    } else {
        remember(unadmitted_, id);
    }
    return true;
}

void WebhookAdmission::leave_to_others(model::Id webhook) {
    if (scheduler_.knows(webhook)) scheduler_.forget(webhook);
    remember(foreign_webhooks_, webhook);
}

bool WebhookAdmission::update_workers(std::vector<std::uint64_t> alive) {
    if (!partition_.update(std::move(alive))) return false;
    scheduler_.forget_waiting();
    forget_others();
    return true;
}

void WebhookAdmission::forget_others() {
    foreign_webhooks_.clear();
    forget_turned_away();
}

}  // namespace delivery
