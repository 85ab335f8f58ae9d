#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/page.hpp"
#include "handlers/webhook_json.hpp"
#include "handlers/webhook_operations.hpp"
#include "sql/webhook_store.hpp"

namespace handlers {

http::Response list_webhooks(const Call& call) {
    const auto query = http::decode_query(call.request);
    if (!query) return http::bad_request(query.error());
    http::FieldErrors errors;
    const PageNumber number = parse_page_number(query.value(), errors);
    if (!errors.empty()) return http::bad_fields(errors);
    const auto page = db::list_webhooks(call.database, call.caller.owner, number.slice());
    std::vector<std::string> objects;
    for (const db::Webhook& webhook : page.objects) objects.push_back(webhook_to_json(webhook));
    return page_response(number, page.count, objects);
}

}  // namespace handlers
