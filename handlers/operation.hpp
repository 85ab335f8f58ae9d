// The interface of all operations except registration, which has a store of its own. An operation runs after
// its request has passed these checks, in this order:
//
//   credentials (401)  ->  access (401, 403, 404)  ->  the ids in the path (404)
//
// A body is decoded before the request takes a connection. Its error is kept, and only clients that pass the
// checks see it.
//
// Before the operation runs, the request takes one of its account's shares of the connections. If all shares
// are taken, the request returns its connection while it waits.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "common/base/wakeup_sender.hpp"
#include "common/model/id.hpp"
#include "common/model/permissions.hpp"
#include "common/model/records.hpp"
#include "common/security/destination.hpp"
#include "common/security/secret_cipher.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "sql/connection/connection_pool.hpp"
#include "sql/operator/audit.hpp"
#include "sql/webhooks/access.hpp"
#include "sql/webhooks/account_limits.hpp"
#include "sql/webhooks/registrar.hpp"

namespace handlers {

// The objects that operations use. All of them outlive the router.
struct Services {
    db::Registrar& registrar;
    db::ConnectionPool& connections;
    const security::SecretCipher& secrets;
    const security::Destinations& destinations;
    const base::WakeupSender& wakeup;  // operations send it after they have committed a delivery
    db::AccountLimits limits{};
};

// The random values of a request, generated once. Every try stores the same values, so nothing is stored
// twice even if a server does not know an earlier try's commit yet.
struct Generated {
    model::Id id = model::generate_id();  // for the object that the request creates
    std::string secret = security::generate_secret();
};

struct Call {
    const http::Request& request;
    const model::Caller& caller;
    std::span<const model::Id> ids;  // the ids in the path, without the target's
    db::Connection& database;
    const Services& services;
    const Generated& generated;
};

// The work for one request.
struct Operation {
    // Does the work and returns the response. Called again if the database rolled back. An exception becomes
    // a 500.
    std::function<http::Response(const Call&)> run;
    // Called with another connection if the outcome of run's commit is unknown. Returns the response if the
    // commit happened, and nullopt if run must be called again. Empty for operations that commit nothing.
    std::function<std::optional<http::Response>(const Call&)> confirm{};
};

// The confirm function of idempotent operations: it lets run be called again.
[[nodiscard]] inline std::optional<http::Response> do_again(const Call& /*other*/) {
    return std::nullopt;
}

// Decodes the body of a request and makes its operation.
using Prepare = Operation (*)(const http::Request& request, const Services& services);

// A request as the route table passes it on.
struct RoutedRequest {
    const http::Request& request;
    db::Scope scope;
    std::span<const std::string> ids;  // the ids in the path as they were sent, without the target's
};

// Serves a line of the route table. It sets `by` to the identity of the request's key as soon as that is
// known, so `by` is set even if an exception follows.
using Serve = std::function<http::Response(const Services& services, const RoutedRequest& routed,
                                           std::optional<model::Identity>& by)>;

// Makes a Serve that runs the operation for keys with this right.
[[nodiscard]] Serve serve_by(model::Right right, Operation operation,
                             db::AccountShares::Work kind = db::AccountShares::Work::kOther);
[[nodiscard]] Serve serve_by(model::Right right, Prepare prepare);

// The actor for the audit.
[[nodiscard]] db::Actor actor_of(const Call& call);

// The response if access is refused.
[[nodiscard]] http::Response refuse(const db::AccessOutcome& outcome);

}  // namespace handlers
