#define BOOST_TEST_MODULE registration_queue
#include "sql/webhooks/registration_queue.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <thread>

namespace {

using namespace std::chrono_literals;
using db::RegistrationQueue;
using Batch = RegistrationQueue::Batch;

// One patience never ends in these tests; the other one ends soon.
constexpr auto kPatient = 1h;
constexpr auto kImpatient = 20ms;

db::Registration registration(model::Id target) {
    return {.key = {}, .scope = {target}, .webhook = model::WebhookFields{}};
}

struct Fixture {
    RegistrationQueue queue;

    std::future<db::RegistrationOutcome> submit(std::chrono::milliseconds patience, model::Id target = 1) {
        return std::async(std::launch::async,
                          [this, patience, target] { return queue.submit(registration(target), patience); });
    }

    // Takes registrations until there are that many.
    Batch take_all(std::size_t count) {
        Batch batch;
        while (batch.size() < count) {
            for (auto& ticket : queue.take(count - batch.size())) batch.push_back(std::move(ticket));
        }
        return batch;
    }
};

db::Unavailable unavailable(const db::RegistrationOutcome& outcome) {
    BOOST_REQUIRE(std::holds_alternative<db::Unavailable>(outcome));
    return std::get<db::Unavailable>(outcome);
}

// Ten registrations by one key wait, and then one by another key; batches hold two. Returns the number of the
// batch that has the last one. time: how long the threads have to get into the queue.
std::size_t batch_of_a_neighbour(std::chrono::milliseconds time) {
    RegistrationQueue queue;
    queue.writer_connected();
    std::vector<std::future<db::RegistrationOutcome>> waiting;
    for (std::uint8_t i = 0; i <= 10; ++i) {
        auto one = registration(i);
        one.key[0] = i / 10;
        waiting.push_back(std::async(std::launch::async, [&, one] { return queue.submit(one, kPatient); }));
    }
    std::this_thread::sleep_for(time);
    std::size_t found = 0;
    std::size_t settled = 0;
    for (std::size_t batch = 1; settled < waiting.size(); ++batch) {
        for (const auto& ticket : queue.take(2)) {
            if (ticket->registration().key[0] != 0) found = batch;
            queue.settle(*ticket, model::Event{});
            ++settled;
        }
    }
    return found;
}

BOOST_FIXTURE_TEST_SUITE(registration_queue_tests, Fixture)

BOOST_AUTO_TEST_CASE(keys_share_batches_round_robin) {
    BOOST_TEST((batch_of_a_neighbour(100ms) == 1U || batch_of_a_neighbour(1s) == 1U ||
                batch_of_a_neighbour(10s) == 1U));
}

BOOST_AUTO_TEST_CASE(each_request_gets_its_own_outcome) {
    queue.writer_connected();
    auto first = submit(kPatient, 1);
    auto second = submit(kPatient, 2);
    for (const auto& ticket : take_all(2)) {
        model::Event event;
        event.id = *ticket->registration().scope.target_id * 10;
        queue.settle(*ticket, event);
    }
    BOOST_TEST(std::get<model::Event>(first.get()).id == 10U);
    BOOST_TEST(std::get<model::Event>(second.get()).id == 20U);
}

BOOST_AUTO_TEST_CASE(a_batch_is_no_larger_than_asked) {
    queue.writer_connected();
    std::vector<std::future<db::RegistrationOutcome>> requests;
    for (int i = 0; i < 5; ++i) requests.push_back(submit(kPatient));
    std::size_t taken = 0;
    while (taken < 5) {
        const Batch batch = queue.take(2);
        BOOST_TEST(batch.size() <= 2U);
        taken += batch.size();
        for (const auto& ticket : batch) queue.settle(*ticket, db::Allowed{});
    }
    for (auto& request : requests) BOOST_TEST(std::holds_alternative<db::Allowed>(request.get()));
}

BOOST_AUTO_TEST_CASE(without_a_connected_writer_requests_fail_at_once) {
    RegistrationQueue strict(0ms);
    BOOST_TEST(unavailable(strict.submit(registration(1), kPatient)).reason == "the database is away");
    strict.writer_connected();
    strict.writer_lost();
    BOOST_TEST(!unavailable(strict.submit(registration(1), kPatient)).outcome_uncertain);
}

BOOST_AUTO_TEST_CASE(requests_wait_for_a_writer_that_was_just_lost) {
    RegistrationQueue lenient(kPatient);
    lenient.writer_connected();
    lenient.writer_lost();
    auto patient =
        std::async(std::launch::async, [&lenient] { return lenient.submit(registration(1), kPatient); });
    BOOST_TEST(!unavailable(lenient.submit(registration(1), kImpatient)).outcome_uncertain);
    lenient.writer_connected();
    lenient.settle(*lenient.take(1).at(0), db::Allowed{});
    BOOST_TEST(std::holds_alternative<db::Allowed>(patient.get()));
}

BOOST_AUTO_TEST_CASE(a_request_that_gives_up_before_the_commit_is_left_out) {
    queue.writer_connected();
    auto impatient = submit(kImpatient, 1);
    auto patient = submit(kPatient, 2);
    Batch batch = take_all(2);
    BOOST_TEST(!unavailable(impatient.get()).outcome_uncertain);
    BOOST_TEST(!queue.start_commit(batch));
    queue.drop_abandoned(batch);
    BOOST_REQUIRE(batch.size() == 1U);
    BOOST_TEST(batch[0]->registration().scope.target_id.value() == 2U);
    BOOST_TEST(queue.start_commit(batch));
    queue.settle(*batch[0], db::Allowed{});
    BOOST_TEST(std::holds_alternative<db::Allowed>(patient.get()));
}

BOOST_AUTO_TEST_CASE(a_request_that_gives_up_during_the_commit_is_uncertain) {
    queue.writer_connected();
    auto request = submit(std::chrono::milliseconds(200));
    const Batch batch = take_all(1);
    BOOST_REQUIRE(queue.start_commit(batch));
    BOOST_TEST(unavailable(request.get()).outcome_uncertain);
    queue.settle(*batch[0], db::Allowed{});  // too late, but harmless
}

BOOST_AUTO_TEST_CASE(after_a_cancelled_commit_nothing_is_uncertain) {
    queue.writer_connected();
    auto request = submit(std::chrono::milliseconds(200));
    const Batch batch = take_all(1);
    BOOST_REQUIRE(queue.start_commit(batch));
    queue.cancel_commit(batch);
    BOOST_TEST(!unavailable(request.get()).outcome_uncertain);
}

BOOST_AUTO_TEST_CASE(a_request_that_gives_up_in_the_queue_is_never_taken) {
    queue.writer_connected();
    BOOST_TEST(!unavailable(queue.submit(registration(1), kImpatient)).outcome_uncertain);
    queue.close();
    BOOST_TEST(queue.take(10).empty());
}

BOOST_AUTO_TEST_CASE(while_all_writers_are_stuck_requests_fail_at_once) {
    queue.writer_connected();
    auto stuck = submit(kImpatient);
    const Batch batch = take_all(1);
    static_cast<void>(stuck.get());
    BOOST_TEST(unavailable(queue.submit(registration(1), kPatient)).reason == "the database does not answer");
    queue.settle(*batch[0], db::Allowed{});
    auto next = submit(kPatient);
    queue.settle(*take_all(1)[0], db::Allowed{});
    BOOST_TEST(std::holds_alternative<db::Allowed>(next.get()));
}

BOOST_AUTO_TEST_CASE(queued_registrations_are_taken_after_the_close) {
    queue.writer_connected();
    auto request = submit(kPatient);
    const Batch first = take_all(1);
    queue.close();
    queue.settle(*first[0], db::Allowed{});
    BOOST_TEST(std::holds_alternative<db::Allowed>(request.get()));
    BOOST_TEST(queue.take(10).empty());
    BOOST_TEST(queue.wait_for_close(kPatient));
}

BOOST_AUTO_TEST_CASE(many_threads_lose_nothing) {
    constexpr int kRequests = 8;
    constexpr int kEach = 200;
    queue.writer_connected();
    queue.writer_connected();
    std::vector<std::jthread> writers;
    for (int i = 0; i < 2; ++i) {
        writers.emplace_back([this] {
            for (Batch batch = queue.take(4); !batch.empty(); batch = queue.take(4)) {
                queue.drop_abandoned(batch);
                const bool commit = queue.start_commit(batch);
                for (const auto& ticket : batch) {
                    model::Event event;
                    event.id = *ticket->registration().scope.target_id;
                    if (commit) queue.settle(*ticket, event);
                }
            }
        });
    }
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> requests;
        for (int i = 0; i < kRequests; ++i) {
            requests.emplace_back([this, i, &right] {
                for (int k = 0; k < kEach; ++k) {
                    const auto target = static_cast<model::Id>(i * kEach + k);
                    const auto outcome = queue.submit(registration(target), kPatient);
                    const auto* event = std::get_if<model::Event>(&outcome);
                    if (event != nullptr && event->id == target) ++right;
                }
            });
        }
    }
    queue.close();
    BOOST_TEST(right == kRequests * kEach);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
