// Removes old rows: attempts; deliveries that have succeeded or failed; events without deliveries, and their
// part of the counters; rows of the audit, whose age is set separately. A transaction removes at most kBatch
// rows, in the order of their primary keys, and takes some hundredths of a second. When nothing is left to
// deliver, a webhook of a deleted target loses URL, name and secrets, and counts as deleted. A webhook that
// is itself deleted loses them at once.
//
// Some rows are kept, whatever their age: events that future webhooks are greeted with (user_created,
// target_created), and unfinished deliveries with their events. The age of an event is that of its id. The
// age of an attempt counts from its id or its time, whichever is later. The age of a delivery counts from its
// event, its webhook, or the last change of its status, whichever is the latest. All ages are measured by the
// database's clock.
//
// Some rows are removed once they are useless, whatever age is set: answers to Idempotency-Keys after 24
// hours, retired secrets once they have expired, mails about webhooks after two days, and what
// ordered_webhooks has of webhooks that were deleted or are not ordered any more.
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
    std::uint64_t mails = 0;  // about failing webhooks, sent or not
    std::uint64_t audit = 0;
    std::uint64_t webhooks = 0;

    [[nodiscard]] bool any() const {
        return attempts + deliveries + events + answers + secrets + mails + audit + webhooks != 0;
    }
};

// One pass over all tables, a batch at a time.
class Retention {
  public:
    static constexpr std::size_t kBatch = 2000;

    // Rows are removed from these ages on; 0 keeps them for ever. Throws Error.
    Retention(Connection& connection, std::chrono::seconds age, std::chrono::seconds audit_age = {});

    // Handles one batch. Returns false once the pass is complete. Throws Error; the next call continues.
    [[nodiscard]] bool step();
    [[nodiscard]] const Removed& removed() const { return removed_; }

  private:
    // Each handles one batch and returns whether it was full.
    [[nodiscard]] bool remove_answers();
    [[nodiscard]] bool remove_secrets();
    [[nodiscard]] bool remove_order();
    [[nodiscard]] bool remove_mails();
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
    model::Id ordered_ = 0;  // the last webhook that was examined
    model::Id attempt_ = 0;  // the last one that was examined
    DeliveryKey delivery_{};
    model::Id event_ = 0;
    Removed removed_;
};

}  // namespace db
