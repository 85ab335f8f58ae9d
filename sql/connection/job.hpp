// Work for one request, to be done by a thread of the WorkerPool.
#pragma once

#include <string_view>

namespace db {

class Worker;

class Job {
  public:
    Job() = default;
    virtual ~Job() = default;  // answers the request if neither run() nor refuse() did
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    // Nobody waits for the answer any more. Such a job ends without being run. Any thread.
    [[nodiscard]] virtual bool is_expired() const = 0;
    // Does the work and answers. Called again, perhaps by another thread, if worker.take_share() has returned
    // false; see there.
    virtual void run(Worker& worker) noexcept = 0;
    // Answers that the work is not done; reason: for the log. Called instead of run(). Any thread.
    virtual void refuse(std::string_view reason) noexcept = 0;
};

}  // namespace db
