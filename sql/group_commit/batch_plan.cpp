#include "sql/group_commit/batch_plan.hpp"

#include <utility>
#include <variant>

#include "sql/group_commit/publications.hpp"
#include "sql/group_commit/registrations.hpp"
#include "sql/webhooks/access.hpp"

namespace db {
namespace {

bool is_in_plan(const std::unique_ptr<Write>& write) {
    return write && !write->is_settled();
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
    if (write->once()) claim_key(write, n, caller->owner.account_id);
    if (is_in_plan(write) && write->publication() != nullptr) make_room(write, caller->owner);
    if (!is_in_plan(write) || write->webhook || write->event) return;
    if (write->registration() != nullptr) {
        plan_webhook(*write, new_id(), *caller, look_up_.access(), *row, secrets_);
    } else {
        plan_event(*write, new_id(), caller->owner, look_up_.access(), *row);
    }
}

model::Id BatchPlan::new_id() {
    model::Id id = model::generate_id();
    while (!ids_.insert(id).second) id = model::generate_id();
    return id;
}

void BatchPlan::claim_key(std::unique_ptr<Write>& write, std::size_t n, model::Id account) {
    const KeyState& state = look_up_.key_of(n);
    write->claim = write->idempotency_key(account);
    if (const auto* const answered = std::get_if<AnsweredBefore>(&state)) {
        write->settle(*answered);
    } else if (std::holds_alternative<OtherRequest>(state)) {
        write->settle(OtherRequest{});
    } else if (std::holds_alternative<BusyKey>(state)) {
        exits_.busy(std::move(write));
    } else if (!keys_.emplace(write->claim->order()).second) {
        later_.push_back(std::move(write));
    }
}

void BatchPlan::make_room(std::unique_ptr<Write>& write, const model::Owner& owner) {
    std::uint64_t deliveries = look_up_.counts().of_account(owner.account_id);
    if (owner.target_id) deliveries += look_up_.counts().of_target(*owner.target_id);
    // An earlier try of the batch may have stored a planned event, which must keep its id.
    if (deliveries > kMostDeliveries && !write->event) return exits_.alone(std::move(write));
    deliveries_ += deliveries;
    const bool is_full = deliveries_ > kMostDeliveries && deliveries_ > deliveries;
    if (is_full) later_.push_back(std::move(write));
}

}  // namespace db
