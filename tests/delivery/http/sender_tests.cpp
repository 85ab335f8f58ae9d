// The sender without receivers: waits and wakeups, refused and cancelled requests. test_sender.py and the
// other Python tests have the rest.
#define BOOST_TEST_MODULE sender
#include "delivery/http/sender.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using delivery::Failure;
using delivery::Sender;
using delivery::SenderSettings;

namespace {

using Clock = std::chrono::steady_clock;

// Much longer than anything here takes.
constexpr std::chrono::milliseconds kForEver{std::chrono::hours(1000)};

delivery::Request request_to(std::string url, std::uint64_t tag = 1) {
    return {.tag = tag, .url = std::move(url), .check_cert = true, .headers = {"a: b"}, .body = "{}"};
}

delivery::Request request_with(const std::string& header) {
    auto request = request_to("https://example.com/");
    request.headers.push_back(header);
    return request;
}

struct Wakeup {
    Wakeup() : descriptor(eventfd(0, EFD_CLOEXEC)) { BOOST_REQUIRE(descriptor >= 0); }
    ~Wakeup() { close(descriptor); }
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    void wake() const { BOOST_REQUIRE(eventfd_write(descriptor, 1) == 0); }

    const int descriptor;
};

}  // namespace

BOOST_AUTO_TEST_CASE(waiting_ends_with_its_time) {
    Sender sender{SenderSettings{}};
    const auto start = Clock::now();
    BOOST_TEST(sender.wait(50ms, {}).empty());
    BOOST_TEST((Clock::now() - start >= 50ms));
    BOOST_TEST(sender.wait(0ms, {}).empty());
    BOOST_TEST(sender.wait(-1ms, {}).empty());
}

BOOST_AUTO_TEST_CASE(waiting_ends_when_it_is_woken) {
    Sender sender{SenderSettings{}};
    const Wakeup idle;
    const Wakeup ready;
    ready.wake();
    const std::array<int, 2> descriptors{idle.descriptor, ready.descriptor};
    // The descriptor is still readable, so it wakes again.
    for (int i = 0; i < 2; ++i) BOOST_TEST(sender.wait(kForEver, descriptors).empty());
}

BOOST_AUTO_TEST_CASE(refused_requests_end_in_the_next_wait) {
    Sender sender{SenderSettings{}};
    sender.start(request_to("https://127.0.0.1/", 7));
    sender.start(request_to("https://localhost/", 8));
    BOOST_TEST(sender.in_flight() == 2U);
    const auto outcomes = sender.wait(kForEver, {});
    BOOST_REQUIRE(outcomes.size() == 2U);
    BOOST_TEST(outcomes[0].tag == 7U);
    BOOST_TEST(outcomes[1].tag == 8U);
    for (const auto& outcome : outcomes) {
        BOOST_TEST((outcome.failure == Failure::kRefused));
        BOOST_TEST(outcome.status == 0);
    }
    BOOST_TEST(outcomes[0].detail == "127.0.0.1 port 443");
    BOOST_TEST(sender.in_flight() == 0U);
    BOOST_TEST(sender.wait(0ms, {}).empty());
}

BOOST_AUTO_TEST_CASE(cancelled_requests_end_in_the_next_wait) {
    Sender sender{SenderSettings{}};
    sender.cancel_all();
    BOOST_TEST(sender.wait(0ms, {}).empty());
    // An address that never answers. Nothing is sent before the loop runs.
    sender.start(request_to("https://192.88.98.1/", 3));
    sender.cancel_all();
    BOOST_TEST(sender.in_flight() == 1U);
    const auto outcomes = sender.wait(kForEver, {});
    BOOST_REQUIRE(outcomes.size() == 1U);
    BOOST_TEST(outcomes[0].tag == 3U);
    BOOST_TEST((outcomes[0].failure == Failure::kStopped));
    BOOST_TEST(sender.in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(an_allowed_address_is_tried) {
    SenderSettings settings;
    settings.destinations = {security::AllowList::parse("127.0.0.1:1"), {}};
    Sender sender{settings};
    sender.start(request_to("https://127.0.0.1:1/"));
    const auto outcomes = sender.wait(kForEver, {});
    BOOST_REQUIRE(outcomes.size() == 1U);
    BOOST_TEST((outcomes[0].failure == Failure::kConnect), outcomes[0].detail);
}

BOOST_AUTO_TEST_CASE(headers_with_a_line_end_are_refused) {
    Sender sender{SenderSettings{}};
    for (const std::string& header : {std::string("a: b\r\nc: d"), std::string("a: b\n"),
                                      std::string("a: b\r"), std::string("a: b\0", 5)}) {
        BOOST_CHECK_THROW(sender.start(request_with(header)), std::invalid_argument);
    }
    BOOST_TEST(sender.in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(wrong_settings_are_refused_by_name) {
    for (const char* proxy : {"127.0.0.1:3128", "socks5h://proxy.example", "://"}) {
        SenderSettings settings;
        settings.proxy = proxy;
        BOOST_CHECK_EXCEPTION(Sender{settings}, std::invalid_argument,
                              [](const std::invalid_argument& error) {
                                  return std::string(error.what()).starts_with("proxy ");
                              });
    }
    for (const char* file : {"", "/nonexistent", "/etc/passwd", "/etc"}) {
        SenderSettings settings;
        settings.ca_file = file;
        BOOST_CHECK_EXCEPTION(Sender{settings}, std::invalid_argument,
                              [](const std::invalid_argument& error) {
                                  return std::string(error.what()).starts_with("ca_file ");
                              });
    }
}
