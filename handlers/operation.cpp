#include "handlers/operation.hpp"

#include <optional>
#include <vector>

#include "common/model/permissions.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/access.hpp"
#include "handlers/fault.hpp"

namespace handlers {
namespace {

std::optional<std::vector<model::Id>> parse_ids(std::span<const std::string> texts) {
    std::vector<model::Id> ids;
    for (const std::string& text : texts) {
        const auto id = model::parse_id(text);
        if (!id) return std::nullopt;
        ids.push_back(*id);
    }
    return ids;
}

}  // namespace

db::Actor actor_of(const Call& call) {
    return {.user_id = call.caller.user_id, .key_id = call.caller.key_id, .request_id = call.request.id};
}

void log_identity(http::Response& response, const std::optional<model::Identity>& by) {
    if (!by) return;
    response.log.emplace_back("key", model::to_base58(by->key_id));
    response.log.emplace_back("account", model::to_base58(by->account_id));
}

http::Response refuse(const db::AccessOutcome& outcome) {
    if (std::holds_alternative<db::Unauthorised>(outcome)) return http::unauthorised();
    if (std::holds_alternative<db::Forbidden>(outcome)) return http::forbidden();
    return http::not_found();
}

Serve serve_by(model::Right right, Operation operation, db::AccountShares::Work kind) {
    return [right, operation, kind](const Services& services, const http::Request& request,
                                    const db::Place& place, std::span<const std::string> path_ids) {
        const auto key = read_credentials(request);
        if (!key) return http::unauthorised();
        const auto ids = parse_ids(path_ids);
        db::ConnectionPool& connections = services.connections;
        const auto deadline = connections.deadline();
        std::optional<db::AccessOutcome> access;  // asked for once, however often the work is begun
        std::optional<db::AccountShares::Share> share;
        std::optional<model::Id> must_wait;  // the account, if all of its shares are taken
        Drawn drawn;
        FindOutcome if_uncertain;
        std::optional<model::Identity> by;
        const auto work = [&](db::Connection& database) {
            if (!access) access = db::check_access(database, {*key, place}, right);
            by = db::identity_of(*access);
            const auto* const caller = std::get_if<model::Caller>(&*access);
            if (caller == nullptr) return refuse(*access);
            if (!ids) return http::not_found();
            const model::Id account = caller->owner.account_id;
            if (!share) share = connections.shares().try_take(account, kind);
            if (!share) {
                must_wait = account;
                return http::Response{};
            }
            return operation({request, *caller, *ids, database, services, drawn, if_uncertain});
        };
        const auto run = [&] {
            try {
                return connections.run(work, if_uncertain, deadline);
            } catch (const db::Error& error) {
                if (!error.duplicate_key()) throw;
            }
            drawn.id = model::draw_id();  // somebody else had drawn the same
            return connections.run(work, if_uncertain, deadline);
        };
        http::Response response = answer_or_fault([&] {
            http::Response first = run();
            if (share || !must_wait) return first;
            // Without a connection, which others can use meanwhile.
            share = connections.shares().take(*must_wait, kind, deadline);
            if (!share) throw db::Error(0, "the account has too many requests in hand");
            return run();
        });
        log_identity(response, by);
        return response;
    };
}

}  // namespace handlers
