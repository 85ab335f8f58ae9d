// Stores registrations by group commit. A request thread hands over a registration and waits. A writer thread
// takes all that wait (at most a batch), checks their keys and targets in one statement, inserts webhooks and
// greetings with one statement each, and commits once. No registration waits for a batch to fill up.
//
// A request is told that its webhook is stored only after the commit. A failed batch is tried again in
// halves, down to single registrations, so that one can't make others fail. The id and secret of a webhook
// are generated once. After a commit without answer, the ids are looked up over a new connection.
// Registrations that are not found are stored again under the same ids, and a duplicate key means that they
// were stored. So no webhook is ever stored twice, even if a server lags behind.
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
    std::optional<model::WebhookFields> webhook;  // nullopt: only access is checked
};

struct Allowed {};  // key and target are valid, and there was nothing to store
// The database is away or too slow. If the outcome is uncertain, a COMMIT was sent and may have succeeded.
struct Unavailable {
    std::string reason;
    bool outcome_uncertain = false;
};

using RegistrationOutcome = std::variant<model::Event, Allowed, Unauthorised, Forbidden, NoSuchTarget,
                                         TooManyWebhooks, Throttled, Unavailable>;

struct RegistrarSettings {
    ConnectionSettings connection;
    // One writer makes the largest batches. A second builds a batch while the first commits, but costs the
    // database more.
    std::size_t writers = 1;
    std::size_t max_batch = 64;
    std::chrono::milliseconds patience = kDefaultPatience;  // how long a request waits for its outcome
    AccountLimits limits{};
    std::function<void()> stored{};  // called by a writer after it has stored webhooks; may be empty
};

class Registrar {
  public:
    // report: is called when a writer loses or regains its connection, and when a batch fails.
    // Connects every writer and prepares its statements before it returns. Throws Error.
    Registrar(const RegistrarSettings& settings, const security::SecretCipher& secrets, base::Report report);
    ~Registrar();  // finishes the waiting registrations
    Registrar(const Registrar&) = delete;
    Registrar& operator=(const Registrar&) = delete;

    // Blocks, at most for the patience. Any thread. by: is set to the owner of the key, if it was found.
    RegistrationOutcome submit(Registration registration, std::optional<model::Identity>* by = nullptr);

  private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace db
