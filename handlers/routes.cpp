#include "handlers/routes.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/permissions.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/fault.hpp"
#include "handlers/webhooks/create_webhook.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/access.hpp"

namespace handlers {
namespace {

using model::Right;
using Work = db::AccountShares::Work;

// The paths of an operation: below /targets/{target_id}/, below / for the account of the key, or both.
enum class Under { kTarget, kTargetAndAccount };

// One line per operation: method, path below its owner, function.
struct Line {
    std::string_view method;
    std::string_view path;
    Under under;
    Serve serve;
};

std::vector<Line> all_lines() {
    constexpr auto kBoth = Under::kTargetAndAccount;
    return {
        {"GET", "webhooks/", kBoth, serve_by(Right::kRead, {list_webhooks}, Work::kList)},
        {"POST", "webhooks/", kBoth, create_webhook},
        {"GET", "webhooks/{id}/", kBoth, serve_by(Right::kRead, {get_webhook})},
        {"PUT", "webhooks/{id}/", kBoth, serve_by(Right::kManage, put_webhook)},
        {"PATCH", "webhooks/{id}/", kBoth, serve_by(Right::kManage, patch_webhook)},
        {"DELETE", "webhooks/{id}/", kBoth, serve_by(Right::kManage, {delete_webhook, confirm_deletion})},
        {"GET", "webhooks/{id}/secret/", kBoth, serve_by(Right::kManage, {get_secret, do_again})},
        {"POST", "webhooks/{id}/secret/rotate/", kBoth, serve_by(Right::kManage, {rotate_secret, do_again})},
        {"POST", "webhooks/{id}/enable/", kBoth, serve_by(Right::kManage, {enable_webhook, do_again})},
        {"POST", "webhooks/{id}/test/", kBoth, serve_by(Right::kManage, {test_webhook, do_again})},
        {"GET", "events/", kBoth, serve_by(Right::kRead, {list_events}, Work::kList)},
        {"POST", "events/", Under::kTarget, serve_by(Right::kPublish, publish_event)},
        {"GET", "events/{id}/", kBoth, serve_by(Right::kRead, {get_event})},
        {"POST", "events/{id}/webhooks/{webhook_id}/retry/", kBoth,
         serve_by(Right::kManage, {retry_delivery, do_again})},
    };
}

// Serves a request: the response, or the 500 for an exception, with the identity of the key for the log.
http::Response answer(const Serve& serve, const Services& services, const RoutedRequest& routed) {
    std::optional<model::Identity> by;
    http::Response response = answer_or_fault([&] { return serve(services, routed, by); });
    if (by) {
        response.log.emplace_back("key", model::to_base58(by->key_id));
        response.log.emplace_back("account", model::to_base58(by->account_id));
    }
    return response;
}

http::Route of_target(const Line& line, const Services& services) {
    const auto handler = [serve = line.serve, services](const http::Request& request,
                                                        const http::PathParameters& path) {
        const db::Scope scope{model::parse_id(path.at(0)).value_or(db::kNoId)};
        return answer(serve, services, {request, scope, std::span(path).subspan(1)});
    };
    return {line.method, "/targets/{target_id}/" + std::string(line.path), handler};
}

http::Route of_account(const Line& line, const Services& services) {
    const auto handler = [serve = line.serve, services](const http::Request& request,
                                                        const http::PathParameters& path) {
        return answer(serve, services, {request, db::Scope{}, path});
    };
    return {line.method, "/" + std::string(line.path), handler};
}

}  // namespace

http::Router make_router(const Services& services) {
    std::vector<http::Route> routes;
    for (const Line& line : all_lines()) {
        routes.push_back(of_target(line, services));
        if (line.under == Under::kTargetAndAccount) routes.push_back(of_account(line, services));
    }
    return http::Router(std::move(routes));
}

}  // namespace handlers
