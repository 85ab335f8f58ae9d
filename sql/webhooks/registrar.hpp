// Stores registrations, many at a time. A request thread hands one over and waits; a writer thread takes all
// that wait (at most a batch), checks their keys and targets in one statement, inserts webhooks and greetings
// with one statement each, and commits once. Nobody is held back to fill a batch.
//
// An answer that says stored is given after the commit. A batch that fails is tried again in halves down to
// single registrations, so that one can't fail its neighbours. A registration generates its webhook's id and
// secret once. After a commit whose answer was lost a new connection is asked for the ids; what it does not
// know is stored again under the same ones, and a duplicate key means that it was stored; so no webhook is
// ever stored twice, by servers that lag behind either.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/base/log.hpp"
#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/webhooks/access.hpp"
#include "sql/webhooks/account_limits.hpp"

namespace db {

struct Registration {
    model::KeyDigest key{};
    Scope scope;
    std::optional<model::WebhookFields> webhook;  // nothing: only access is checked
};

struct Allowed {};  // key and target are good, and there was nothing to store
// The database is away or too slow. If the outcome is uncertain, a commit was on its way and may have
// happened.
struct Unavailable {
    std::string reason;
    bool outcome_uncertain = false;
};

using RegistrationOutcome = std::variant<model::Event, Allowed, Unauthorised, Forbidden, NoSuchTarget,
                                         TooManyWebhooks, Throttled, Unavailable>;

struct RegistrarSettings {
    ConnectionSettings connection;
    // One makes the largest batches; a second builds one while the first syncs, and costs the database more.
    std::size_t writers = 1;
    std::size_t max_batch = 64;
    std::chrono::milliseconds patience = kDefaultPatience;  // how long a request waits for its outcome
    AccountLimits limits{};
    std::function<void()> stored{};  // called by a writer when it has stored something; may be empty
};

class Registrar {
  public:
    // report: is told of a writer that lost or regained its connection, and of a batch that failed.
    // Connects every writer and prepares its statements before it returns. Throws Error.
    Registrar(const RegistrarSettings& settings, const security::SecretCipher& secrets, base::Report report);
    ~Registrar();  // finishes what waits
    Registrar(const Registrar&) = delete;
    Registrar& operator=(const Registrar&) = delete;

    // Blocks, at most for the patience. Any thread. by: is told whose key it came with, if that was learned.
    RegistrationOutcome submit(Registration registration, std::optional<model::Identity>* by = nullptr);

  private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace db
