#include "delivery/schedule/webhook_queue.hpp"

namespace delivery {

WebhookQueue::WebhookQueue(const db::WebhookAddress& webhook, Host* its_host, unsigned most)
    : account(webhook.account_id),
      generation(webhook.generation),
      host(its_host),
      window(most),
      recorded_failing(webhook.health == db::WebhookHealth::kFailing),
      ordered(webhook.ordered) {
    if (recorded_failing) window.recall_failure();
    if (webhook.health != db::WebhookHealth::kHealthy) return;
    window.recall_success();
    host->window.recall_success();
}

void WebhookQueue::start_afresh(db::Generation its_generation) {
    generation = its_generation;
    window.start_afresh();
    Prefetch::stop(prefetch);
    others_until = {};
    head = 0;
    backlog.start_over();
}

}  // namespace delivery
