// Stores registrations and publications by group commit. A writer thread takes all that wait (at most a
// batch), checks their keys and targets in one statement, inserts with one statement a table, and commits
// once. No request waits for a batch to fill up.
//
// A request is told that its write is stored only after the commit. A failed batch is tried again in halves,
// down to single requests, so that one can't make others fail. Ids and secrets are generated once. After a
// commit without answer, the ids are looked up over a new connection. Writes that are not found are stored
// again under the same ids, and a duplicate key means that they were stored.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/base/log.hpp"
#include "common/base/sha256.hpp"
#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/availability.hpp"
#include "sql/connection/worker_pool.hpp"
#include "sql/webhooks/access.hpp"
#include "sql/webhooks/account_limits.hpp"
#include "sql/webhooks/idempotency.hpp"

namespace db {

// Of a request with an Idempotency-Key, as in IdempotencyKey.
struct IdempotentUse {
    base::Digest key{};
    base::Digest request{};
};

struct Registration {
    model::KeyDigest key{};
    Scope scope;
    std::optional<model::WebhookFields> webhook;  // nullopt: only access is checked
    std::optional<IdempotentUse> once{};
};

struct PublishedEvent {
    std::string event_type;
    std::string content;
    std::optional<model::Time> occurred_at;
};

struct Publication {
    model::KeyDigest key{};
    Scope scope;
    std::optional<PublishedEvent> event;  // nullopt: only access is checked
    std::optional<IdempotentUse> once{};
};

struct Allowed {};  // key and target are valid, and there was nothing to store
// The database is away or too slow. If the outcome is uncertain, a COMMIT was sent and may have succeeded.
struct Unavailable {
    std::string reason;
    bool outcome_uncertain = false;
};
// model::Event: stored. For a registration its one delivery is that of the new webhook; for a publication it
// has its first deliveries and the number of all.
using WriteOutcome = std::variant<model::Event, AnsweredBefore, OtherRequest, Allowed, Unauthorised,
                                  Forbidden, NoSuchTarget, TooManyWebhooks, Throttled, Unavailable>;

// The request that waits for the outcome. Called by writer threads. Its destructor answers the request if
// settle() was not called.
class WriteRequest {
  public:
    virtual ~WriteRequest() = default;
    [[nodiscard]] virtual bool has_given_up() const = 0;
    // Called before the COMMIT is sent. False: the request has given up, and nothing of it may be stored.
    [[nodiscard]] virtual bool start_commit() = 0;
    virtual void cancel_commit() = 0;  // it is known not to have happened
    virtual void identify(const model::Identity& by) = 0;
    virtual void settle(WriteOutcome outcome) = 0;  // once
};

class GroupCommit {
  public:
    struct Settings {
        ConnectionSettings connection;
        // A second writer builds a batch while the first commits. It costs the database more, so it works only
        // if many writes wait (write_queue.hpp).
        std::size_t writers = 2;
        std::size_t max_batch = 128;
        std::size_t longest_queue = 1024;
        std::chrono::milliseconds patience = kDefaultPatience;
        AccountLimits limits{};
        std::function<void()> stored{};  // called by a writer after it has stored deliveries; may be empty
    };

    // workers: take publications with a large fan-out, each alone, and wait for idempotency keys.
    // Connects every writer and prepares its statements before it returns. Throws Error.
    GroupCommit(const Settings& settings, const security::SecretCipher& secrets, Availability& availability,
                WorkerPool& workers, base::Report report);
    ~GroupCommit();  // finishes what waits
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    // Returns at once. Any thread. If the queue is full, the request is settled as Unavailable.
    void submit(Registration registration, std::unique_ptr<WriteRequest> request);
    void submit(Publication publication, std::unique_ptr<WriteRequest> request);

  private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace db
