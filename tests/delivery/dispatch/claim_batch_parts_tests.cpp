#define BOOST_TEST_MODULE claim_batch_parts
#include "delivery/dispatch/claim_batch_parts.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

using delivery::ClaimBatchParts;

namespace {

db::FinishedDelivery outcome(model::Id event) {
    db::FinishedDelivery one;
    one.key = {event, 1};
    one.attempt_id = event;
    one.status = model::DeliveryStatus::kRescheduled;
    one.reason = "connect (it broke off)";
    one.failure = "connect";
    one.detail = "it broke off";
    return one;
}

db::ClaimBatch batch_of(model::Id outcomes, model::Id given_back, model::Id wanted) {
    db::ClaimBatch batch;
    for (model::Id event = 1; event <= outcomes; ++event) batch.finished.push_back(outcome(event));
    for (model::Id event = 101; event <= 100 + given_back; ++event) batch.given_back.push_back({event, 1});
    for (model::Id event = 201; event <= 200 + wanted; ++event) batch.wanted.push_back({event, 1});
    batch.lease_time = std::chrono::seconds{30};
    return batch;
}

// The events of a batch, in its order.
std::vector<model::Id> events_of(const db::ClaimBatch& batch) {
    std::vector<model::Id> events;
    for (const db::FinishedDelivery& one : batch.finished) events.push_back(one.key.event_id);
    for (const db::DeliveryKey& key : batch.given_back) events.push_back(key.event_id);
    for (const db::DeliveryKey& key : batch.wanted) events.push_back(key.event_id);
    return events;
}

// Runs all parts as a database does that refuses one event. The result says what was done and set aside, and
// how many parts were refused.
struct Taken {
    std::vector<model::Id> done;
    std::vector<model::Id> set_aside;
    int refused = 0;
};
Taken take_all(ClaimBatchParts& parts, model::Id poison) {
    Taken taken;
    while (!parts.empty()) {
        const auto events = events_of(parts.first());
        BOOST_CHECK(parts.first().lease_time == std::chrono::seconds{30});
        if (std::find(events.begin(), events.end(), poison) == events.end()) {
            taken.done.insert(taken.done.end(), events.begin(), events.end());
            parts.remove_first();
        } else {
            ++taken.refused;
            if (const auto alone = parts.divide_first()) {
                for (const model::Id event : events_of(*alone)) taken.set_aside.push_back(event);
            }
        }
    }
    return taken;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_refused_delivery_is_set_aside_and_the_others_are_done) {
    for (const model::Id poison : {1U, 5U, 8U, 101U, 104U, 201U, 203U, 208U}) {
        BOOST_TEST_CONTEXT(poison) {
            ClaimBatchParts parts;
            parts.add(batch_of(8, 4, 8));
            const Taken taken = take_all(parts, poison);
            BOOST_TEST((taken.set_aside == std::vector<model::Id>{poison}));
            BOOST_TEST(taken.done.size() == 19U);
            BOOST_TEST(taken.refused <= 8);
        }
    }
}

BOOST_AUTO_TEST_CASE(outcomes_come_before_claims) {
    ClaimBatchParts parts;
    parts.add(batch_of(2, 2, 2));
    const Taken taken = take_all(parts, 201);
    BOOST_TEST((taken.done == std::vector<model::Id>{1, 2, 101, 102, 202}));
}

BOOST_AUTO_TEST_CASE(a_single_outcome_is_reduced_before_it_is_given_up) {
    ClaimBatchParts parts;
    parts.add(batch_of(1, 0, 0));
    BOOST_TEST(!parts.divide_first());
    const db::FinishedDelivery& one = parts.first().finished.at(0);
    BOOST_TEST(one.detail.empty());
    BOOST_TEST(one.reason == "connect");
    BOOST_TEST(one.attempt_id == 1U);
    BOOST_TEST(!parts.divide_first());
    BOOST_TEST(parts.first().finished.at(0).attempt_id == 0U);
    BOOST_CHECK(parts.first().finished.at(0).status == model::DeliveryStatus::kRescheduled);
    const auto given_up = parts.divide_first();
    BOOST_REQUIRE(given_up);
    BOOST_TEST((events_of(*given_up) == std::vector<model::Id>{1}));
    BOOST_TEST(parts.empty());
}

BOOST_AUTO_TEST_CASE(the_answer_is_left_out_before_the_attempt) {
    ClaimBatchParts parts;
    db::ClaimBatch batch = batch_of(1, 0, 0);
    db::FinishedDelivery& answered = batch.finished[0] = {};
    answered.key = {1, 1};
    answered.attempt_id = 7;
    answered.http_status = 200;
    answered.answer = "hello";
    parts.add(std::move(batch));
    BOOST_TEST(!parts.divide_first());
    BOOST_TEST(parts.first().finished.at(0).answer.empty());
    BOOST_TEST(parts.first().finished.at(0).http_status == 200);
    BOOST_TEST(parts.first().finished.at(0).attempt_id == 7U);
}

BOOST_AUTO_TEST_CASE(a_batch_that_the_server_refuses_is_to_blame_at_once) {
    constexpr int kDataTooLong = 1406;
    constexpr int kDeadlock = 1213;
    ClaimBatchParts parts;
    parts.add({});
    BOOST_TEST(parts.is_to_blame(db::Error(kDataTooLong, "too long")));
    BOOST_TEST(!parts.is_to_blame(db::Error(kDeadlock, "deadlock")));
}

BOOST_AUTO_TEST_CASE(a_batch_that_loses_the_connection_twice_is_to_blame) {
    constexpr int kServerLost = 2013;
    const db::Error lost(kServerLost, "lost");
    ClaimBatchParts parts;
    parts.add({});
    BOOST_TEST(!parts.is_to_blame(lost));
    BOOST_TEST(parts.is_to_blame(lost));
    parts.remove_first();
    parts.add({});
    BOOST_TEST(!parts.is_to_blame(lost));
}
