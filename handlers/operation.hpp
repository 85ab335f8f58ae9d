// What all operations except registration share; that one has a store of its own. An operation runs when its
// request has passed these checks, in this order:
//
//   credentials (401)  ->  access (401, 403, 404)  ->  the ids in the path (404)
//
// A body is decoded before the request takes a connection. Its error is kept, and answered only to those who
// have passed the checks.
//
// Before the operation runs the request takes one of its account's shares of the connections. If all of them
// are taken, it gives its connection back while it waits.
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

// What operations work with. All of it outlives the router.
struct Services {
    db::Registrar& registrar;
    db::ConnectionPool& connections;
    const security::SecretCipher& secrets;
    const security::Destinations& destinations;
    const base::WakeupSender& wakeup;  // to be sent by operations that have committed a delivery
    db::AccountLimits limits{};
};

// What a request generates at random, once: every try of it stores the same, so a server that does not know yet
// of an earlier try's commit can't make it store anything twice.
struct Generated {
    model::Id id = model::generate_id();  // for what the request creates
    std::string secret = security::generate_secret();
};

struct Call {
    const http::Request& request;
    const model::Caller& caller;
    std::span<const model::Id> ids;  // those of the path, but for the target's
    db::Connection& database;
    const Services& services;
    const Generated& generated;
};

// What is done for one request.
struct Operation {
    // Does it and answers. Is called again if the database undid what it did. What it throws is a 500.
    std::function<http::Response(const Call&)> run;
    // Is called, with another connection, if the outcome of run's commit is unknown. Returns the answer if the
    // commit happened, and nothing if run is to be called again. Operations that commit nothing have none.
    std::function<std::optional<http::Response>(const Call&)> confirm{};
};

// For operations that have the same effect when they are done twice.
[[nodiscard]] inline std::optional<http::Response> do_again(const Call& /*other*/) {
    return std::nullopt;
}

// Makes an operation of a request that has a body, which it decodes.
using Prepare = Operation (*)(const http::Request& request, const Services& services);

// A request as the route table hands it on.
struct RoutedRequest {
    const http::Request& request;
    db::Scope scope;
    std::span<const std::string> ids;  // those of the path, as they were sent, but for the target's
};

// How a line of the route table is served. by: is told whose key the request came with, if that was learned,
// also where an exception is thrown.
using Serve = std::function<http::Response(const Services& services, const RoutedRequest& routed,
                                           std::optional<model::Identity>& by)>;

// Has the operation done for keys that have the right.
[[nodiscard]] Serve serve_by(model::Right right, Operation operation,
                             db::AccountShares::Work kind = db::AccountShares::Work::kOther);
[[nodiscard]] Serve serve_by(model::Right right, Prepare prepare);

// Whom the audit names.
[[nodiscard]] db::Actor actor_of(const Call& call);

// The answer to those who may not.
[[nodiscard]] http::Response refuse(const db::AccessOutcome& outcome);

}  // namespace handlers
