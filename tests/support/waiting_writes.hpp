// A group commit with all that it needs, and requests that wait for their outcomes as the server lets them wait:
// a request that has no outcome at the end of its patience has given up.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "sql/group_commit/group_commit.hpp"

namespace testing {

// One request, shared by the thread that waits and the group commit.
class WaitingRequest {
  public:
    // Returns what the client is told.
    db::WriteOutcome wait(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (settled_.wait_for(lock, patience, [this] { return outcome_.has_value(); })) {
            return *std::exchange(outcome_, std::nullopt);
        }
        has_given_up_ = true;
        return db::Unavailable{"the request has expired", is_committing_};
    }
    [[nodiscard]] std::optional<model::Identity> by() const {
        const std::lock_guard lock(mutex_);
        return by_;
    }
    [[nodiscard]] bool is_committing() const {
        const std::lock_guard lock(mutex_);
        return is_committing_;
    }
    [[nodiscard]] static std::unique_ptr<db::WriteRequest> handle(std::shared_ptr<WaitingRequest> request) {
        return std::make_unique<Handle>(std::move(request));
    }

  private:
    class Handle final : public db::WriteRequest {
      public:
        explicit Handle(std::shared_ptr<WaitingRequest> request) : request_(std::move(request)) {}
        ~Handle() override { settle(db::Unavailable{"dropped"}); }
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;

        [[nodiscard]] bool has_given_up() const override {
            const std::lock_guard lock(request_->mutex_);
            return request_->has_given_up_;
        }
        [[nodiscard]] bool start_commit() override {
            const std::lock_guard lock(request_->mutex_);
            request_->is_committing_ = !request_->has_given_up_;
            return request_->is_committing_;
        }
        void cancel_commit() override {
            const std::lock_guard lock(request_->mutex_);
            request_->is_committing_ = false;
        }
        void identify(const model::Identity& by) override {
            const std::lock_guard lock(request_->mutex_);
            request_->by_ = by;
        }
        // Only the first outcome counts.
        void settle(db::WriteOutcome outcome) override {
            const std::lock_guard lock(request_->mutex_);
            if (std::exchange(is_settled_, true)) return;
            request_->outcome_ = std::move(outcome);
            request_->settled_.notify_all();
        }

      private:
        const std::shared_ptr<WaitingRequest> request_;
        bool is_settled_ = false;
    };

    mutable std::mutex mutex_;
    std::condition_variable settled_;
    std::optional<db::WriteOutcome> outcome_;
    std::optional<model::Identity> by_;
    bool is_committing_ = false;
    bool has_given_up_ = false;
};

class WaitingWrites {
  public:
    WaitingWrites(const db::GroupCommit::Settings& settings, const security::SecretCipher& secrets,
                  const base::Report& report)
        : patience_(settings.patience),
          availability_(report, settings.patience),
          workers_({.connection = settings.connection, .threads = 4}, availability_),
          writes_(settings, secrets, availability_, workers_, report) {}

    // Blocks until the outcome is known, or until the end of the patience.
    template <class Write>
    db::WriteOutcome submit(Write write, std::optional<std::chrono::milliseconds> patience = {}) {
        return start(std::move(write))->wait(patience.value_or(patience_));
    }
    template <class Write>
    std::shared_ptr<WaitingRequest> start(Write write) {
        auto request = std::make_shared<WaitingRequest>();
        writes_.submit(std::move(write), WaitingRequest::handle(request));
        return request;
    }

  private:
    const std::chrono::milliseconds patience_;
    db::Availability availability_;
    db::WorkerPool workers_;
    db::GroupCommit writes_;
};

}  // namespace testing
