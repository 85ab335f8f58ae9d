// GET webhooks/: a page of webhooks, filtered by the query.
#include <utility>
#include <vector>

#include "common/model/webhook_json.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/field_rules.hpp"
#include "handlers/page.hpp"
#include "handlers/webhooks/webhook_fields.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/events/counters.hpp"
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

std::vector<PageObject> objects_of(const std::vector<model::Webhook>& webhooks) {
    std::vector<PageObject> objects;
    objects.reserve(webhooks.size());
    for (const model::Webhook& webhook : webhooks) {
        objects.push_back({webhook.id, model::webhook_to_json(webhook)});
    }
    return objects;
}

}  // namespace

Operation list_webhooks(const http::Request& request, const Services& /*services*/) {
    const auto query = http::decode_query(request);
    if (!query) return refuse_by(http::bad_request(query.error()));
    http::FieldErrors errors;
    const db::WebhookFilter filter = parse_webhook_filter(query.value(), errors);
    const PageRequest asked = parse_page_request(query.value(), Order::kId, errors);
    if (!errors.empty()) return refuse_by(http::bad_fields(errors));

    const bool is_counted = !filter.enabled && !filter.url;
    const auto run = [filter, asked, is_counted](const Call& call) {
        db::Connection& database = call.database;
        const model::Owner& owner = call.caller.owner;
        std::vector<model::Webhook> found;  // if they were read with their positions
        const auto find = [&](const db::ListSlice& slice) {
            if (!is_counted || !db::is_short(slice)) return db::find_webhooks(database, owner, filter, slice);
            db::WebhookPart part = db::read_webhook_part(database, owner, slice);
            found = std::move(part.webhooks);
            return std::move(part.part);
        };
        const auto read = [&](std::span<const model::Id> ids) {
            return objects_of(found.empty() ? db::read_webhooks(database, ids) : found);
        };
        return answer_page(
            call.request, asked,
            {.count =
                 [&] { return is_counted ? counted(call) : db::count_webhooks(database, owner, filter); },
             .find = find,
             .read = read,
             .takes_count_of_part = !is_counted});
    };
    const auto read = [is_counted](const db::Scope& scope, std::span<const model::Id>) {
        return is_counted ? db::read_webhook_count(scope.target_id.has_value()) : db::JoinedRead{};
    };
    return {.run = run, .read = read};
}

}  // namespace handlers
