#define BOOST_TEST_MODULE get_secret
#include <boost/test/unit_test.hpp>
#include <string>

#include "handlers/webhooks/webhook_operations.hpp"

BOOST_AUTO_TEST_CASE(a_secret_is_base64_behind_a_prefix) {
    BOOST_TEST(handlers::secret_to_json(std::string(24, '\0')) ==
               R"({"secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})");
    BOOST_TEST(handlers::secret_to_json("\xff\xfe\xfd\xfc") == R"({"secret":"whsec_//79/A=="})");
}
