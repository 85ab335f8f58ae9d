// Publications that are stored alone, by the worker pool, because their event has many webhooks. So they don't hold
// up a batch.
//
// An event with many webhooks takes longer than its client waits. The work goes on after that. The client, who
// was told that the event may have been stored, repeats the request with the same key: the repeat waits for the
// key as long as its patience, and in the end one repeat gets the answer.
#pragma once

#include <functional>
#include <memory>

#include "sql/connection/job.hpp"
#include "sql/group_commit/write.hpp"
#include "sql/webhooks/account_limits.hpp"

namespace db {

struct LonePublicationSettings {
    AccountLimits limits{};
    std::function<void()> stored{};  // called after deliveries were stored; may be empty
};

// settings: shared, because a job may outlive the group commit.
[[nodiscard]] std::unique_ptr<Job> make_lone_publication(
    std::unique_ptr<Write> write, std::shared_ptr<const LonePublicationSettings> settings);

}  // namespace db
