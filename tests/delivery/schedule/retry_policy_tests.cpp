#define BOOST_TEST_MODULE retry_policy
#include "delivery/schedule/retry_policy.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using delivery::evaluate;
using delivery::Failure;
using delivery::Feedback;
using delivery::Outcome;
using delivery::RetryDecision;
using delivery::Sent;
using model::DeliveryStatus;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

constexpr double kMiddle = 0.5;  // no jitter

Outcome answer(int status) {
    Outcome outcome;
    outcome.status = status;
    outcome.duration = std::chrono::milliseconds{20};
    return outcome;
}

Outcome failure(Failure why, std::string detail = "") {
    Outcome outcome;
    outcome.failure = why;
    outcome.detail = std::move(detail);
    return outcome;
}

const Sent kFirst{.key = {1, 2}, .attempt_id = 3, .retries = 0, .since_first_try = std::nullopt};

Sent retry(std::int32_t made_before, std::chrono::microseconds since_first_try = seconds{60}) {
    return {.key = {1, 2}, .attempt_id = 3, .retries = made_before, .since_first_try = since_first_try};
}

std::int64_t seconds_of(const RetryDecision& decision) {
    return std::chrono::round<seconds>(decision.record.next_try_in.value()).count();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_success_ends_it) {
    for (const int status : {200, 204, 299}) {
        const RetryDecision decision = evaluate(kFirst, answer(status), kMiddle);
        BOOST_CHECK(decision.record.status == DeliveryStatus::kSucceeded);
        BOOST_TEST(!decision.record.next_try_in);
        BOOST_TEST(decision.record.reason.empty());
        BOOST_TEST(decision.record.retries == 0);
        BOOST_TEST(decision.record.http_status == status);
        BOOST_CHECK(decision.webhook == Feedback::kSuccess && decision.host == Feedback::kSuccess);
    }
    BOOST_TEST(evaluate(retry(4), answer(200), kMiddle).record.retries == 5);
}

BOOST_AUTO_TEST_CASE(a_request_that_was_sent_once_more_counts_as_two) {
    Outcome outcome = answer(200);
    outcome.unanswered = {
        .failure = Failure::kConnect, .detail = "closed", .duration = seconds{2}, .by_allow_list = true};
    Sent sent = kFirst;
    sent.unanswered_attempt_id = 2;
    const RetryDecision decision = evaluate(sent, outcome, kMiddle);
    BOOST_TEST(decision.record.retries == 1);
    BOOST_TEST(decision.record.attempt_id == 3U);
    BOOST_REQUIRE(decision.record.unanswered.has_value());
    BOOST_TEST(decision.record.unanswered->attempt_id == 2U);
    BOOST_TEST(decision.record.unanswered->failure == "connect");
    BOOST_TEST(decision.record.unanswered->detail == "closed");
    BOOST_TEST(decision.record.unanswered->by_allow_list);
    BOOST_TEST(!decision.record.by_allow_list);
    outcome.by_allow_list = true;
    BOOST_TEST(evaluate(sent, outcome, kMiddle).record.by_allow_list);
    BOOST_TEST(evaluate(retry(4), outcome, kMiddle).record.retries == 6);
    outcome.status = 500;
    BOOST_TEST(seconds_of(evaluate(kFirst, outcome, kMiddle)) == 60);
}

BOOST_AUTO_TEST_CASE(other_answers_are_tried_again_by_the_schedule) {
    const RetryDecision decision = evaluate(kFirst, answer(500), kMiddle);
    BOOST_CHECK(decision.record.status == DeliveryStatus::kRescheduled);
    BOOST_TEST(decision.record.reason == "http 500");
    BOOST_TEST(decision.record.retries == 0);
    BOOST_TEST(seconds_of(decision) == 30);
    BOOST_CHECK(decision.webhook == Feedback::kFailure && decision.host == Feedback::kSuccess);
    // retry(n): n retries were made before this one, so the next is number n + 2.
    BOOST_TEST(seconds_of(evaluate(retry(0), answer(302), kMiddle)) == 60);
    BOOST_TEST(evaluate(retry(0), answer(302), kMiddle).record.retries == 1);
    BOOST_TEST(seconds_of(evaluate(retry(1), answer(404), kMiddle)) == 120);
    BOOST_TEST(seconds_of(evaluate(retry(20), answer(500), kMiddle)) == 4 * 3600);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_asks_for_patience_gets_it) {
    for (const int status : {429, 502, 503, 504}) {
        Outcome outcome = answer(status);
        outcome.retry_after = seconds{600};
        const RetryDecision decision = evaluate(kFirst, outcome, kMiddle);
        BOOST_CHECK(decision.webhook == Feedback::kSlow && decision.host == Feedback::kSuccess);
        BOOST_CHECK(decision.pause == seconds{600});
        BOOST_TEST(seconds_of(decision) >= 600);
        outcome.retry_after = hours{100};
        BOOST_CHECK(evaluate(kFirst, outcome, kMiddle).pause == hours{4});
    }
    Outcome outcome = answer(500);
    outcome.retry_after = seconds{600};
    BOOST_CHECK(evaluate(kFirst, outcome, kMiddle).pause == seconds{0});
}

BOOST_AUTO_TEST_CASE(gone_disables_the_webhook) {
    const RetryDecision decision = evaluate(kFirst, answer(410), kMiddle);
    BOOST_CHECK(decision.record.status == DeliveryStatus::kFailed);
    BOOST_TEST(decision.record.reason == "gone");
    BOOST_TEST(decision.record.webhook_gone);
    BOOST_TEST(!decision.record.next_try_in);
}

BOOST_AUTO_TEST_CASE(after_48_hours_it_has_failed) {
    BOOST_CHECK(evaluate(retry(9, hours{48} - seconds{1}), answer(500), kMiddle).record.status ==
                DeliveryStatus::kRescheduled);
    const RetryDecision decision = evaluate(retry(9, hours{48}), failure(Failure::kTimeout), kMiddle);
    BOOST_CHECK(decision.record.status == DeliveryStatus::kFailed);
    BOOST_TEST(decision.record.reason == "timeout");
    BOOST_TEST(!decision.record.next_try_in);
    BOOST_CHECK(evaluate(retry(9, hours{48}), answer(200), kMiddle).record.status ==
                DeliveryStatus::kSucceeded);
}

BOOST_AUTO_TEST_CASE(failures_charge_the_webhook_or_the_host_or_neither) {
    const struct {
        Failure failure;
        bool reached;
        Feedback webhook;
        Feedback host;
    } cases[] = {
        {Failure::kDns, false, Feedback::kSlow, Feedback::kSlow},
        {Failure::kConnect, false, Feedback::kSlow, Feedback::kSlow},
        {Failure::kTimeout, false, Feedback::kSlow, Feedback::kSlow},
        // The host accepted the connection, so its other webhooks needn't wait.
        {Failure::kConnect, true, Feedback::kSlow, Feedback::kNone},
        {Failure::kTimeout, true, Feedback::kSlow, Feedback::kNone},
        {Failure::kTooLarge, true, Feedback::kFailure, Feedback::kNone},
        {Failure::kProtocol, true, Feedback::kFailure, Feedback::kNone},
        {Failure::kTls, false, Feedback::kSlow, Feedback::kNone},
        {Failure::kProxy, false, Feedback::kNone, Feedback::kNone},
        {Failure::kRefused, false, Feedback::kNone, Feedback::kNone},
    };
    for (const auto& [why, reached, webhook, host] : cases) {
        BOOST_TEST_CONTEXT(category_of(why) << (reached ? ", reached" : "")) {
            Outcome outcome = failure(why, "so");
            outcome.reached = reached;
            const RetryDecision decision = evaluate(kFirst, outcome, kMiddle);
            BOOST_CHECK(decision.webhook == webhook);
            BOOST_CHECK(decision.host == host);
            BOOST_TEST(decision.record.reason == std::string(category_of(why)) + " (so)");
            BOOST_TEST(decision.record.http_status == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_destination_is_not_tried_again) {
    const RetryDecision decision = evaluate(kFirst, failure(Failure::kRefused, "10.0.0.1"), kMiddle);
    BOOST_CHECK(decision.record.status == DeliveryStatus::kFailed);
    BOOST_TEST(!decision.record.webhook_gone);
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_proxy_does_not_count) {
    const RetryDecision decision = evaluate(retry(7, hours{100}), failure(Failure::kProxy), kMiddle);
    BOOST_CHECK(decision.record.status == DeliveryStatus::kRescheduled);
    BOOST_TEST(decision.record.retries == 7);
    BOOST_TEST(!decision.record.charged);
    BOOST_TEST(seconds_of(decision) == 30);
}

BOOST_AUTO_TEST_CASE(a_stopped_delivery_is_given_back) {
    const RetryDecision decision = evaluate(kFirst, failure(Failure::kStopped), kMiddle);
    BOOST_TEST(decision.given_back);
    BOOST_CHECK(decision.webhook == Feedback::kNone && decision.host == Feedback::kNone);
}
