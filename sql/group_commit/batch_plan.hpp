// Decides what becomes of each write of a batch, from what was looked up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <tuple>

#include "common/model/records.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/events/event_store.hpp"
#include "sql/group_commit/look_up.hpp"
#include "sql/group_commit/write.hpp"

namespace db {

class BatchPlan {
  public:
    // Webhooks that the events of a batch may have together, and so one event of it. Their deliveries are
    // stored in a moment; more would delay the other writes.
    static constexpr std::uint64_t kMostDeliveries = kLargeFanOut;

    // Take writes that don't belong into a batch.
    using Exit = std::function<void(std::unique_ptr<Write>)>;
    struct Exits {
        Exit alone;  // a publication that must be stored alone
        Exit busy;   // a write whose idempotency key is in use elsewhere
    };

    // later: takes writes for another batch.
    BatchPlan(const LookUp& look_up, const security::SecretCipher& secrets, const Exits& exits, Batch& later)
        : look_up_(look_up), secrets_(secrets), exits_(exits), later_(later) {}

    // Settles the n-th write of the batch, moves it elsewhere, or plans what is to be stored.
    void plan(std::unique_ptr<Write>& write, std::size_t n);

  private:
    // Settles the write or moves it elsewhere if its idempotency key is no first use.
    void claim_key(std::unique_ptr<Write>& write, std::size_t n, model::Id account);
    // Moves the publication elsewhere if its event has too many webhooks for this batch.
    void make_room(std::unique_ptr<Write>& write, const model::Owner& owner);

    // Of a batch, not two objects get the same id: within a millisecond that would happen now and then.
    [[nodiscard]] model::Id new_id();

    const LookUp& look_up_;
    const security::SecretCipher& secrets_;
    const Exits& exits_;
    Batch& later_;
    std::set<std::tuple<model::Id, base::Digest>> keys_;  // of the batch
    std::set<model::Id> ids_;                             // of what it stores
    std::uint64_t deliveries_ = 0;                        // of its events
};

}  // namespace db
