// Removal of what is old enough: attempts; deliveries that have succeeded or failed; events none of whose
// deliveries is left, with the totals that count them; rows of the audit, which have an age of their own. At
// most kBatch rows to a transaction, which takes some hundredths of a second, in the order of their primary
// keys. Webhooks of deleted targets lose URL, name and secrets, and count as deleted, once none of their
// deliveries is left. Webhooks that are deleted themselves have lost them then.
//
// Kept, whatever their age: events that future webhooks are greeted with (user_created, target_created), and
// deliveries that are under way, with their events. Events are as old as their ids say, and attempts as their
// ids or their times, whichever is later. A delivery is as old as its event, or its webhook, or its last
// outcome, whichever is the latest. Today is what the database's clock says.
//
// Removed as soon as they are of no use, whatever the age that is set: answers kept for Idempotency-Key after
// 24 hours, retired secrets once they have expired.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace db {

struct Removed {
    std::uint64_t attempts = 0;
    std::uint64_t deliveries = 0;
    std::uint64_t events = 0;
    std::uint64_t answers = 0;  // to Idempotency-Keys
    std::uint64_t secrets = 0;
    std::uint64_t audit = 0;
    std::uint64_t webhooks = 0;

    [[nodiscard]] bool any() const {
        return attempts + deliveries + events + answers + secrets + audit + webhooks != 0;
    }
};

// One pass over all tables, a batch at a time.
class Retention {
  public:
    static constexpr std::size_t kBatch = 2000;

    // From which age on rows are removed; 0 keeps them for ever. Throws Error.
    Retention(Connection& connection, std::chrono::seconds age, std::chrono::seconds audit_age = {});

    // Deals with one batch. False once the pass is over. Throws Error; the next call goes on.
    [[nodiscard]] bool step();
    [[nodiscard]] const Removed& removed() const { return removed_; }

  private:
    // Each deals with a batch, and returns whether it was a full one.
    [[nodiscard]] bool remove_answers();
    [[nodiscard]] bool remove_secrets();
    [[nodiscard]] bool remove_audit();
    [[nodiscard]] bool remove_attempts();
    [[nodiscard]] bool remove_deliveries();
    [[nodiscard]] bool remove_events();
    [[nodiscard]] bool scrub_webhooks();
    void remove_events(const std::vector<model::Id>& ids);

    Connection& connection_;
    const std::chrono::seconds age_;
    const std::chrono::seconds audit_age_;
    const std::chrono::system_clock::time_point now_;  // the database's
    const model::Id cut_;                              // ids before it are old
    std::size_t part_ = 0;
    model::Id attempt_ = 0;  // the last that was looked at
    DeliveryKey delivery_{};
    model::Id event_ = 0;
    Removed removed_;
};

}  // namespace db
