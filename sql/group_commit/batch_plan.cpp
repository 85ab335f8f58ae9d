#include "sql/group_commit/batch_plan.hpp"

#include <utility>
#include <variant>

#include "sql/group_commit/publications.hpp"
#include "sql/group_commit/registrations.hpp"
#include "sql/webhooks/access.hpp"

namespace db {
namespace {

// Settles the write if its key is no first use. Returns whether it did.
bool settle_repeat(Write& write, const KeyState& state) {
    if (const auto* const answered = std::get_if<AnsweredBefore>(&state)) {
        write.settle(*answered);
    } else if (std::holds_alternative<OtherRequest>(state)) {
        write.settle(OtherRequest{});
    }
    return write.is_settled();
}

void refuse(Write& write, const AccessOutcome& outcome) {
    if (std::holds_alternative<Forbidden>(outcome)) return write.settle(Forbidden{});
    write.settle(NoSuchTarget{});
}

}  // namespace

void BatchPlan::plan(std::unique_ptr<Write>& write, std::size_t n) {
    const std::optional<std::size_t> row = look_up_.row_of(n);
    if (!row) return write->settle(Unauthorised{});
    const AccessOutcome outcome = access_of(look_up_.access(), *row, write->access(), write->right());
    if (const auto by = identity_of(outcome)) write->identify(*by);
    const auto* const caller = std::get_if<model::Caller>(&outcome);
    if (caller == nullptr) return refuse(*write, outcome);
    write->key_id = caller->key_id;
    if (write->is_empty()) return write->settle(Allowed{});
    if (write->registration() != nullptr) {
        if (!write->webhook) plan_webhook(*write, new_id(), *caller, look_up_.access(), *row, secrets_);
        return;
    }
    plan_publication(write, n, caller->owner);
    if (!write || write->is_settled() || write->event) return;
    plan_event(*write, new_id(), caller->owner, look_up_.access(), *row);
}

model::Id BatchPlan::new_id() {
    model::Id id = model::generate_id();
    while (!ids_.insert(id).second) id = model::generate_id();
    return id;
}

void BatchPlan::plan_publication(std::unique_ptr<Write>& write, std::size_t n, const model::Owner& owner) {
    const KeyState& state = look_up_.key_of(n);
    if (settle_repeat(*write, state)) return;
    std::uint64_t deliveries = look_up_.counts().of_account(owner.account_id);
    if (owner.target_id) deliveries += look_up_.counts().of_target(*owner.target_id);
    // An earlier try of the batch may have stored a planned event, which must keep its id.
    const bool is_large = deliveries > kMostDeliveries && !write->event;
    if (std::holds_alternative<BusyKey>(state) || is_large) return alone_(std::move(write));
    const auto key = idempotency_key_of(*write, owner);
    const bool is_repeat = key && !keys_.emplace(key->order()).second;
    deliveries_ += deliveries;
    const bool is_full = deliveries_ > kMostDeliveries && deliveries_ > deliveries;
    if (is_repeat || is_full) later_.push_back(std::move(write));
}

}  // namespace db
