// Removes what is old enough: attempts; deliveries that have succeeded or failed; events without deliveries,
// and their part of the counters; rows of the audit, which have an age of their own. A transaction removes at
// most kBatch rows, in the order of their primary keys, and takes some hundredths of a second. Webhooks of
// deleted targets lose URL, name and secrets, and count as deleted, once none of their deliveries is left. A
// webhook that is deleted itself has lost them at once.
//
// Some rows are kept, whatever their age: events that future webhooks are greeted with (user_created,
// target_created), and deliveries that are under way, with their events. The age of an event is that of its
// id. The age of an attempt is that of its id or of its time, whichever is later. The age of a delivery is
// that of its event, of its webhook, or of the last change of its status, whichever is the latest. The
// database's clock says what time it is.
//
// Some rows are removed as soon as they are of no use, whatever age is set: answers to Idempotency-Keys after
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
