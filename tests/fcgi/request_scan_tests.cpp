#define BOOST_TEST_MODULE request_scan
#include "fcgi/request_scan.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/support/fastcgi_client.hpp"

namespace {

using State = fcgi::RequestScan::State;

std::string begin(char role = 1, char request_id = 1) {
    return {1, 1, 0, request_id, 0, 8, 0, 0, 0, role, 1, 0, 0, 0, 0, 0};
}

std::string record(char type, std::string_view content, char padding = 0, char request_id = 1) {
    const std::string header{1, type, 0, request_id, 0, static_cast<char>(content.size()), padding, 0};
    return header + std::string(content) + std::string(static_cast<std::size_t>(padding), 'p');
}

constexpr char kParameters = 4;
constexpr char kInput = 5;

std::string whole() {
    return begin() + record(kParameters, "ab") + record(kParameters, "") + record(kInput, "body") +
           record(kInput, "");
}

BOOST_AUTO_TEST_CASE(a_request_ends_with_its_empty_input) {
    const std::vector<std::string> complete = {
        whole(),
        begin() + record(kParameters, "") + record(kInput, ""),
        begin() + record(kParameters, "a", 7) + record(kParameters, "b", 1) + record(kParameters, "") +
            record(kInput, "c", 3) + record(kInput, "d") + record(kInput, "", 2),
        begin(1, 5) + record(kParameters, "", 0, 5) + record(kInput, "", 0, 5),
        support::post("hello", true),
        support::post(std::string(200'000, 'x'), false),
    };
    for (const std::string& request : complete) {
        for (const std::string& behind : {std::string(), std::string("x"), whole()}) {
            const auto scan = fcgi::scan_request(request + behind);
            BOOST_TEST((scan.state == State::kComplete));
            BOOST_TEST(scan.size == request.size());
            BOOST_TEST(scan.has_parameters);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_beginning_of_a_request_is_incomplete) {
    const std::string request = whole();
    const std::size_t parameters_end =
        begin().size() + record(kParameters, "ab").size() + record(kParameters, "").size();
    for (std::size_t size = 0; size < request.size(); ++size) {
        const auto scan = fcgi::scan_request(std::string_view(request).substr(0, size));
        BOOST_TEST((scan.state == State::kIncomplete), "of " << size);
        BOOST_TEST(scan.has_parameters == (size >= parameters_end), "of " << size);
    }
}

BOOST_AUTO_TEST_CASE(anything_else_is_invalid) {
    constexpr char kAbort = 2;
    constexpr char kGetValues = 9;
    const std::vector<std::string> invalid = {
        "x",
        std::string(1, '\0'),
        std::string(1, '\2') + whole().substr(1),
        "GET / HTTP/1.1\r\n\r\n",
        record(kParameters, ""),
        record(kInput, ""),
        record(kGetValues, "", 0, 0),
        begin(1, 0),
        begin(0),
        begin(2),
        begin(3),
        begin() + begin(),
        begin() + record(kInput, ""),
        begin() + record(kAbort, ""),
        begin() + record(kGetValues, "", 0, 0),
        begin() + record(kParameters, "", 0, 2),
        begin() + record(kParameters, "") + record(kParameters, ""),
        begin() + record(kParameters, "") + record(kAbort, ""),
        begin() + record(kParameters, "") + record(kInput, "", 0, 2),
        record(1, "seven b"),
        record(1, "nine byte"),
        begin() + std::string(1, '\0'),
        record(1, std::string_view("\0\1\1\0\0\0\0\0", 8), 1),
        begin() + record(kParameters, "", 1),
    };
    for (const std::string& bytes : invalid) {
        BOOST_TEST((fcgi::scan_request(bytes).state == State::kInvalid), "of " << bytes);
    }
}

}  // namespace
