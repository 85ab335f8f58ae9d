#include "handlers/operation.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include "common/model/permissions.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/credentials.hpp"
#include "handlers/fault.hpp"

namespace handlers {
namespace {

using Work = db::AccountShares::Work;

// What a key needs for an operation, and how the work counts.
struct Terms {
    std::optional<model::Right> right;
    Work kind;
};

// One request for an operation, with all of its tries.
class OperationJob final : public db::Job {
  public:
    OperationJob(const Services& services, const Terms& terms, const model::KeyDigest& key,
                 RoutedRequest routed, Operation operation)
        : services_(services),
          terms_(terms),
          access_request_{key, routed.scope},
          ids_(std::move(routed.ids)),
          operation_(std::move(operation)),
          reply_(std::move(routed.reply)) {}

    [[nodiscard]] bool is_expired() const override { return reply_.is_expired(); }

    void run(db::Worker& worker) noexcept override {
        answer_faults(reply_, [&] {
            std::function<std::optional<http::Response>(db::Connection&)> confirm;
            if (operation_.confirm) {
                confirm = [this](db::Connection& other) { return operation_.confirm(call_on(other)); };
            }
            bool is_parked = false;
            const auto work = [&](db::Connection& database) {
                if (const auto refusal = check(database)) return *refusal;
                is_parked = !worker.take_share(caller().owner.account_id, terms_.kind);
                return is_parked ? http::Response() : do_work(database);
            };
            http::Response response = worker.session().run(work, confirm, reply_.deadline());
            if (!is_parked) reply_.answer(std::move(response));
        });
    }

    void refuse(std::string_view reason) noexcept override {
        answer_faults(reply_, [&] { reply_.answer(not_done(reason)); });
    }

  private:
    [[nodiscard]] std::optional<http::Response> check(db::Connection& database) {
        if (!access_) {
            const bool reads = operation_.read && ids_;
            access_ =
                db::check_access(database, access_request_, terms_.right,
                                 reads ? operation_.read(access_request_.scope, *ids_) : db::JoinedRead{});
            if (const auto by = db::identity_of(access_->outcome)) note_identity(reply_, *by);
        }
        if (!std::holds_alternative<model::Caller>(access_->outcome)) {
            return handlers::refuse(access_->outcome);
        }
        if (!ids_) return http::not_found();
        return std::nullopt;
    }

    [[nodiscard]] http::Response do_work(db::Connection& database) {
        if (!operation_.confirm) return operation_.run(call_on(database));
        if (!reply_.start_commit()) return {};  // the request has expired, so nobody sees this response
        try {
            return operation_.run(call_on(database));
        } catch (const db::CommitUncertain&) {
            is_uncertain_ = true;
            throw;
        } catch (...) {
            if (!is_uncertain_) reply_.cancel_commit();
            throw;
        }
    }

    // REQUIRES (both): check() has found nothing.
    [[nodiscard]] const model::Caller& caller() const { return std::get<model::Caller>(access_->outcome); }
    [[nodiscard]] Call call_on(db::Connection& database) const {
        return {reply_.request(), caller(), *ids_, access_->rows, database, services_, reply_.deadline()};
    }

    const Services services_;
    const Terms terms_;
    const db::AccessRequest access_request_;
    const std::optional<std::vector<model::Id>> ids_;
    const Operation operation_;
    http::Reply reply_;
    std::optional<db::JoinedAccess> access_;  // checked once for all tries
    bool is_uncertain_ = false;               // the outcome of a try's commit
};

// make(request, services) returns the operation.
template <class Make>
Serve serve(const Terms& terms, Make make) {
    return [terms, make = std::move(make)](const Services& services, RoutedRequest& routed) {
        const auto key = read_credentials(routed.reply.request());
        if (!key) return routed.reply.answer(http::unauthorised());
        Operation operation = make(routed.reply.request(), services);
        services.workers.submit(
            std::make_unique<OperationJob>(services, terms, *key, std::move(routed), std::move(operation)));
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

void note_identity(http::Reply& reply, const model::Identity& by) {
    reply.note("key", model::to_base58(by.key_id));
    reply.note("account", model::to_base58(by.account_id));
}

Serve serve_by(std::optional<model::Right> right, Operation operation, Work kind) {
    return serve({right, kind}, [operation = std::move(operation)](const http::Request&, const Services&) {
        return operation;
    });
}

Serve serve_by(std::optional<model::Right> right, Prepare prepare, Work kind) {
    return serve({right, kind}, prepare);
}

}  // namespace handlers
