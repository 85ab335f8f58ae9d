// The interface of all operations except registration and publication, which the group commit stores. An
// operation runs after its request has passed these checks, in this order:
//
//   credentials (401)  ->  access (401, 403, 404)  ->  the ids in the path (404)
//
// The I/O thread reads the credentials and decodes the body. The rest is a job for the worker pool. An error of
// the body is kept, and only clients that pass the checks see it.
//
// Before the operation runs, the job takes one of its account's shares of the workers. If all of them are in use,
// the job is parked and occupies no worker.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/base/wakeup_sender.hpp"
#include "common/model/id.hpp"
#include "common/model/permissions.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"
#include "common/security/secret_cipher.hpp"
#include "fcgi/http/reply.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "sql/connection/account_shares.hpp"
#include "sql/connection/worker_pool.hpp"
#include "sql/group_commit/group_commit.hpp"
#include "sql/operator/audit.hpp"
#include "sql/webhooks/access.hpp"

namespace handlers {

// The objects that operations use. All of them outlive the router and the requests in hand.
struct Services {
    db::GroupCommit& writes;
    db::WorkerPool& workers;
    const security::SecretCipher& secrets;
    const security::Destinations& destinations;
    const base::WakeupSender& wakeup;  // operations send it after they have committed a delivery
};

struct Call {
    const http::Request& request;
    const model::Caller& caller;
    std::span<const model::Id> ids;  // the ids in the path, without the target's
    const db::Rows& read;            // one row; Operation::read begins at kFirstColumn
    db::Connection& database;
    const Services& services;
    http::Reply::Clock::time_point deadline;

    static constexpr std::size_t kFirstColumn = db::JoinedAccess::kFirstColumn;
};

// The work for one request.
struct Operation {
    // Does the work and returns the response. Called again if the database rolled back. An exception becomes
    // a 500.
    std::function<http::Response(const Call&)> run;
    // Called with another connection if the outcome of run's commit is unknown. Returns the response if the
    // commit happened, and nullopt if run must be called again. Empty for operations that commit nothing.
    std::function<std::optional<http::Response>(const Call&)> confirm{};
    // What is read in the same statement as the access. Empty: nothing.
    std::function<db::JoinedRead(const db::Scope& scope, std::span<const model::Id> ids)> read{};
};

// The confirm function of idempotent operations: it lets run be called again.
[[nodiscard]] inline std::optional<http::Response> do_again(const Call& /*other*/) {
    return std::nullopt;
}

// Answers with an error that only clients that pass the checks see.
[[nodiscard]] inline Operation refuse_by(http::Response error) {
    return {[error = std::move(error)](const Call&) { return error; }};
}

// Decodes the body or the query of a request and makes its operation.
using Prepare = Operation (*)(const http::Request& request, const Services& services);

// A request as the route table passes it on.
struct RoutedRequest {
    http::Reply reply;
    db::Scope scope;
    std::optional<std::vector<model::Id>>
        ids;  // in the path, without the target's; nullopt: one of them is no id
};

// Serves a line of the route table: answers, or hands the Reply on. Never waits.
using Serve = std::function<void(const Services& services, RoutedRequest& routed)>;

// Makes a Serve that runs the operation for keys with this right, or for all valid keys.
inline constexpr std::optional<model::Right> kAnyKey;
[[nodiscard]] Serve serve_by(std::optional<model::Right> right, Operation operation,
                             db::AccountShares::Work kind = db::AccountShares::Work::kOther);
[[nodiscard]] Serve serve_by(std::optional<model::Right> right, Prepare prepare,
                             db::AccountShares::Work kind = db::AccountShares::Work::kOther);

// The actor for the audit.
[[nodiscard]] db::Actor actor_of(const Call& call);

// The response if access is refused.
[[nodiscard]] http::Response refuse(const db::AccessOutcome& outcome);

// Adds the key and its account to the request's log line.
void note_identity(http::Reply& reply, const model::Identity& by);

}  // namespace handlers
