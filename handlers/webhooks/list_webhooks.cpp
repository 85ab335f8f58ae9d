// GET webhooks/: a page of webhooks, filtered by the query.
#include "common/model/webhook_json.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/field_rules.hpp"
#include "handlers/page.hpp"
#include "handlers/webhooks/webhook_fields.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace handlers {
namespace {

Validated<std::string> validate_text(const http::Value& value) {
    const auto text = validate_string(value);
    if (!text) return text.error();
    return std::string(text.value());
}

// Parses the filters: enabled, a boolean, and url, compared exactly. An empty filter counts as absent.
db::WebhookChoice parse_webhook_choice(const http::Form& query, http::FieldErrors& errors) {
    db::WebhookChoice choice;
    take_field("enabled", find_given(query, "enabled"), validate_boolean, choice.enabled, errors);
    take_field("url", find_given(query, "url"), validate_text, choice.url, errors);
    return choice;
}

}  // namespace

http::Response list_webhooks(const Call& call) {
    const auto query = http::decode_query(call.request);
    if (!query) return http::bad_request(query.error());
    http::FieldErrors errors;
    const db::WebhookChoice choice = parse_webhook_choice(query.value(), errors);
    const PageRequest asked = parse_page_request(query.value(), Order::kId, errors);
    if (!errors.empty()) return http::bad_fields(errors);

    db::Connection& database = call.database;
    const model::Owner& owner = call.caller.owner;
    const auto read = [&database](std::span<const model::Id> ids) {
        std::vector<PageObject> objects;
        for (const model::Webhook& webhook : db::read_webhooks(database, ids)) {
            objects.push_back({webhook.id, model::webhook_to_json(webhook)});
        }
        return objects;
    };
    return answer_page(
        call.request, asked,
        {.count = [&] { return db::count_webhooks(database, owner, choice); },
         .find = [&](const auto& slice) { return db::find_webhooks(database, owner, choice, slice); },
         .read = read});
}

}  // namespace handlers
