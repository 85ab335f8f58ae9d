#define BOOST_TEST_MODULE server_stop
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <thread>
#include <vector>

#include "tests/support/server_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using base::Descriptor;

// The record that closes idle connections of nginx.
const std::string kClosing{1, 7, 0, 1, 0, 0, 0, 0};

class Fixture : public support::ServerFixture {
  public:
    [[nodiscard]] fcgi::Handler collecting() {
        return [this](http::Reply reply) { replies(std::move(reply)); };
    }

    // Returns once the server does no longer accept.
    [[nodiscard]] std::future<bool> start_to_stop(std::chrono::milliseconds limit = kLong) {
        auto stopped = std::async(std::launch::async, [this, limit] { return server().stop(limit); });
        std::this_thread::sleep_for(100ms);
        return stopped;
    }

    support::ReplyCollector replies;
};

bool is_ready(const std::future<bool>& future) {
    return future.wait_for(0ms) == std::future_status::ready;
}

std::string receive_once(int connection) {
    std::array<char, 8192> buffer{};
    const ssize_t count = recv(connection, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max(count, ssize_t{0}))};
}

// As nginx does it with the connections in its cache.
bool is_to_be_closed(int connection) {
    return receive_once(connection) == kClosing;
}

BOOST_FIXTURE_TEST_SUITE(server_stop_tests, Fixture)

BOOST_AUTO_TEST_CASE(an_idle_server_stops_at_once) {
    fcgi::Options options = patient();
    options.io_threads = 8;
    start(collecting(), options);
    BOOST_TEST(server().stop(kLong));
    BOOST_TEST(server().stop(kLong));
}

BOOST_AUTO_TEST_CASE(requests_in_hand_are_answered_and_nothing_is_accepted) {
    start(collecting());
    const Descriptor first = connect_and_send(support::post("", false));
    const Descriptor second = connect_and_send(support::post("", true));
    BOOST_REQUIRE(replies.wait_for(2));
    auto stopped = start_to_stop();
    BOOST_TEST(!is_ready(stopped));
    const Descriptor third = connect_and_send(support::post("", false));
    for (int i = 0; i < 2; ++i) replies.take().answer({.status = 200, .body = "done"});
    for (const Descriptor* connection : {&first, &second}) {
        BOOST_TEST(support::receive(connection->get()).output.ends_with("done"));
        BOOST_TEST(receive_once(connection->get()) == (connection == &second ? kClosing : ""));
        BOOST_TEST(support::is_closed_by_peer(connection->get()));
    }
    BOOST_TEST(stopped.get());
    BOOST_TEST(replies.count() == 0U);
    // It still waits for another process.
    const Descriptor accepted(accept(listening(), nullptr, nullptr));
    BOOST_TEST(accepted.get() >= 0);
}

BOOST_AUTO_TEST_CASE(an_answer_on_a_kept_connection_comes_together_with_the_record_that_closes_it) {
    start(collecting());
    const Descriptor connection = connect_and_send(support::post("", true));
    BOOST_REQUIRE(replies.wait_for(1));
    auto stopped = start_to_stop();
    replies.take().answer({.status = 204});
    const std::string end{1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    BOOST_TEST(receive_once(connection.get()).ends_with(end + kClosing));
    BOOST_TEST(stopped.get());
}

BOOST_AUTO_TEST_CASE(a_large_answer_has_that_record_as_well) {
    start(collecting());
    const Descriptor connection = connect_and_send(support::post("", true));
    BOOST_REQUIRE(replies.wait_for(1));
    auto stopped = start_to_stop();
    replies.take().answer({.status = 200, .body = std::string(3 << 20, 'l')});
    const auto reply = support::receive(connection.get());
    BOOST_TEST(reply.ended);
    BOOST_TEST(reply.output.size() > (3U << 20));
    // It was sent by the same call as the end of the answer.
    pollfd wanted{connection.get(), POLLIN, 0};
    BOOST_TEST(poll(&wanted, 1, 0) == 1);
    BOOST_TEST(receive_once(connection.get()) == kClosing);
    BOOST_TEST(stopped.get());
}

BOOST_AUTO_TEST_CASE(what_still_comes_on_kept_connections_is_answered_and_ends_them) {
    start(support::answer_with_request);
    std::vector<Descriptor> kept;
    for (int i = 0; i < 10; ++i) {
        kept.push_back(connect_and_send(support::post("", true)));
        BOOST_TEST(support::receive(kept.back().get()).ended);
    }
    auto stopped = start_to_stop();
    for (const Descriptor& connection : kept) {
        support::send(connection.get(), support::post("still", true));
        // The record before the answer means nothing to the web server.
        BOOST_TEST(support::receive(connection.get()).output.ends_with(" still"));
        BOOST_TEST(is_to_be_closed(connection.get()));
        BOOST_TEST(support::is_closed_by_peer(connection.get()));
    }
    BOOST_TEST(stopped.get());
}

BOOST_AUTO_TEST_CASE(the_web_server_is_asked_to_close_idle_connections) {
    start(support::answer_with_request);
    std::vector<Descriptor> idle;
    for (int i = 0; i < 10; ++i) {
        idle.push_back(connect_and_send(support::post("", true)));
        BOOST_TEST(support::receive(idle.back().get()).ended);
    }
    auto stopped = start_to_stop();
    BOOST_TEST(!is_ready(stopped));
    for (const Descriptor& connection : idle) BOOST_TEST(is_to_be_closed(connection.get()));
    BOOST_TEST(!is_ready(stopped));
    idle.clear();
    BOOST_TEST(stopped.get());
}

BOOST_AUTO_TEST_CASE(half_a_request_is_waited_for) {
    start(support::answer_with_request);
    const std::string request = support::post("half", true);
    const Descriptor connection = connect_and_send(std::string_view(request).substr(0, 30));
    std::this_thread::sleep_for(50ms);
    auto stopped = start_to_stop();
    BOOST_TEST(!is_ready(stopped));
    support::send(connection.get(), std::string_view(request).substr(30));
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" half"));
    BOOST_TEST(stopped.get());
}

BOOST_AUTO_TEST_CASE(at_the_limit_idle_connections_are_closed) {
    start(support::answer_with_request);
    const Descriptor idle = connect_and_send(support::post("", true));
    BOOST_TEST(support::receive(idle.get()).ended);
    BOOST_TEST(server().stop(100ms));
    const std::string received = receive_once(idle.get());
    BOOST_TEST((received == kClosing || received.empty()));  // empty: the limit came first
    BOOST_TEST(receive_once(idle.get()).empty());
}

BOOST_AUTO_TEST_CASE(at_the_limit_requests_in_hand_are_given_up) {
    start(collecting());
    const Descriptor connection = connect_and_send(support::post("", true));
    http::Reply reply = replies.take();
    BOOST_TEST(!server().stop(100ms));
    BOOST_TEST(reply.is_expired());
    BOOST_TEST(support::is_closed_by_peer(connection.get()));
}

// Clients that connect again whenever their connection is closed, as nginx does, and servers that take turns.
BOOST_AUTO_TEST_CASE(restarts_under_load_lose_no_request) {
    start(support::answer_with_request);
    std::atomic<bool> is_over = false;
    std::atomic<int> lost = 0;
    std::atomic<int> answered = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            std::optional<Descriptor> kept;
            while (!is_over) {
                pollfd wanted{kept ? kept->get() : -1, POLLIN, 0};
                if (poll(&wanted, 1, 0) > 0) kept.reset();
                if (!kept) kept.emplace(connect().release());
                support::send(kept->get(), support::post("x", true));
                support::receive(kept->get()).output.ends_with(" x") ? ++answered : ++lost;
            }
        });
    }
    for (int i = 0; i < 20; ++i) {
        std::this_thread::sleep_for(20ms);
        BOOST_TEST(server().stop(kLong));
        start(support::answer_with_request);
    }
    is_over = true;
    clients.clear();
    BOOST_TEST(lost == 0);
    BOOST_TEST(answered > 100);
    BOOST_TEST(log().find("failed") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
