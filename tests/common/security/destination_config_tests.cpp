#define BOOST_TEST_MODULE destination_config
#include "common/security/destination_config.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace {

security::Destinations read(std::vector<const char*> environment) {
    environment.push_back(nullptr);
    auto config = base::Config::load("/nonexistent", false, environment.data());
    auto destinations = security::read_destinations(config);
    config.finish();
    return destinations;
}

void check_refused(const char* setting, const std::string& key, const std::string& entry) {
    const auto names_both = [&](const base::ConfigError& error) {
        const std::string text = error.what();
        return text.find(key + " \"" + entry + "\": ") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(read({setting}), base::ConfigError, names_both);
}

}  // namespace

BOOST_AUTO_TEST_CASE(without_the_keys_there_are_no_exceptions) {
    BOOST_TEST(read({}).allows("example.com", 65535));
    BOOST_TEST(!read({}).allows("localhost", 443));
    BOOST_TEST(!read({"TARGETHOOKS_DESTINATION_ALLOW="}).allows("localhost", 443));
}

BOOST_AUTO_TEST_CASE(both_keys_are_read) {
    const auto destinations = read(
        {"TARGETHOOKS_DESTINATION_ALLOW=127.0.0.0/8, fd00::/8", "TARGETHOOKS_DESTINATION_PORTS=443,8443"});
    BOOST_TEST(destinations.allows("localhost", 8443));
    BOOST_TEST(!destinations.allows("localhost", 444));
    BOOST_TEST(!destinations.allows("example.com", 444));
}

BOOST_AUTO_TEST_CASE(a_wrong_value_is_named_with_its_key) {
    check_refused("TARGETHOOKS_DESTINATION_ALLOW=10.0.0.0/8 10.1.0.0/33", "destination_allow", "10.1.0.0/33");
    check_refused("TARGETHOOKS_DESTINATION_PORTS=443 https", "destination_ports", "https");
}
