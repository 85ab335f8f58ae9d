// Writes that wait for another request with the same Idempotency-Key. A worker waits, so no batch does. The write
// then goes back to the queue, where the key is looked up again.
#pragma once

#include <functional>
#include <memory>

#include "sql/connection/job.hpp"
#include "sql/group_commit/write.hpp"

namespace db {

// done: takes the write when the wait is over. It may outlive the group commit. REQUIRES: write->claim.
[[nodiscard]] std::unique_ptr<Job> make_key_wait(std::unique_ptr<Write> write,
                                                 std::function<void(std::unique_ptr<Write>)> done);

}  // namespace db
