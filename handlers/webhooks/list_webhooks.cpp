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
db::WebhookFilter parse_webhook_filter(const http::Form& query, http::FieldErrors& errors) {
    db::WebhookFilter filter;
    take_field("enabled", find_given(query, "enabled"), validate_boolean, filter.enabled, errors);
    take_field("url", find_given(query, "url"), validate_text, filter.url, errors);
    return filter;
}

}  // namespace

http::Response list_webhooks(const Call& call) {
    const auto query = http::decode_query(call.request);
    if (!query) return http::bad_request(query.error());
    http::FieldErrors errors;
    const db::WebhookFilter filter = parse_webhook_filter(query.value(), errors);
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
        {.count = [&] { return db::count_webhooks(database, owner, filter); },
         .find = [&](const auto& slice) { return db::find_webhooks(database, owner, filter, slice); },
         .read = read});
}

}  // namespace handlers
