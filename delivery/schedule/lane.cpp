#include "delivery/schedule/lane.hpp"

namespace delivery {

Lane::Lane(const db::WebhookAddress& webhook, Host* its_host, unsigned most)
    : account(webhook.account_id),
      generation(webhook.generation),
      host(its_host),
      window(most),
      recorded_failing(webhook.health == db::WebhookHealth::kFailing) {
    if (recorded_failing) window.recall_failure();
    if (webhook.health != db::WebhookHealth::kHealthy) return;
    window.recall_success();
    host->window.recall_success();
}

void Lane::start_afresh(db::Generation its_generation) {
    generation = its_generation;
    window.start_afresh();
    Prefetch::stop(prefetch);
    others_until = {};
    backlog.start_over();
}

}  // namespace delivery
