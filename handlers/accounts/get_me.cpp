// GET me/: the account, the user and the rights of the key that the request carries.
#include "handlers/accounts/account_operations.hpp"
#include "sql/accounts/key_details.hpp"

namespace handlers {

Operation get_me(const http::Request& /*request*/, const Services& /*services*/) {
    const auto run = [](const Call& call) {
        const model::KeyDetails key = db::key_read(call.database, call.read, Call::kFirstColumn);
        return http::Response{.status = 200, .body = model::key_to_json(key)};
    };
    const auto read = [](const db::Scope&, std::span<const model::Id>) { return db::read_key(); };
    return {.run = run, .read = read};
}

}  // namespace handlers
