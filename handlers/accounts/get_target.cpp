// GET targets/{target_id}/: one target, with its entity tag.
#include "handlers/accounts/account_operations.hpp"
#include "handlers/single_object.hpp"
#include "sql/accounts/target_list.hpp"

namespace handlers {

Operation get_target(const http::Request& /*request*/, const Services& /*services*/) {
    const auto run = [](const Call& call) {
        const model::Target target = db::target_read(call.read, Call::kFirstColumn);
        return single_object(call.request, model::target_to_json(target));
    };
    const auto read = [](const db::Scope&, std::span<const model::Id>) { return db::read_target(); };
    return {.run = run, .read = read};
}

}  // namespace handlers
