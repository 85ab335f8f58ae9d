#include "handlers/operation.hpp"

#include <optional>
#include <vector>

#include "fcgi/http/problem.hpp"
#include "handlers/access.hpp"

namespace handlers {
namespace {

std::optional<std::vector<db::Id>> parse_ids(std::span<const std::string> texts) {
    std::vector<db::Id> ids;
    for (const std::string& text : texts) {
        const auto id = db::parse_id(text);
        if (!id) return std::nullopt;
        ids.push_back(*id);
    }
    return ids;
}

}  // namespace

http::Response refuse(const db::AccessOutcome& outcome) {
    if (std::holds_alternative<db::Unauthorised>(outcome)) return http::unauthorised();
    if (std::holds_alternative<db::Forbidden>(outcome)) return http::forbidden();
    return http::not_found();
}

Serve serve_by(db::Right right, Operation operation) {
    return [right, operation](const Services& services, const http::Request& request, const db::Place& place,
                              std::span<const std::string> path_ids) {
        const auto key = read_credentials(request);
        if (!key) return http::unauthorised();
        const auto ids = parse_ids(path_ids);
        db::ConnectionPool& connections = services.connections;
        const auto deadline = connections.deadline();
        std::optional<db::AccessOutcome> access;  // asked for once, however often the work is begun
        std::optional<db::AccountShares::Share> share;
        std::optional<db::Id> must_wait;  // the account, if all of its shares are taken
        FindOutcome if_uncertain;
        const auto work = [&](db::Connection& database) {
            if (!access) access = db::check_access(database, {*key, place}, right);
            const auto* const caller = std::get_if<db::Caller>(&*access);
            if (caller == nullptr) return refuse(*access);
            if (!ids) return http::not_found();
            const db::Id account = caller->owner.account_id;
            if (!share) share = connections.shares().try_take(account);
            if (!share) {
                must_wait = account;
                return http::Response{};
            }
            return operation({request, *caller, *ids, database, services, if_uncertain});
        };
        http::Response response = connections.run(work, if_uncertain, deadline);
        if (share || !must_wait) return response;
        // Without a connection, which others can use meanwhile.
        share = connections.shares().take(*must_wait, deadline);
        if (!share) throw db::Error(0, "the account has too many requests in hand");
        return connections.run(work, if_uncertain, deadline);
    };
}

}  // namespace handlers
