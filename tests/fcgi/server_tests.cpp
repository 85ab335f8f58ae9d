#define BOOST_TEST_MODULE server
#include "fcgi/server.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "fcgi/http/body.hpp"
#include "tests/support/server_fixture.hpp"

namespace {

using namespace std::chrono_literals;
using base::Descriptor;
using support::answer_with_request;

constexpr int kClients = 16;
constexpr int kEach = 50;

class Fixture : public support::ServerFixture {
  public:
    // Counts the requests that reach the handler.
    [[nodiscard]] fcgi::Handler counting() {
        return [this](http::Reply reply) {
            ++handled;
            reply.answer({});
        };
    }

    [[nodiscard]] static fcgi::Options impatient() {
        fcgi::Options options = patient();
        options.peer_timeout = 1s;
        return options;
    }

    [[nodiscard]] bool serves_another() const {
        const Descriptor connection = connect_and_send(support::post("another", false));
        return support::receive(connection.get()).output.ends_with(" another");
    }

    // systemd does this to the shared socket whenever it starts a process.
    void make_blocking() const {
        const int flags = fcntl(listening(), F_GETFL);
        BOOST_REQUIRE((flags & O_NONBLOCK) != 0);
        BOOST_REQUIRE(fcntl(listening(), F_SETFL, flags & ~O_NONBLOCK) == 0);
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
                        const Descriptor connection = connect_and_send(support::post(body, false));
                        if (support::receive(connection.get()).output.ends_with(" " + body)) ++right;
                    }
                });
            }
        }
        return right;
    }

    std::atomic<int> handled = 0;
};

constexpr std::string_view kHead =
    "Status: 200 OK\r\nCache-Control: no-store\r\nContent-Type: application/json\r\nContent-Length: "
    "74\r\nX-Reply: yes\r\n\r\n";
constexpr std::string_view kWords = "id-1 POST /test?query X_TEST=one;X_TEST=two;CONTENT_TYPE=text/plain; ";

BOOST_FIXTURE_TEST_SUITE(server_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_request_reaches_the_handler_and_its_response_comes_back) {
    start(answer_with_request);
    const Descriptor connection = connect_and_send(support::post("hello", false));
    const auto reply = support::receive(connection.get());
    BOOST_TEST(reply.ended);
    BOOST_TEST(reply.output == std::string(kHead) + std::string(kWords) + "hello");
    BOOST_TEST(support::is_closed_by_peer(connection.get()));
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_byte_by_byte) {
    start(answer_with_request);
    const Descriptor connection = connect();
    for (const char byte : support::post("hello", true)) {
        support::send(connection.get(), std::string_view(&byte, 1));
        std::this_thread::sleep_for(100us);
    }
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" hello"));
}

BOOST_AUTO_TEST_CASE(a_request_may_be_split_anywhere) {
    start(answer_with_request);
    const std::string request = support::post("hello", true);
    for (std::size_t size = 0; size < request.size(); size += 7) {
        const Descriptor connection = connect();
        support::send(connection.get(), std::string_view(request).substr(0, size));
        std::this_thread::sleep_for(1ms);
        support::send(connection.get(), std::string_view(request).substr(size));
        BOOST_TEST(support::receive(connection.get()).output.ends_with(" hello"), "after " << size);
    }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_serves_one_request_after_the_other) {
    start(answer_with_request);
    const Descriptor connection = connect();
    for (int i = 0; i < 15; ++i) {
        support::send(connection.get(), support::post(std::to_string(i), true));
        const auto reply = support::receive(connection.get());
        BOOST_TEST(reply.ended);
        BOOST_TEST(reply.output.ends_with(" " + std::to_string(i)));
    }
}

// So that it comes back to whoever has the least to do.
BOOST_AUTO_TEST_CASE(a_kept_connection_ends_after_some_requests_with_the_record_that_tells_the_web_server) {
    start(answer_with_request);
    const Descriptor connection = connect();
    int answered = 0;
    std::string behind;
    while (behind.empty() && answered < 1000) {
        support::send(connection.get(), support::post("", true));
        BOOST_REQUIRE(support::receive(connection.get()).ended);
        ++answered;
        std::array<char, 64> buffer{};
        const ssize_t count = recv(connection.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (count > 0) behind.assign(buffer.data(), static_cast<std::size_t>(count));
    }
    BOOST_TEST(answered >= 16);
    BOOST_TEST(answered <= 48);
    const std::string empty_error_record{1, 7, 0, 1, 0, 0, 0, 0};
    BOOST_TEST(behind == empty_error_record);
    BOOST_TEST(support::is_closed_by_peer(connection.get()));
}

BOOST_AUTO_TEST_CASE(requests_that_come_together_are_answered_in_their_order) {
    start(answer_with_request);
    constexpr int kTogether = 15;
    std::string requests;
    for (int i = 0; i < kTogether; ++i) requests += support::post(std::to_string(i), true);
    const Descriptor connection = connect();
    std::jthread sender([&] { support::send(connection.get(), requests); });
    for (int i = 0; i < kTogether; ++i) {
        BOOST_TEST(support::receive(connection.get()).output.ends_with(" " + std::to_string(i)));
    }
}

BOOST_AUTO_TEST_CASE(idle_kept_connections_hold_nothing) {
    fcgi::Options options = impatient();
    options.io_threads = 1;
    options.requests = 1;
    start(answer_with_request, options);
    std::vector<Descriptor> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(connect_and_send(support::post("kept", true)));
        BOOST_TEST(support::receive(idle.back().get()).ended);
    }
    BOOST_TEST(serves_another());
    std::this_thread::sleep_for(1500ms);
    for (const Descriptor& kept : idle) {
        support::send(kept.get(), support::post("again", true));
        BOOST_TEST(support::receive(kept.get()).output.ends_with(" again"));
    }
}

BOOST_AUTO_TEST_CASE(half_requests_hold_nothing_and_time_out) {
    fcgi::Options options = impatient();
    options.io_threads = 1;
    options.requests = 1;
    start(answer_with_request, options);
    std::vector<Descriptor> silent;
    const std::string request = support::post("hello", false);
    for (int i = 0; i < 50; ++i) {
        for (const std::size_t sent : {std::size_t{0}, std::size_t{3}, std::size_t{20}, request.size() - 1}) {
            silent.push_back(connect_and_send(std::string_view(request).substr(0, sent)));
        }
    }
    for (int i = 0; i < 20; ++i) BOOST_TEST(serves_another());
    for (const Descriptor& peer : silent) BOOST_TEST(support::is_closed_by_peer(peer.get()));
}

BOOST_AUTO_TEST_CASE(a_body_of_another_length_never_reaches_the_handler) {
    start(counting());
    const Descriptor connection = connect();
    for (const char* length : {"4", "6", "-1", "5x", "18446744073709551616"}) {
        support::send(connection.get(),
                      support::begin_request(true) + support::parameters({{"CONTENT_LENGTH", length}}) +
                          support::standard_input("hello") + support::end_of_standard_input());
        BOOST_TEST(support::receive(connection.get()).output.starts_with("Status: 400 Bad Request\r\n"),
                   "length " << length);
    }
    BOOST_TEST(handled == 0);
}

BOOST_AUTO_TEST_CASE(the_limit_of_the_body_is_exact) {
    start(answer_with_request);
    for (const std::size_t size : {http::kMaxBodyBytes, http::kMaxBodyBytes + 1}) {
        const Descriptor connection = connect_and_send(support::post(std::string(size, 'x'), false));
        const auto reply = support::receive(connection.get());
        BOOST_TEST(reply.output.starts_with(size > http::kMaxBodyBytes ? "Status: 413 " : "Status: 200 "));
        BOOST_TEST(reply.ended);
    }
}

BOOST_AUTO_TEST_CASE(a_request_beyond_what_is_read_gets_its_answer_and_ends_its_connection) {
    start(counting());
    const Descriptor connection = connect();
    std::jthread sender([&] {
        const std::string request = support::post(std::string(4 << 20, 'x'), true);
        try {
            support::send(connection.get(), request);
        } catch (const std::system_error&) {
            // The server may have closed the connection.
        }
        shutdown(connection.get(), SHUT_WR);
    });
    const auto reply = support::receive(connection.get());
    BOOST_TEST(reply.output.starts_with("Status: 413 "));
    BOOST_TEST(reply.ended);
    BOOST_TEST(support::is_closed_by_peer(connection.get()));
    BOOST_TEST(handled == 0);
}

BOOST_AUTO_TEST_CASE(parameters_beyond_what_is_read_end_their_connection) {
    start(counting());
    const Descriptor connection = connect();
    std::jthread sender([&] {
        std::string request = support::begin_request(true);
        const std::string record = support::parameters({{"HTTP_LONG", std::string(60'000, 'x')}});
        constexpr std::size_t kEndRecord = 8;
        for (int i = 0; i < 10; ++i) request += record.substr(0, record.size() - kEndRecord);
        try {
            support::send(connection.get(), request);
        } catch (const std::system_error&) {
            // The server has closed the connection.
        }
    });
    BOOST_TEST(support::is_closed_by_peer(connection.get()));
    BOOST_TEST(handled == 0);
}

BOOST_AUTO_TEST_CASE(a_peer_that_vanishes_in_the_body_never_reaches_the_handler) {
    start(counting());
    {
        const Descriptor connection =
            connect_and_send(support::begin_request(false) + support::parameters({{"CONTENT_LENGTH", "5"}}) +
                             support::standard_input("hell"));
    }
    const Descriptor connection = connect_and_send(support::post("", false));
    BOOST_TEST(support::receive(connection.get()).ended);
    BOOST_TEST(handled == 1);
}

BOOST_AUTO_TEST_CASE(a_request_whose_peer_has_gone_before_it_is_read_never_reaches_the_handler) {
    std::atomic<bool> go = false;
    std::atomic<bool> is_in_hand = false;
    fcgi::Options options = patient();
    options.io_threads = 1;
    start(
        [&](http::Reply reply) {
            ++handled;
            is_in_hand = true;
            is_in_hand.notify_all();
            go.wait(false);  // unlike every real handler
            reply.answer({});
        },
        options);
    const Descriptor first = connect_and_send(support::post("first", false));
    is_in_hand.wait(false);
    { const Descriptor second = connect_and_send(support::post("given up", false)); }
    const Descriptor third = connect_and_send(support::post("third", false));
    go = true;
    go.notify_all();
    BOOST_TEST(support::receive(first.get()).ended);
    BOOST_TEST(support::receive(third.get()).ended);
    BOOST_TEST(handled == 2);
}

BOOST_AUTO_TEST_CASE(truncated_parameters_never_reach_the_handler) {
    start(counting());
    const std::string whole = support::parameters({{"REQUEST_METHOD", "POST"}, {"REQUEST_URI", "/"}});
    constexpr std::size_t kEndRecord = 8;
    for (std::size_t sent = 0; sent <= whole.size() - kEndRecord; ++sent) {
        const Descriptor connection = connect_and_send(support::begin_request(false) + whole.substr(0, sent));
        shutdown(connection.get(), SHUT_WR);
        BOOST_TEST(support::is_closed_by_peer(connection.get()));
    }
    BOOST_TEST(handled == 0);
}

BOOST_AUTO_TEST_CASE(garbage_ends_its_connection_and_nothing_else) {
    start(answer_with_request);
    for (const std::string& garbage :
         {std::string(100, 'x'), std::string(100, '\0'), std::string("GET / HTTP/1.1\r\n\r\n")}) {
        const Descriptor connection = connect_and_send(garbage);
        BOOST_TEST(support::is_closed_by_peer(connection.get()));
    }
    BOOST_TEST(serves_another());
}

BOOST_AUTO_TEST_CASE(many_clients_at_once_each_get_their_own_answer) {
    fcgi::Options options = patient();
    options.requests = 4;
    start(answer_with_request, options);
    BOOST_TEST(right_answers_to_many_clients() == kClients * kEach);
}

BOOST_AUTO_TEST_CASE(a_socket_that_others_made_blocking_keeps_no_thread) {
    fcgi::Options options = patient();
    options.io_threads = 8;
    start(answer_with_request, options);
    make_blocking();
    BOOST_TEST(right_answers_to_many_clients() == kClients * kEach);
    BOOST_TEST(server().stop(kLong));
}

BOOST_AUTO_TEST_CASE(without_descriptors_the_oldest_idle_connection_gives_way) {
    fcgi::Options options = patient();
    options.io_threads = 1;
    start(answer_with_request, options);
    std::vector<Descriptor> idle;
    for (int i = 0; i < 3; ++i) {
        idle.push_back(connect_and_send(support::post("kept", true)));
        BOOST_TEST(support::receive(idle.back().get()).ended);
    }
    const Descriptor connection = connect();
    rlimit limits{};
    BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &limits) == 0);
    // All numbers up to the highest one in use are taken, so the server gets none.
    std::vector<Descriptor> taken;
    rlimit none = limits;
    none.rlim_cur = 256;
    BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    const Descriptor later = connect();
    for (int number = dup(0); number >= 0; number = dup(0)) taken.emplace_back(number);
    support::send(connection.get(), support::post("first", false));
    support::send(later.get(), support::post("second", true));
    const bool is_answered = support::receive(later.get()).output.ends_with(" second");
    BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &limits) == 0);
    BOOST_TEST(is_answered);
    BOOST_TEST(support::receive(connection.get()).output.ends_with(" first"));
}

BOOST_AUTO_TEST_CASE(each_answer_has_its_line_in_the_log) {
    start([](http::Reply reply) {
        reply.note("account", "one");
        reply.answer({.status = 201, .body = "", .headers = {}, .log = {{"webhook", "two"}}});
    });
    const Descriptor connection = connect();
    constexpr int kMany = 15;
    for (int i = 0; i < kMany; ++i) {
        support::send(connection.get(), support::post("", true));
        BOOST_TEST(support::receive(connection.get()).ended);
    }
    shutdown(connection.get(), SHUT_WR);
    BOOST_TEST(server().stop(kLong));
    const std::string lines = log();
    BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == kMany);
    BOOST_TEST(
        lines.find(" level=info event=request request_id=id-1 method=POST path=/test status=201 us=") !=
        std::string::npos);
    BOOST_TEST(lines.ends_with(" account=one webhook=two\n"));
}

BOOST_AUTO_TEST_CASE(only_a_listening_socket_is_accepted) {
    const Descriptor connection = connect();
    const Descriptor file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    BOOST_CHECK_THROW(fcgi::require_listening_socket(connection.get()), std::runtime_error);
    BOOST_CHECK_THROW(fcgi::require_listening_socket(file.get()), std::runtime_error);
    BOOST_CHECK_NO_THROW(fcgi::require_listening_socket(listening()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
