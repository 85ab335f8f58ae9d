#define BOOST_TEST_MODULE verdict
#include "delivery/schedule/verdict.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using delivery::Failure;
using delivery::Feedback;
using delivery::judge;
using delivery::Outcome;
using delivery::Sent;
using delivery::Verdict;
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

std::int64_t seconds_of(const Verdict& verdict) {
    return std::chrono::round<seconds>(verdict.record.next_try_in.value()).count();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_success_ends_it) {
    for (const int status : {200, 204, 299}) {
        const Verdict verdict = judge(kFirst, answer(status), kMiddle);
        BOOST_CHECK(verdict.record.status == DeliveryStatus::kSucceeded);
        BOOST_TEST(!verdict.record.next_try_in);
        BOOST_TEST(verdict.record.reason.empty());
        BOOST_TEST(verdict.record.retries == 0);
        BOOST_TEST(verdict.record.http_status == status);
        BOOST_CHECK(verdict.webhook == Feedback::kSuccess && verdict.host == Feedback::kSuccess);
    }
    BOOST_TEST(judge(retry(4), answer(200), kMiddle).record.retries == 5);
}

BOOST_AUTO_TEST_CASE(a_request_that_was_sent_once_more_counts_as_two) {
    Outcome outcome = answer(200);
    outcome.unanswered = {.failure = Failure::kConnect, .detail = "closed", .duration = seconds{2}};
    Sent sent = kFirst;
    sent.unanswered_attempt_id = 2;
    const Verdict verdict = judge(sent, outcome, kMiddle);
    BOOST_TEST(verdict.record.retries == 1);
    BOOST_TEST(verdict.record.attempt_id == 3U);
    BOOST_REQUIRE(verdict.record.unanswered.has_value());
    BOOST_TEST(verdict.record.unanswered->attempt_id == 2U);
    BOOST_TEST(verdict.record.unanswered->failure == "connect");
    BOOST_TEST(verdict.record.unanswered->detail == "closed");
    BOOST_TEST(judge(retry(4), outcome, kMiddle).record.retries == 6);
    outcome.status = 500;
    BOOST_TEST(seconds_of(judge(kFirst, outcome, kMiddle)) == 60);
}

BOOST_AUTO_TEST_CASE(other_answers_are_tried_again_by_the_schedule) {
    const Verdict verdict = judge(kFirst, answer(500), kMiddle);
    BOOST_CHECK(verdict.record.status == DeliveryStatus::kRescheduled);
    BOOST_TEST(verdict.record.reason == "http 500");
    BOOST_TEST(verdict.record.retries == 0);
    BOOST_TEST(seconds_of(verdict) == 30);
    BOOST_CHECK(verdict.webhook == Feedback::kFailure && verdict.host == Feedback::kSuccess);
    // retry(n): n retries were made before this one, the next is n + 2.
    BOOST_TEST(seconds_of(judge(retry(0), answer(302), kMiddle)) == 60);
    BOOST_TEST(judge(retry(0), answer(302), kMiddle).record.retries == 1);
    BOOST_TEST(seconds_of(judge(retry(1), answer(404), kMiddle)) == 120);
    BOOST_TEST(seconds_of(judge(retry(20), answer(500), kMiddle)) == 4 * 3600);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_asks_for_patience_gets_it) {
    for (const int status : {429, 502, 503, 504}) {
        Outcome outcome = answer(status);
        outcome.retry_after = seconds{600};
        const Verdict verdict = judge(kFirst, outcome, kMiddle);
        BOOST_CHECK(verdict.webhook == Feedback::kSlow && verdict.host == Feedback::kSuccess);
        BOOST_CHECK(verdict.pause == seconds{600});
        BOOST_TEST(seconds_of(verdict) >= 600);
        outcome.retry_after = hours{100};
        BOOST_CHECK(judge(kFirst, outcome, kMiddle).pause == hours{4});
    }
    Outcome outcome = answer(500);
    outcome.retry_after = seconds{600};
    BOOST_CHECK(judge(kFirst, outcome, kMiddle).pause == seconds{0});
}

BOOST_AUTO_TEST_CASE(gone_disables_the_webhook) {
    const Verdict verdict = judge(kFirst, answer(410), kMiddle);
    BOOST_CHECK(verdict.record.status == DeliveryStatus::kFailed);
    BOOST_TEST(verdict.record.reason == "gone");
    BOOST_TEST(verdict.record.webhook_gone);
    BOOST_TEST(!verdict.record.next_try_in);
}

BOOST_AUTO_TEST_CASE(after_48_hours_it_has_failed) {
    BOOST_CHECK(judge(retry(9, hours{48} - seconds{1}), answer(500), kMiddle).record.status ==
                DeliveryStatus::kRescheduled);
    const Verdict verdict = judge(retry(9, hours{48}), failure(Failure::kTimeout), kMiddle);
    BOOST_CHECK(verdict.record.status == DeliveryStatus::kFailed);
    BOOST_TEST(verdict.record.reason == "timeout");
    BOOST_TEST(!verdict.record.next_try_in);
    BOOST_CHECK(judge(retry(9, hours{48}), answer(200), kMiddle).record.status == DeliveryStatus::kSucceeded);
}

BOOST_AUTO_TEST_CASE(failures_charge_whom_they_concern) {
    const struct {
        Failure failure;
        bool reached;
        Feedback webhook;
        Feedback host;
    } cases[] = {
        {Failure::kDns, false, Feedback::kSlow, Feedback::kSlow},
        {Failure::kConnect, false, Feedback::kSlow, Feedback::kSlow},
        {Failure::kTimeout, false, Feedback::kSlow, Feedback::kSlow},
        // The host took the connection, so its neighbours needn't wait.
        {Failure::kConnect, true, Feedback::kSlow, Feedback::kNone},
        {Failure::kTimeout, true, Feedback::kSlow, Feedback::kNone},
        {Failure::kTooLarge, true, Feedback::kFailure, Feedback::kNone},
        {Failure::kProtocol, true, Feedback::kFailure, Feedback::kNone},
        {Failure::kTls, false, Feedback::kSlow, Feedback::kNone},
        {Failure::kProxy, false, Feedback::kNone, Feedback::kNone},
        {Failure::kRefused, false, Feedback::kNone, Feedback::kNone},
    };
    for (const auto& [why, reached, webhook, host] : cases) {
        BOOST_TEST_CONTEXT(class_of(why) << (reached ? ", reached" : "")) {
            Outcome outcome = failure(why, "so");
            outcome.reached = reached;
            const Verdict verdict = judge(kFirst, outcome, kMiddle);
            BOOST_CHECK(verdict.webhook == webhook);
            BOOST_CHECK(verdict.host == host);
            BOOST_TEST(verdict.record.reason == std::string(class_of(why)) + " (so)");
            BOOST_TEST(verdict.record.http_status == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_destination_is_not_tried_again) {
    const Verdict verdict = judge(kFirst, failure(Failure::kRefused, "10.0.0.1"), kMiddle);
    BOOST_CHECK(verdict.record.status == DeliveryStatus::kFailed);
    BOOST_TEST(!verdict.record.webhook_gone);
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_proxy_counts_for_nothing) {
    const Verdict verdict = judge(retry(7, hours{100}), failure(Failure::kProxy), kMiddle);
    BOOST_CHECK(verdict.record.status == DeliveryStatus::kRescheduled);
    BOOST_TEST(verdict.record.retries == 7);
    BOOST_TEST(!verdict.record.charged);
    BOOST_TEST(seconds_of(verdict) == 30);
}

BOOST_AUTO_TEST_CASE(what_was_stopped_is_given_back) {
    const Verdict verdict = judge(kFirst, failure(Failure::kStopped), kMiddle);
    BOOST_TEST(verdict.given_back);
    BOOST_CHECK(verdict.webhook == Feedback::kNone && verdict.host == Feedback::kNone);
}
