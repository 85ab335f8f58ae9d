// GET events/{id}/webhooks/{webhook_id}/attempts/: a page of the requests that were made for a delivery.
#include <algorithm>
#include <span>
#include <vector>

#include "common/model/permissions.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/delivery_json.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/page.hpp"
#include "sql/deliveries/attempt_list.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace handlers {
namespace {

// Whether the key may manage the webhook. A limited key has no access to the account's webhooks, though it may see that
// they get the events of its target.
bool may_manage(const Call& call, const db::DeliveryRead& delivery) {
    const auto rights = model::parse_rights(call.read.text(0, db::AccessColumn::kRights));
    const bool is_within_limit = !call.caller.limited || delivery.is_of_target;
    return is_within_limit && std::ranges::find(rights, model::Right::kManage) != rights.end();
}

std::vector<PageObject> objects_of(const std::vector<db::Attempt>& attempts, bool with_answer) {
    std::vector<PageObject> objects;
    objects.reserve(attempts.size());
    for (const db::Attempt& one : attempts) objects.push_back({one.id, attempt_to_json(one, with_answer)});
    return objects;
}

}  // namespace

Operation list_attempts(const http::Request& request, const Services& /*services*/) {
    const auto query = http::decode_query(request);
    if (!query) return refuse_by(http::bad_request(query.error()));
    http::FieldErrors errors;
    const PageRequest asked = parse_page_request(query.value(), Order::kTime, errors);
    if (!errors.empty()) return refuse_by(http::bad_fields(errors));

    const auto run = [asked](const Call& call) {
        const db::DeliveryRead found = db::delivery_read(call.read, Call::kFirstColumn);
        if (!found.is_found) return http::not_found();
        db::Connection& database = call.database;
        const db::DeliveryKey delivery{.event_id = call.ids[0], .webhook_id = call.ids[1]};
        const bool with_answer = may_manage(call, found);
        return answer_page(
            call.request, asked,
            {.count = [&] { return db::count_attempts(database, delivery); },
             .find = [&](const db::ListSlice& slice) { return db::find_attempts(database, delivery, slice); },
             .read =
                 [&](std::span<const model::Id> ids) {
                     return objects_of(db::read_attempts(database, delivery, ids), with_answer);
                 },
             .takes_count_of_part = true});
    };
    const auto read = [](const db::Scope&, std::span<const model::Id> ids) {
        return db::read_delivery(ids[0], ids[1]);
    };
    return {.run = run, .read = read};
}

}  // namespace handlers
