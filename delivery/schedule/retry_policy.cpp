#include "delivery/schedule/retry_policy.hpp"

#include <algorithm>

#include "delivery/schedule/back_off.hpp"

namespace delivery {
namespace {

bool is_unreachable(Failure failure) {
    return failure == Failure::kDns || failure == Failure::kConnect || failure == Failure::kTls;
}

// Any answer shows that the host works. A host that accepted the connection is up, so a missing or broken
// answer concerns the webhook alone. So does a failed handshake, because another webhook of the host may not
// verify the certificate.
Feedback host_feedback(const Outcome& outcome) {
    if (outcome.failure == Failure::kNone) return Feedback::kSuccess;
    const bool is_away = outcome.failure == Failure::kDns || outcome.failure == Failure::kConnect ||
                         outcome.failure == Failure::kTimeout;
    return is_away && !outcome.reached ? Feedback::kSlow : Feedback::kNone;
}

db::FinishedDelivery record_of(const Sent& sent, const Outcome& outcome) {
    db::FinishedDelivery record;
    record.key = sent.key;
    record.generation = sent.generation;
    record.reason = reason_of(outcome);
    record.retries = sent.retries;
    record.attempt_id = sent.attempt_id;
    record.duration = outcome.duration;
    record.http_status = outcome.status;
    record.failure = std::string(category_of(outcome.failure));
    record.detail = to_one_line(outcome.detail, kMaxReasonBytes);
    record.answer = outcome.answer;
    record.by_allow_list = outcome.by_allow_list;
    if (outcome.unanswered) {
        record.unanswered = {.attempt_id = sent.unanswered_attempt_id,
                             .duration = outcome.unanswered->duration,
                             .failure = std::string(category_of(outcome.unanswered->failure)),
                             .detail = to_one_line(outcome.unanswered->detail, kMaxReasonBytes),
                             .by_allow_list = outcome.unanswered->by_allow_list};
    }
    return record;
}

}  // namespace

Feedback webhook_feedback(const Outcome& outcome) {
    if (outcome.is_success()) return Feedback::kSuccess;
    if (outcome.failure == Failure::kProxy || outcome.failure == Failure::kRefused) return Feedback::kNone;
    return is_overload(outcome) || is_unreachable(outcome.failure) ? Feedback::kSlow : Feedback::kFailure;
}

RetryDecision evaluate(const Sent& sent, const Outcome& outcome, double random) {
    RetryDecision decision;
    if (outcome.failure == Failure::kStopped) {
        decision.given_back = true;
        return decision;
    }
    db::FinishedDelivery& record = decision.record = record_of(sent, outcome);
    decision.webhook = webhook_feedback(outcome);
    decision.host = host_feedback(outcome);
    if (decision.webhook == Feedback::kSlow) {
        decision.pause = std::min<std::chrono::seconds>(outcome.retry_after.value_or(std::chrono::seconds{0}),
                                                        kLongestDelay);
    }

    const bool charged = outcome.failure != Failure::kProxy;
    record.charged = charged;
    if (charged) record.webhook_fails = !outcome.is_success();
    if (charged && sent.since_first_try) ++record.retries;
    if (charged && outcome.unanswered) ++record.retries;
    if (outcome.is_success()) {
        record.status = model::DeliveryStatus::kSucceeded;
    } else if (is_gone(outcome)) {
        record.status = model::DeliveryStatus::kFailed;
        record.reason = "gone";
        record.webhook_gone = true;
    } else if (outcome.failure == Failure::kRefused ||
               (charged && is_given_up(std::chrono::duration_cast<std::chrono::milliseconds>(
                               sent.since_first_try.value_or(outcome.duration))))) {
        record.status = model::DeliveryStatus::kFailed;
    } else {
        record.status = model::DeliveryStatus::kRescheduled;
        const unsigned retry = charged ? static_cast<unsigned>(record.retries) + 1 : 1;
        record.next_try_in = next_delay(retry, outcome.retry_after, random);
    }
    return decision;
}

}  // namespace delivery
