// GET targets/: a page of the targets that the key may use.
#include <vector>

#include "fcgi/http/problem.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/accounts/account_operations.hpp"
#include "handlers/page.hpp"
#include "sql/accounts/target_list.hpp"

namespace handlers {
namespace {

std::vector<PageObject> objects_of(const std::vector<model::Target>& targets) {
    std::vector<PageObject> objects;
    objects.reserve(targets.size());
    for (const model::Target& target : targets) objects.push_back({target.id, model::target_to_json(target)});
    return objects;
}

}  // namespace

Operation list_targets(const http::Request& request, const Services& /*services*/) {
    const auto query = http::decode_query(request);
    if (!query) return refuse_by(http::bad_request(query.error()));
    http::FieldErrors errors;
    const PageRequest asked = parse_page_request(query.value(), Order::kId, errors);
    if (!errors.empty()) return refuse_by(http::bad_fields(errors));

    return {.run = [asked](const Call& call) {
        db::Connection& database = call.database;
        return answer_page(
            call.request, asked,
            {.count = [&] { return db::count_targets(database, call.caller); },
             .find =
                 [&](const db::ListSlice& slice) { return db::find_targets(database, call.caller, slice); },
             .read =
                 [&](std::span<const model::Id> ids) { return objects_of(db::read_targets(database, ids)); },
             .takes_count_of_part = true});
    }};
}

}  // namespace handlers
