// A registration or a publication on its way through the group commit, with the request that waits for it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "sql/events/event_statements.hpp"
#include "sql/group_commit/group_commit.hpp"
#include "sql/group_commit/webhook_statements.hpp"
#include "sql/webhooks/idempotency.hpp"

namespace db {

// A webhook that may be stored, and the answer for its client.
struct PlannedWebhook {
    WebhookRow row{};
    model::Event event;
};

// An event that may be stored. The answer is read back when its deliveries are stored.
struct PlannedEvent {
    EventRow row{};
    model::Event event{};
};

class Write {
  public:
    using Clock = std::chrono::steady_clock;

    Write(std::variant<Registration, Publication> what, std::unique_ptr<WriteRequest> request,
          Clock::time_point deadline)
        : what_(std::move(what)), request_(std::move(request)), deadline_(deadline) {}

    // The other one is nullptr.
    [[nodiscard]] const Registration* registration() const { return std::get_if<Registration>(&what_); }
    [[nodiscard]] const Publication* publication() const { return std::get_if<Publication>(&what_); }
    [[nodiscard]] AccessRequest access() const {
        return std::visit([](const auto& one) { return AccessRequest{one.key, one.scope}; }, what_);
    }
    [[nodiscard]] model::Right right() const {
        return registration() != nullptr ? model::Right::kManage : model::Right::kPublish;
    }
    // nullopt without an Idempotency-Key.
    [[nodiscard]] const std::optional<IdempotentUse>& once() const {
        return registration() != nullptr ? registration()->once : publication()->once;
    }
    [[nodiscard]] std::optional<IdempotencyKey> idempotency_key(model::Id account) const {
        if (!once()) return std::nullopt;
        return IdempotencyKey{.account_id = account, .key = once()->key, .request = once()->request};
    }
    // Of its longest value, roughly.
    [[nodiscard]] std::size_t bytes() const {
        const Publication* const one = publication();
        return one != nullptr && one->event ? one->event->content.size() : 0;
    }
    // There is nothing to store; only access is checked.
    [[nodiscard]] bool is_empty() const {
        return registration() != nullptr ? !registration()->webhook : !publication()->event;
    }
    [[nodiscard]] Clock::time_point arrived() const { return arrived_; }
    [[nodiscard]] Clock::time_point deadline() const { return deadline_; }

    // Generated once, so that every try stores the same rows under the same ids, and nothing can be stored
    // twice. Reset if another object has the id.
    std::optional<PlannedWebhook> webhook;
    std::optional<PlannedEvent> event;

    // Once access was checked.
    model::Id key_id = 0;                 // of the API key
    std::optional<IdempotencyKey> claim;  // of its idempotency key, if it has one

    // REQUIRES (all): it is not settled.
    [[nodiscard]] bool has_given_up() const { return request_->has_given_up(); }
    [[nodiscard]] bool start_commit() { return request_->start_commit(); }
    void cancel_commit() {
        if (!perhaps_stored_) request_->cancel_commit();
    }
    void identify(const model::Identity& by) { request_->identify(by); }
    // A commit may have stored it: for all later failures, the outcome is uncertain.
    void doubt_commit() { perhaps_stored_ = true; }

    void settle(WriteOutcome outcome) {
        if (auto* const failure = std::get_if<Unavailable>(&outcome); failure != nullptr && perhaps_stored_) {
            failure->outcome_uncertain = true;
        }
        std::exchange(request_, nullptr)->settle(std::move(outcome));
    }
    [[nodiscard]] bool is_settled() const { return request_ == nullptr; }

  private:
    const std::variant<Registration, Publication> what_;
    std::unique_ptr<WriteRequest> request_;
    const Clock::time_point arrived_ = Clock::now();
    const Clock::time_point deadline_;
    bool perhaps_stored_ = false;
};

using Batch = std::vector<std::unique_ptr<Write>>;

// Removes what needs no more work: writes that are settled, that were moved elsewhere, or whose requests have
// given up.
inline void remove_done(Batch& batch) {
    std::erase_if(batch, [](const auto& write) {
        return write == nullptr || write->is_settled() || write->has_given_up();
    });
}

}  // namespace db
