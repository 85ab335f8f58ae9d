#include "handlers/operation.hpp"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "common/model/permissions.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/credentials.hpp"

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

// One request for an operation, with all of its tries.
class OperationRun {
  public:
    OperationRun(const Services& services, const RoutedRequest& routed, const db::AccessRequest& request,
                 model::Right right, db::AccountShares::Work kind, std::optional<model::Identity>& by)
        : services_(services),
          routed_(routed),
          access_request_(request),
          right_(right),
          kind_(kind),
          by_(by),
          ids_(parse_ids(routed.ids)) {}

    http::Response answer(const Operation& operation) {
        http::Response response = run(operation);
        if (share_ || !must_wait_) return response;
        // The wait occupies no connection, so other requests can use it.
        share_ = services_.connections.shares().take(*must_wait_, kind_, deadline_);
        if (!share_) throw db::Error(0, "the account has too many requests in hand");
        return run(operation);
    }

  private:
    using Confirm = std::function<std::optional<http::Response>(db::Connection&)>;

    http::Response run(const Operation& operation) {
        const auto work = [&](db::Connection& database) { return attempt(operation, database); };
        Confirm confirm;
        if (operation.confirm) {
            confirm = [&](db::Connection& other) { return operation.confirm(call_on(other)); };
        }
        try {
            return services_.connections.run(work, confirm, deadline_);
        } catch (const db::Error& error) {
            if (!error.duplicate_key()) throw;
        }
        generated_.id = model::generate_id();  // the previous id was in use
        return services_.connections.run(work, confirm, deadline_);
    }

    http::Response attempt(const Operation& operation, db::Connection& database) {
        if (!access_) access_ = db::check_access(database, access_request_, right_);
        by_ = db::identity_of(*access_);
        const auto* const caller = std::get_if<model::Caller>(&*access_);
        if (caller == nullptr) return refuse(*access_);
        if (!ids_) return http::not_found();
        const model::Id account = caller->owner.account_id;
        if (!share_) share_ = services_.connections.shares().try_take(account, kind_);
        if (!share_) {
            must_wait_ = account;
            return {};
        }
        return operation.run(call_on(database));
    }

    // REQUIRES: access_ holds a Caller.
    [[nodiscard]] Call call_on(db::Connection& database) const {
        return {routed_.request, std::get<model::Caller>(*access_), *ids_, database, services_, generated_};
    }

    const Services& services_;
    const RoutedRequest& routed_;
    const db::AccessRequest access_request_;
    const model::Right right_;
    const db::AccountShares::Work kind_;
    std::optional<model::Identity>& by_;
    const std::optional<std::vector<model::Id>> ids_;
    const db::ConnectionPool::Clock::time_point deadline_ = services_.connections.deadline();
    Generated generated_;
    std::optional<db::AccessOutcome> access_;  // checked once for all tries
    std::optional<db::AccountShares::Share> share_;
    std::optional<model::Id> must_wait_;  // the account, if all of its shares are taken
};

// make(request) returns the operation.
template <class Make>
Serve serve(model::Right right, db::AccountShares::Work kind, Make make) {
    return [right, kind, make](const Services& services, const RoutedRequest& routed,
                               std::optional<model::Identity>& by) {
        const auto key = read_credentials(routed.request);
        if (!key) return http::unauthorised();
        const Operation& operation = make(routed.request, services);
        return OperationRun(services, routed, {*key, routed.scope}, right, kind, by).answer(operation);
    };
}

}  // namespace

db::Actor actor_of(const Call& call) {
    return {.user_id = call.caller.user_id, .key_id = call.caller.key_id, .request_id = call.request.id};
}

http::Response refuse(const db::AccessOutcome& outcome) {
    if (std::holds_alternative<db::Unauthorised>(outcome)) return http::unauthorised();
    if (std::holds_alternative<db::Forbidden>(outcome)) return http::forbidden();
    return http::not_found();
}

Serve serve_by(model::Right right, Operation operation, db::AccountShares::Work kind) {
    return serve(right, kind,
                 [operation = std::move(operation)](
                     const http::Request&, const Services&) -> const Operation& { return operation; });
}

Serve serve_by(model::Right right, Prepare prepare) {
    return serve(right, db::AccountShares::Work::kOther, prepare);
}

}  // namespace handlers
