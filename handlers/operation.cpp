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
        FindOutcome if_uncertain;
        const auto work = [&](db::Connection& database) {
            const auto outcome = db::check_access(database, {*key, place}, right);
            const auto* const caller = std::get_if<db::Caller>(&outcome);
            if (caller == nullptr) return refuse(outcome);
            if (!ids) return http::not_found();
            return operation({request, *caller, *ids, database, services, if_uncertain});
        };
        return services.connections.run(work, if_uncertain);
    };
}

}  // namespace handlers
