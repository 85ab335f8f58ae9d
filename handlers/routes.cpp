#include "handlers/routes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/model/permissions.hpp"
#include "handlers/accounts/account_operations.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/fault.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/webhooks/access.hpp"

namespace handlers {
namespace {

using model::Right;
using Work = db::AccountShares::Work;

// The paths of an operation: below /targets/{target_id}/, below / for the account of the key, or both.
enum class Under { kTarget, kAccount, kTargetAndAccount };

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
        {"GET", "me/", Under::kAccount, serve_by(kAnyKey, get_me)},
        {"GET", "targets/", Under::kAccount, serve_by(kAnyKey, list_targets, Work::kList)},
        {"GET", "", Under::kTarget, serve_by(kAnyKey, get_target)},
        {"GET", "webhooks/", kBoth, serve_by(Right::kRead, list_webhooks, Work::kList)},
        {"POST", "webhooks/", kBoth, create_webhook},
        {"GET", "webhooks/{id}/", kBoth, serve_by(Right::kRead, get_webhook)},
        {"PUT", "webhooks/{id}/", kBoth, serve_by(Right::kManage, put_webhook)},
        {"PATCH", "webhooks/{id}/", kBoth, serve_by(Right::kManage, patch_webhook)},
        {"DELETE", "webhooks/{id}/", kBoth, serve_by(Right::kManage, {delete_webhook, confirm_deletion})},
        {"GET", "webhooks/{id}/secret/", kBoth, serve_by(Right::kManage, {get_secret, do_again})},
        {"POST", "webhooks/{id}/secret/rotate/", kBoth, serve_by(Right::kManage, rotate_secret)},
        {"GET", "webhooks/{id}/headers/", kBoth, serve_by(Right::kManage, {get_headers, do_again})},
        {"PUT", "webhooks/{id}/headers/", kBoth, serve_by(Right::kManage, put_headers)},
        {"POST", "webhooks/{id}/disable/", kBoth, serve_by(Right::kManage, disable_webhook)},
        {"POST", "webhooks/{id}/enable/", kBoth, serve_by(Right::kManage, {enable_webhook, do_again})},
        {"POST", "webhooks/{id}/test/", kBoth, serve_by(Right::kManage, test_webhook)},
        {"POST", "webhooks/{id}/recover/", kBoth, serve_by(Right::kManage, recover_webhook)},
        {"GET", "webhooks/{id}/deliveries/", kBoth,
         serve_by(Right::kRead, list_webhook_deliveries, Work::kList)},
        {"GET", "events/", kBoth, serve_by(Right::kRead, list_events, Work::kList)},
        {"POST", "events/", Under::kTarget, publish_event},
        {"GET", "events/{id}/", kBoth, serve_by(Right::kRead, get_event)},
        {"GET", "events/{id}/webhooks/", kBoth, serve_by(Right::kRead, list_event_deliveries, Work::kList)},
        {"GET", "events/{id}/webhooks/{webhook_id}/attempts/", kBoth,
         serve_by(Right::kRead, list_attempts, Work::kList)},
        {"POST", "events/{id}/webhooks/{webhook_id}/retry/", kBoth, serve_by(Right::kManage, retry_delivery)},
    };
}

std::optional<std::vector<model::Id>> parse_ids(http::PathParameters texts) {
    std::vector<model::Id> ids;
    ids.reserve(texts.size());
    for (const std::string_view text : texts) {
        const auto id = model::parse_id(text);
        if (!id) return std::nullopt;
        ids.push_back(*id);
    }
    return ids;
}

http::Route of_target(const Line& line, const Services& services) {
    const auto handler = [serve = line.serve, services](http::Reply reply, http::PathParameters path) {
        const db::Scope scope{model::parse_id(path[0]).value_or(db::kNoId)};
        RoutedRequest routed{std::move(reply), scope, parse_ids(path.subspan(1))};
        answer_faults(routed.reply, [&] { serve(services, routed); });
    };
    return {line.method, "/targets/{target_id}/" + std::string(line.path), handler};
}

http::Route of_account(const Line& line, const Services& services) {
    const auto handler = [serve = line.serve, services](http::Reply reply, http::PathParameters path) {
        RoutedRequest routed{std::move(reply), db::Scope{}, parse_ids(path)};
        answer_faults(routed.reply, [&] { serve(services, routed); });
    };
    return {line.method, "/" + std::string(line.path), handler};
}

}  // namespace

http::Router make_router(const Services& services) {
    std::vector<http::Route> routes;
    for (const Line& line : all_lines()) {
        if (line.under != Under::kAccount) routes.push_back(of_target(line, services));
        if (line.under != Under::kTarget) routes.push_back(of_account(line, services));
    }
    return http::Router(std::move(routes));
}

}  // namespace handlers
