#define BOOST_TEST_MODULE signature
#include "delivery/http/signature.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using delivery::sign;
using delivery::signature_header;

namespace {

// "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", decoded.
const std::string kSecret(
    "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0");
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kTime = 1614265330;
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr const char* kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

}  // namespace

// The test vector of the reference libraries of Standard Webhooks.
BOOST_AUTO_TEST_CASE(the_vector_of_standard_webhooks) {
    BOOST_TEST(sign(kSecret, kId, kTime, kBody) == kSignature);
}

// Computed by Python's hmac: base64(hmac(b"\0" * 32, b"1.0.", "sha256")).
BOOST_AUTO_TEST_CASE(an_empty_body_and_a_secret_of_nul_bytes) {
    BOOST_TEST(sign(std::string(32, '\0'), "1", 0, "") == "v1,e+bD21PGE7Bq8YrqzHXm2lt5nEeHj9GsJwlCLUcH3ng=");
}

// Computed by Python's hmac: base64(hmac(b"k" * 65, b"id.-1.\0\xff", "sha256")): a key longer than a block.
BOOST_AUTO_TEST_CASE(a_long_secret_and_any_bytes) {
    BOOST_TEST(sign(std::string(65, 'k'), "id", -1, std::string("\0\xff", 2)) ==
               "v1,LuYXYO9k2O4ao4JqsPIyImgP457ujmqTQL6HXydgNPc=");
}

BOOST_AUTO_TEST_CASE(every_part_counts) {
    BOOST_TEST(sign(kSecret + "x", kId, kTime, kBody) != kSignature);
    BOOST_TEST(sign(kSecret, "msg", kTime, kBody) != kSignature);
    BOOST_TEST(sign(kSecret, kId, kTime + 1, kBody) != kSignature);
    BOOST_TEST(sign(kSecret, kId, kTime, "{}") != kSignature);
}

BOOST_AUTO_TEST_CASE(during_a_rotation_there_is_one_for_each_secret) {
    const std::vector<std::string> secrets{std::string(32, 'n'), kSecret};
    BOOST_TEST(signature_header(secrets, kId, kTime, kBody) ==
               sign(secrets[0], kId, kTime, kBody) + " " + kSignature);
    BOOST_TEST(signature_header(std::vector{kSecret}, kId, kTime, kBody) == kSignature);
}
