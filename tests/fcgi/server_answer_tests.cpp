#define BOOST_TEST_MODULE server_answer
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "tests/support/server_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using base::Descriptor;

class Fixture : public support::ServerFixture {
  public:
    [[nodiscard]] fcgi::Handler collecting() {
        return [this](http::Reply reply) { replies(std::move(reply)); };
    }

    [[nodiscard]] static fcgi::Options impatient() {
        fcgi::Options options = patient();
        options.patience = 100ms;
        return options;
    }

    support::ReplyCollector replies;
};

http::Response saying(std::string_view text) {
    return {.status = 200, .body = std::string(text)};
}

// Waits until nobody waits for the answer any more.
bool expires(const http::Reply& reply) {
    for (int i = 0; i < 10'000 && !reply.is_expired(); ++i) std::this_thread::sleep_for(1ms);
    return reply.is_expired();
}

BOOST_FIXTURE_TEST_SUITE(server_answer_tests, Fixture)

BOOST_AUTO_TEST_CASE(another_thread_may_answer_in_any_order) {
    start(collecting());
    std::vector<Descriptor> connections;
    for (int i = 0; i < 10; ++i)
        connections.push_back(connect_and_send(support::post(std::to_string(i), true)));
    BOOST_REQUIRE(replies.wait_for(connections.size()));
    std::vector<http::Reply> taken;
    for (int i = 0; i < 10; ++i) taken.push_back(replies.take());
    for (; !taken.empty(); taken.pop_back()) {
        const std::string body = taken.back().request().body;
        taken.back().answer(saying("answer to " + body));
    }
    for (std::size_t i = 0; i < connections.size(); ++i) {
        BOOST_TEST(support::receive(connections[i].get())
                       .output.ends_with("\r\n\r\nanswer to " + std::to_string(i)));
    }
}

BOOST_AUTO_TEST_CASE(many_threads_may_answer_at_once) {
    support::ReplyCollector waiting;
    fcgi::Options options = patient();
    options.requests = 8;
    start([&](http::Reply reply) { waiting(std::move(reply)); }, options);
    constexpr int kEach = 200;
    constexpr int kThreads = 4;
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < kThreads; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < kEach; ++k) {
                    http::Reply reply = waiting.take();
                    const std::string body = reply.request().body;
                    reply.answer(saying(body));
                }
            });
            threads.emplace_back([&, i] {
                for (int k = 0; k < kEach; ++k) {
                    const std::string body = std::to_string(i * kEach + k);
                    const Descriptor connection = connect_and_send(support::post(body, true));
                    if (support::receive(connection.get()).output.ends_with("\n" + body)) ++right;
                }
            });
        }
    }
    BOOST_TEST(right == kThreads * kEach);
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_dropped_is_a_500) {
    start([](const http::Reply&) {});
    const Descriptor connection = connect_and_send(support::post("", true));
    BOOST_TEST(
        support::receive(connection.get()).output.starts_with("Status: 500 Internal Server Error\r\n"));
}

BOOST_AUTO_TEST_CASE(the_server_answers_when_the_patience_ends) {
    start(collecting(), impatient());
    const Descriptor connection = connect_and_send(support::post("", true));
    BOOST_TEST(support::receive(connection.get()).output.find("Expired.") != std::string::npos);
    http::Reply late = replies.take();
    BOOST_TEST(late.is_expired());
    BOOST_TEST(!late.start_commit());
    // The late answer does not become the answer to the next request.
    support::send(connection.get(), support::post("", true));
    late.answer(saying("late"));
    replies.take().answer(saying("in time"));
    BOOST_TEST(support::receive(connection.get()).output.ends_with("in time"));
}

BOOST_AUTO_TEST_CASE(the_answer_to_an_expired_commit_says_so) {
    start(collecting(), impatient());
    const Descriptor connection = connect_and_send(support::post("", true));
    http::Reply reply = replies.take();
    BOOST_TEST(reply.start_commit());
    BOOST_TEST(support::receive(connection.get()).output.find("Expired in the commit.") != std::string::npos);
    reply.answer(saying("late"));
    BOOST_TEST(log().find("status=500") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(patience_ends_in_the_order_of_arrival_also_on_one_connection) {
    start(collecting(), impatient());
    const Descriptor connection = connect();
    for (int i = 0; i < 3; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        support::send(connection.get(), support::post("", true));
        BOOST_TEST(support::receive(connection.get()).output.starts_with("Status: 500 "));
        BOOST_TEST((std::chrono::steady_clock::now() - begin >= 100ms));
    }
}

BOOST_AUTO_TEST_CASE(a_request_whose_peer_has_gone_expires) {
    start(collecting());
    std::optional<Descriptor> connection(std::in_place, connect().release());
    support::send(connection->get(), support::post("", true));
    http::Reply reply = replies.take();
    BOOST_TEST(!reply.is_expired());
    connection.reset();
    BOOST_TEST(expires(reply));
    BOOST_TEST(!reply.start_commit());
    reply.answer(saying("to nobody"));
}

BOOST_AUTO_TEST_CASE(a_reply_may_outlive_the_server) {
    std::optional<http::Reply> reply;
    {
        Fixture other;
        other.start(other.collecting());
        const Descriptor connection = other.connect_and_send(support::post("", true));
        reply.emplace(other.replies.take());
        BOOST_TEST(!other.server().stop(10ms));
        BOOST_TEST(reply->is_expired());
    }
    reply->answer(saying("to nobody"));
}

BOOST_AUTO_TEST_CASE(at_the_limit_nothing_is_read_until_a_request_is_answered) {
    constexpr std::size_t kMost = 4;
    fcgi::Options options = patient();
    options.io_threads = 2;
    options.requests = kMost;
    options.peer_timeout = 1s;
    start(collecting(), options);
    std::vector<Descriptor> connections;
    for (int i = 0; i < 20; ++i)
        connections.push_back(connect_and_send(support::post(std::to_string(i), true)));
    BOOST_REQUIRE(replies.wait_for(kMost));
    // No request is lost or refused meanwhile.
    std::this_thread::sleep_for(1500ms);
    BOOST_TEST(replies.count() == kMost);
    for (std::size_t i = 0; i < connections.size(); ++i) {
        http::Reply reply = replies.take();
        BOOST_TEST(replies.count() < kMost);
        const std::string body = reply.request().body;
        reply.answer(saying(body));
    }
    for (std::size_t i = 0; i < connections.size(); ++i) {
        BOOST_TEST(support::receive(connections[i].get()).output.ends_with("\n" + std::to_string(i)));
    }
}

BOOST_AUTO_TEST_CASE(at_the_limit_kept_connections_wait_as_well) {
    fcgi::Options options = patient();
    options.io_threads = 1;
    options.requests = 1;
    start(collecting(), options);
    const Descriptor first = connect_and_send(support::post("first", true));
    replies.take().answer(saying("first"));
    BOOST_TEST(support::receive(first.get()).ended);
    const Descriptor second = connect_and_send(support::post("second", true));
    http::Reply reply = replies.take();
    support::send(first.get(), support::post("again", true));
    std::this_thread::sleep_for(100ms);
    BOOST_TEST(replies.count() == 0U);
    reply.answer(saying("second"));
    BOOST_TEST(support::receive(second.get()).ended);
    BOOST_TEST(replies.take().request().body == "again");
}

BOOST_AUTO_TEST_CASE(a_slow_reader_of_a_large_answer_delays_no_other) {
    const std::string large(3 << 20, 'l');
    fcgi::Options options = patient();
    options.io_threads = 1;
    start(
        [&large](http::Reply reply) {
            const bool is_large = reply.request().body == "large";
            reply.answer(saying(is_large ? large : "small"));
        },
        options);
    const Descriptor slow = connect_and_send(support::post("large", true) + support::post("small", true));
    for (int i = 0; i < 100; ++i) {
        const Descriptor connection = connect_and_send(support::post("", false));
        BOOST_TEST(support::receive(connection.get()).output.ends_with("small"));
    }
    const auto reply = support::receive(slow.get());
    BOOST_TEST(reply.ended);
    BOOST_TEST(reply.output.ends_with("\r\n\r\n" + large));
    BOOST_TEST(support::receive(slow.get()).output.ends_with("small"));
    // The connection is watched as before.
    support::send(slow.get(), support::post("", true));
    BOOST_TEST(support::receive(slow.get()).output.ends_with("small"));
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_take_its_answer_times_out) {
    fcgi::Options options = patient();
    options.peer_timeout = 1s;
    start([](http::Reply reply) { reply.answer(saying(std::string(3 << 20, 'l'))); }, options);
    const Descriptor stuck = connect_and_send(support::post("", true));
    std::this_thread::sleep_for(2500ms);
    BOOST_TEST(!support::receive(stuck.get()).ended);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
