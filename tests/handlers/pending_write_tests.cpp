#define BOOST_TEST_MODULE pending_write
#include "handlers/pending_write.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/collected_reply.hpp"

using handlers::PendingWrite;

namespace {

http::Response stored(const model::Event& event) {
    return {.status = 200, .body = "stored " + model::to_base58(event.id)};
}

constexpr handlers::WriteOperation kOperation{"publish", "event", stored};

const http::Response kRefusal{.status = 415, .body = R"({"detail":"refused"})"};

struct Fixture {
    std::shared_ptr<CollectedReply> in_hand = std::make_shared<CollectedReply>(http::Request());
    std::optional<PendingWrite> write{std::in_place, http::Reply(in_hand), kOperation, std::nullopt};

    http::Response settle(db::WriteOutcome outcome) {
        write->settle(std::move(outcome));
        return in_hand->response();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(pending_write_tests, Fixture)

BOOST_AUTO_TEST_CASE(an_event_that_was_stored) {
    const auto response =
        settle(model::Event{.id = 1, .event_type = "", .occurred_at = "", .content = "", .deliveries = {}});
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body == "stored 11111111112");
}

BOOST_AUTO_TEST_CASE(an_answer_is_repeated_as_it_was) {
    const auto response = settle(db::AnsweredBefore{.object_id = 1, .response = R"({ "as": "stored"})"});
    BOOST_TEST(response.status == 200);
    BOOST_TEST(response.body == R"({ "as": "stored"})");
    BOOST_TEST((response.log == http::NamedTexts{{"event", "11111111112"}, {"repeat", "yes"}}));
}

BOOST_AUTO_TEST_CASE(an_unavailable_store_is_a_500_to_be_tried_again) {
    const auto response = settle(db::Unavailable{"no \"answer\"", false});
    BOOST_TEST(response.status == 500);
    BOOST_TEST(response.body == R"({"detail":"Unexpected error while handling your request."})");
    BOOST_TEST((response.headers == http::NamedTexts{{"Retry-After", "1"}}));
    BOOST_TEST((response.log == http::NamedTexts{{"fault", "no \"answer\""}, {"stored", "no"}}));
}

BOOST_AUTO_TEST_CASE(an_uncertain_commit_is_logged) {
    const auto response = settle(db::Unavailable{"gone", true});
    BOOST_TEST(response.status == 500);
    BOOST_TEST((response.log == http::NamedTexts{{"fault", "gone"}, {"stored", "perhaps"}}));
}

BOOST_AUTO_TEST_CASE(a_write_without_an_outcome_is_a_500) {
    write.reset();
    BOOST_TEST(in_hand->response().status == 500);
}

BOOST_AUTO_TEST_CASE(the_key_and_its_account_are_logged) {
    write->identify({.key_id = 1, .account_id = 57});
    BOOST_TEST((in_hand->notes() == http::NamedTexts{{"key", "11111111112"}, {"account", "1111111111z"}}));
}

BOOST_AUTO_TEST_CASE(a_request_that_has_expired_is_not_stored) {
    BOOST_TEST(!write->has_given_up());
    static_cast<void>(in_hand->expire());
    BOOST_TEST(write->has_given_up());
    BOOST_TEST(!write->start_commit());
}

BOOST_AUTO_TEST_CASE(a_request_that_expires_during_its_commit_is_perhaps_stored) {
    BOOST_TEST(write->start_commit());
    BOOST_TEST((in_hand->expire() == http::InHand::Phase::kCommitting));
}

BOOST_AUTO_TEST_CASE(a_commit_that_failed_can_be_tried_again) {
    BOOST_TEST(write->start_commit());
    write->cancel_commit();
    BOOST_TEST((in_hand->expire() == http::InHand::Phase::kOpen));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(refusals_say_why) {
    const std::pair<db::WriteOutcome, std::pair<int, std::string>> cases[] = {
        {db::Unauthorised{}, {401, R"({"detail":"Incorrect authentication credentials."})"}},
        {db::Forbidden{}, {403, R"({"detail":"You do not have permission to perform this action."})"}},
        {db::NoSuchTarget{}, {404, R"({"detail":"Not found."})"}},
        {db::Throttled{}, {429, R"({"detail":"Request was throttled."})"}},
        {db::TooManyWebhooks{5},
         {400, R"({"non_field_errors":["No more than 5 webhooks are allowed here."]})"}},
        {db::OtherRequest{},
         {400, R"({"non_field_errors":["The Idempotency-Key was used for another request."]})"}}};
    for (const auto& [outcome, expected] : cases) {
        // Whatever is wrong with the body, only clients that have access learn of it.
        for (const auto& refusal : {std::optional<http::Response>(), std::optional(kRefusal)}) {
            const auto in_hand = std::make_shared<CollectedReply>(http::Request());
            PendingWrite(http::Reply(in_hand), kOperation, refusal).settle(outcome);
            const auto response = in_hand->response();
            BOOST_TEST(response.status == expected.first);
            BOOST_TEST(response.body == expected.second);
        }
    }
}

BOOST_AUTO_TEST_CASE(clients_that_have_access_see_the_errors_of_their_body) {
    const auto in_hand = std::make_shared<CollectedReply>(http::Request());
    PendingWrite(http::Reply(in_hand), kOperation, kRefusal).settle(db::Allowed{});
    const auto response = in_hand->response();
    BOOST_TEST(response.status == 415);
    BOOST_TEST(response.body == R"({"detail":"refused"})");
}
