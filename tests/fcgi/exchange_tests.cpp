#define BOOST_TEST_MODULE exchange
#include "fcgi/exchange.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fcgi/http/body.hpp"
#include "tests/support/fastcgi_client.hpp"

namespace {

using fcgi::Exchange;
using fcgi::MemoryFile;

struct Fixture {
    Fixture() { fcgi::initialise_fastcgi(); }

    MemoryFile file;
};

std::string with_parameters(std::string_view bytes) {
    const std::string content(bytes);
    const std::string header{1, 4, 0, 1, 0, static_cast<char>(content.size()), 0, 0};
    return support::begin_request(true) + header + content + std::string("\1\4\0\1\0\0\0\0", 8) +
           support::end_of_standard_input();
}

BOOST_FIXTURE_TEST_SUITE(exchange_tests, Fixture)

BOOST_AUTO_TEST_CASE(a_descriptor_reads_the_bytes_and_then_the_end) {
    for (const std::size_t size : {MemoryFile::kMostInput, std::size_t{5}, std::size_t{0}}) {
        const int descriptor = file.open_input(std::string(size, 'a'));
        std::string read_back(MemoryFile::kMostInput + 1, '\0');
        BOOST_TEST(read(descriptor, read_back.data(), read_back.size()) == static_cast<ssize_t>(size));
        BOOST_TEST(read(descriptor, read_back.data(), read_back.size()) == 0);
        BOOST_TEST((read_back.substr(0, size) == std::string(size, 'a')));
    }
}

BOOST_AUTO_TEST_CASE(output_may_be_longer_than_input_and_leaves_nothing_behind) {
    const std::string large(3 * MemoryFile::kMostInput + 1, 'o');
    const int descriptor = file.open_output();
    BOOST_TEST(write(descriptor, large.data(), large.size()) == static_cast<ssize_t>(large.size()));
    file.append("end");
    BOOST_TEST((file.output() == large + "end"));
    std::string read_back(large.size(), '\0');
    BOOST_TEST(read(file.open_input("input"), read_back.data(), read_back.size()) == 5);
    struct stat status {};
    BOOST_TEST(fstat(descriptor, &status) == 0);
    BOOST_TEST(status.st_size == static_cast<off_t>(MemoryFile::kMostInput));
}

BOOST_AUTO_TEST_CASE(many_requests_may_be_in_hand_before_they_are_answered) {
    std::vector<Exchange> exchanges;
    for (int i = 0; i < 20; ++i) {
        auto exchange = Exchange::read(file, support::post("body " + std::to_string(i), i % 2 == 0));
        BOOST_REQUIRE(exchange.has_value());
        BOOST_TEST(!exchange->error().has_value());
        BOOST_TEST(exchange->keeps_connection() == (i % 2 == 0));
        const http::Request request = exchange->take_request();
        BOOST_TEST(request.method == "POST");
        BOOST_TEST(request.body == "body " + std::to_string(i));
        exchanges.push_back(std::move(*exchange));
    }
    for (Exchange& exchange : exchanges) {
        const std::string_view bytes = exchange.write(file, {.status = 204}, "behind");
        const std::string end{1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        BOOST_TEST(end.size() == Exchange::kEndBytes);
        BOOST_TEST(bytes.ends_with(end + "behind"));
        BOOST_TEST(bytes.substr(8).starts_with("Status: 204 No Content\r\n"));
    }
}

BOOST_AUTO_TEST_CASE(parameters_that_end_too_early_are_no_request_and_harm_no_other) {
    for (const char* const bytes : {"\5", "\1\1a", "\1\2ab", "\x80", "\1\x80"}) {
        BOOST_TEST(!Exchange::read(file, with_parameters(bytes)).has_value());
        BOOST_TEST(Exchange::read(file, support::post("hello", true)).has_value());
    }
    BOOST_TEST(Exchange::read(file, with_parameters("\1\1ab")).has_value());
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_large_request_gets_an_error) {
    const std::string request = support::post(std::string(2 * MemoryFile::kMostInput, 'x'), true);
    auto exchange = Exchange::read(file, std::string_view(request).substr(0, MemoryFile::kMostInput));
    BOOST_REQUIRE(exchange.has_value());
    BOOST_REQUIRE(exchange->error().has_value());
    BOOST_TEST(exchange->error()->status == 413);
}

BOOST_AUTO_TEST_CASE(a_response_to_head_has_no_body) {
    auto exchange = Exchange::read(file, support::begin_request(true) +
                                             support::parameters({{"REQUEST_METHOD", "HEAD"}}) +
                                             support::end_of_standard_input());
    BOOST_REQUIRE(exchange.has_value());
    const std::string_view bytes = exchange->write(file, {.status = 200, .body = "hidden"}, "");
    BOOST_TEST(bytes.find("Content-Length: 6\r\n") != std::string_view::npos);
    BOOST_TEST(bytes.find("hidden") == std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
