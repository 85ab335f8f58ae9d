#include "admin/webhook_report.hpp"

#include "admin/validation.hpp"
#include "sql/operator/refused.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace admin {
namespace {

// "Ana <ana@example.com>"
std::string formatted(const model::Person& person) {
    return person.name + " <" + person.email + ">";
}

std::vector<std::string> formatted(const model::EventTypeSet& types) {
    const auto names = types.names();
    return {names.begin(), names.end()};
}

Record record_of(const model::Webhook& webhook) {
    return {{"id", model::to_base58(webhook.id)},
            {"account", model::to_base58(webhook.owner.account_id)},
            {"target", value_of(webhook.owner.target_id)},
            {"name", webhook.fields.name},
            {"url", webhook.fields.url},
            {"check_cert", webhook.fields.check_cert},
            {"api_version", webhook.fields.api_version},
            {"event_types", formatted(webhook.fields.event_types)},
            {"ordered", webhook.fields.ordered},
            {"enabled", webhook.enabled},
            {"disabled_reason", value_of(webhook.disabled_reason)},
            {"failing_since", value_of(webhook.failing_since)},
            {"created", webhook.created_at},
            {"created_by", formatted(webhook.created_by)},
            {"changed", webhook.changed_at},
            {"changed_by", formatted(webhook.changed_by)}};
}

}  // namespace

Option webhook_argument() {
    return {"id", "WEBHOOK", "the webhook's id, as \"webhook list\" shows it", true};
}

model::Id webhook_of(const Arguments& arguments) {
    return valid_id("the webhook", arguments.required("id"));
}

model::Owner owner_of_webhook(db::Connection& connection, model::Id webhook) {
    const auto found = db::find_any_webhook(connection, webhook);
    if (!found) throw db::no_such("webhook", webhook);
    return found->owner;
}

Report shown(const std::optional<model::Webhook>& webhook, model::Id id) {
    if (!webhook) throw db::no_such("webhook", id);
    return {record_of(*webhook), ""};
}

db::Deed deed_about(std::string_view action, model::Id webhook, model::Id account) {
    return {.action = action, .object = "webhook " + model::to_base58(webhook), .account_id = account};
}

}  // namespace admin
