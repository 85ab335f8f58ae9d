#define BOOST_TEST_MODULE server
#include "fcgi/server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/descriptors.hpp"
#include "fcgi/http/body.hpp"
#include "tests/support/fastcgi_client.hpp"

namespace {

using namespace std::chrono_literals;
using base::Descriptor;

constexpr auto kLong = std::chrono::milliseconds{60s};
constexpr int kClients = 16;
constexpr int kEach = 50;

// A server whose handler returns the request, and clients of it.
class Fixture {
  public:
    Fixture() { fcgi::initialise_fastcgi(); }

    void start(std::size_t threads, std::chrono::seconds peer_timeout = 60s) {
        start(threads, peer_timeout, [](const http::Request& request) {
            std::string headers;
            for (const auto& [name, value] : request.headers) headers += name + "=" + value + ";";
            return http::Response{.status = 200,
                                  .body = request.id + " " + request.method + " " + request.uri + " " +
                                          headers + " " + request.body,
                                  .headers = {{"X-Reply", "yes"}}};
        });
    }

    void start(std::size_t threads, std::chrono::seconds peer_timeout, fcgi::Handler handler) {
        server_ = std::make_unique<fcgi::Server>(
            fcgi::Server::Options{
                .listening_socket = socket_.listening(), .threads = threads, .peer_timeout = peer_timeout},
            std::move(handler), [](std::string_view, std::string_view) {});
    }

    [[nodiscard]] Descriptor connect() const { return Descriptor(socket_.connect()); }
    fcgi::Server& server() { return *server_; }

    // systemd does this to the shared socket whenever it starts a process.
    void make_blocking() const {
        const int flags = fcntl(socket_.listening(), F_GETFL);
        BOOST_REQUIRE((flags & O_NONBLOCK) != 0);
        BOOST_REQUIRE(fcntl(socket_.listening(), F_SETFL, flags & ~O_NONBLOCK) == 0);
    }

    // Starts kClients clients that send kEach requests each.
    [[nodiscard]] int right_answers_to_many_clients() const {
        std::atomic<int> right = 0;
        {
            std::vector<std::jthread> clients;
            for (int i = 0; i < kClients; ++i) {
                clients.emplace_back([this, i, &right] {
                    for (int k = 0; k < kEach; ++k) {
                        const std::string body = std::to_string(i * kEach + k);
                        const Descriptor connection = connect();
                        support::send(connection.get(), support::post(body, false));
                        if (support::receive(connection.get()).output.ends_with(" " + body)) ++right;
                    }
                });
            }
        }
        return right;
    }

  private:
    support::Socket socket_;
    std::unique_ptr<fcgi::Server> server_;
};

constexpr std::string_view kHead =
    "Status: 200 OK\r\nCache-Control: no-store\r\nContent-Type: application/json\r\nContent-Length: "
    "74\r\nX-Reply: yes\r\n\r\n";
constexpr std::string_view kWords = "id-1 POST /test?query X_TEST=one;X_TEST=two;CONTENT_TYPE=text/plain; ";

BOOST_FIXTURE_TEST_SUITE(server_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_request_reaches_the_handler_and_its_response_comes_back) {
    start(1);
    const Descriptor connection = connect();
    support::send(connection.get(), support::post("hello", false));
    const auto reply = support::receive(connection.get());
    BOOST_TEST(reply.ended);
    BOOST_TEST(reply.output == std::string(kHead) + std::string(kWords) + "hello");
    BOOST_TEST(support::is_closed_by_peer(connection.get()));
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_byte_by_byte) {
    start(1);
    const Descriptor connection = connect();
    for (const char byte : support::post("hello", false))
        support::send(connection.get(), std::string_view(&byte, 1));
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" hello"));
}

BOOST_AUTO_TEST_CASE(a_kept_connection_serves_one_request_after_the_other) {
    start(2);
    const Descriptor connection = connect();
    for (int i = 0; i < 20; ++i) {
        support::send(connection.get(), support::post(std::to_string(i), true));
        const auto reply = support::receive(connection.get());
        BOOST_TEST(reply.ended);
        BOOST_TEST(reply.output.ends_with(" " + std::to_string(i)));
    }
}

BOOST_AUTO_TEST_CASE(idle_kept_connections_hold_no_thread) {
    start(1);
    std::vector<Descriptor> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(connect());
        support::send(idle.back().get(), support::post("kept", true));
        BOOST_TEST(support::receive(idle.back().get()).ended);
    }
    // The only thread still serves a new connection, and each of the kept ones.
    const Descriptor connection = connect();
    support::send(connection.get(), support::post("new", false));
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" new"));
    for (const Descriptor& kept : idle) {
        support::send(kept.get(), support::post("again", true));
        BOOST_TEST(support::receive(kept.get()).output.ends_with(" again"));
    }
}

BOOST_AUTO_TEST_CASE(a_body_of_another_length_never_reaches_the_handler) {
    std::atomic<int> calls = 0;
    start(1, 60s, [&calls](const http::Request&) {
        ++calls;
        return http::Response{};
    });
    for (const char* length : {"4", "6", "-1", "5x", "18446744073709551616"}) {
        const Descriptor connection = connect();
        support::send(connection.get(),
                      support::begin_request(false) + support::parameters({{"CONTENT_LENGTH", length}}) +
                          support::standard_input("hello") + support::end_of_standard_input());
        BOOST_TEST(support::receive(connection.get()).output.starts_with("Status: 400 Bad Request\r\n"),
                   "length " << length);
    }
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_body_is_exact) {
    start(1);
    for (const std::size_t size : {http::kMaxBodyBytes, http::kMaxBodyBytes + 1}) {
        const Descriptor connection = connect();
        support::send(connection.get(), support::post(std::string(size, 'x'), false));
        const auto reply = support::receive(connection.get());
        BOOST_TEST(reply.output.starts_with(size > http::kMaxBodyBytes ? "Status: 413 " : "Status: 200 "));
        BOOST_TEST(reply.ended);
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_vanishes_in_the_body_never_reaches_the_handler) {
    std::atomic<int> calls = 0;
    start(1, 60s, [&calls](const http::Request& request) {
        if (request.body == "hell") ++calls;
        return http::Response{};
    });
    {
        const Descriptor connection = connect();
        support::send(connection.get(), support::begin_request(false) +
                                            support::parameters({{"CONTENT_LENGTH", "5"}}) +
                                            support::standard_input("hell"));
    }
    const Descriptor connection = connect();
    support::send(connection.get(), support::post("", false));
    BOOST_TEST(support::receive(connection.get()).ended);
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(a_request_that_its_peer_has_abandoned_never_reaches_the_handler) {
    std::latch in_hand(1);
    std::promise<void> go;
    const auto gone = go.get_future().share();
    std::atomic<int> given_up = 0;
    start(1, 60s, [&in_hand, &given_up, gone](const http::Request& request) {
        if (request.body == "given up") ++given_up;
        if (request.body == "first") in_hand.count_down();
        gone.wait();
        return http::Response{.status = 200, .body = "done"};
    });
    const Descriptor first = connect();
    support::send(first.get(), support::post("first", false));
    in_hand.wait();
    {
        const Descriptor second = connect();
        support::send(second.get(), support::post("given up", false));
    }
    const Descriptor third = connect();
    support::send(third.get(), support::post("third", false));
    go.set_value();
    BOOST_TEST(support::receive(first.get()).ended);
    shutdown(first.get(), SHUT_RDWR);
    BOOST_TEST(support::receive(third.get()).ended);
    BOOST_TEST(given_up == 0);
}

BOOST_AUTO_TEST_CASE(silent_peers_time_out) {
    start(2, 1s);
    std::vector<Descriptor> silent;
    const std::string request = support::post("hello", false);
    for (const std::size_t sent : {0U, 3U, 20U, 100U}) {
        silent.push_back(connect());
        support::send(silent.back().get(), std::string_view(request).substr(0, sent));
    }
    const Descriptor connection = connect();
    support::send(connection.get(), support::post("hello", false));
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" hello"));
    for (const Descriptor& peer : silent) BOOST_TEST(support::is_closed_by_peer(peer.get()));
}

BOOST_AUTO_TEST_CASE(truncated_parameters_never_reach_the_handler) {
    std::atomic<int> calls = 0;
    start(1, 60s, [&calls](const http::Request&) {
        ++calls;
        return http::Response{};
    });
    const std::string whole = support::parameters({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/"}});
    constexpr std::size_t kEndRecord = 8;
    for (std::size_t sent = 0; sent <= whole.size() - kEndRecord; ++sent) {
        const Descriptor connection = connect();
        support::send(connection.get(), support::begin_request(false) + whole.substr(0, sent));
        shutdown(connection.get(), SHUT_WR);
        BOOST_TEST(support::is_closed_by_peer(connection.get()));
    }
    BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_CASE(garbage_ends_its_connection_and_nothing_else) {
    start(1);
    for (const std::string& garbage :
         {std::string(100, 'x'), std::string(100, '\0'), std::string("GET / HTTP/1.1\r\n\r\n")}) {
        const Descriptor connection = connect();
        support::send(connection.get(), garbage);
        BOOST_TEST(support::is_closed_by_peer(connection.get()));
    }
    const Descriptor connection = connect();
    support::send(connection.get(), support::post("hello", false));
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" hello"));
}

BOOST_AUTO_TEST_CASE(stopping_finishes_the_requests_in_hand) {
    std::latch in_hand(2);
    std::promise<void> go;
    const auto gone = go.get_future().share();
    start(4, 60s, [&in_hand, gone](const http::Request&) {
        in_hand.count_down();
        gone.wait();
        return http::Response{.status = 200, .body = "done"};
    });
    const Descriptor first = connect();
    const Descriptor second = connect();
    support::send(first.get(), support::post("", false));
    support::send(second.get(), support::post("", true));
    in_hand.wait();
    BOOST_TEST(!server().stop(10ms));
    go.set_value();
    // In any order, because libfcgi waits until the web server closes the connection after its response.
    for (const Descriptor* connection : {&first, &second}) {
        BOOST_TEST(support::receive(connection->get()).output.ends_with("done"));
    }
    BOOST_TEST(server().stop(kLong));
}

BOOST_AUTO_TEST_CASE(an_idle_server_stops) {
    start(32);
    BOOST_TEST(server().stop(kLong));
}

BOOST_AUTO_TEST_CASE(many_clients_at_once_each_get_their_own_answer) {
    start(8);
    BOOST_TEST(right_answers_to_many_clients() == kClients * kEach);
}

// If threads race for a connection, the losers find none to accept. They must not block until the next one.
BOOST_AUTO_TEST_CASE(a_socket_that_others_made_blocking_keeps_no_thread) {
    start(32);
    make_blocking();
    BOOST_TEST(right_answers_to_many_clients() == kClients * kEach);
    BOOST_TEST(server().stop(kLong));
}

BOOST_AUTO_TEST_CASE(only_a_listening_socket_is_accepted) {
    const Descriptor connection = connect();
    const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    BOOST_CHECK_THROW(fcgi::require_listening_socket(connection.get()), std::runtime_error);
    BOOST_CHECK_THROW(fcgi::require_listening_socket(file.get()), std::runtime_error);
    BOOST_CHECK_NO_THROW(fcgi::require_listening_socket(support::Socket().listening()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
