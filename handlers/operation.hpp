// What all operations share but the registration of webhooks, which has a store of its own: credentials, a
// connection, access. An operation is a function that is called when all of them are there:
//
//   credentials (401)  ->  access (401, 403, 404)  ->  the ids in the path (404)  ->  the operation
//
// Before the operation a request takes one of its account's shares of the connections, and where all of them
// are taken it waits for one without a connection.
//
// It may be called again for the same request, if the database undid what it did. What it throws is a 500.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "common/base/nudge.hpp"
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
    const security::SecretBox& secrets;
    const security::Destinations& destinations;
    const base::Nudge& nudge;  // to be sent by operations that have committed a delivery
    db::AccountLimits limits{};
};

// Tells, on another connection, what the answer is to a request whose commit may or may not have happened;
// nothing if it did not, and the operation is called again.
using FindOutcome = std::function<std::optional<http::Response>(db::Connection&)>;

// For operations that come to the same when they are done twice: they are called again.
[[nodiscard]] inline std::optional<http::Response> do_again(db::Connection& /*other*/) {
    return std::nullopt;
}

// What a request draws at random, once: every try of it stores the same, so a server that does not know yet
// of an earlier try's commit can't make it store anything twice.
struct Drawn {
    model::Id id = model::draw_id();  // for what the request creates
    std::string secret = security::draw_secret();
};

struct Call {
    const http::Request& request;
    const model::Caller& caller;
    std::span<const model::Id> ids;  // those of the path, but for the target's
    db::Connection& database;
    const Services& services;
    const Drawn& drawn;
    FindOutcome& if_uncertain;  // to be set before the commit by operations that can tell
};

using Operation = http::Response (*)(const Call&);

// How a line of the route table is served: a request about a place, with the ids of its path as they were
// sent.
using Serve = std::function<http::Response(const Services& services, const http::Request& request,
                                           const db::Place& place, std::span<const std::string> ids)>;

// Has the operation done for keys that have the right.
[[nodiscard]] Serve serve_by(model::Right right, Operation operation,
                             db::AccountShares::Work kind = db::AccountShares::Work::kOther);

// Whom the audit names.
[[nodiscard]] db::Actor actor_of(const Call& call);

// Adds whose key a request came with to what the log says of it.
void log_identity(http::Response& response, const std::optional<model::Identity>& by);

// The answer to those who may not.
[[nodiscard]] http::Response refuse(const db::AccessOutcome& outcome);

}  // namespace handlers
