#define BOOST_TEST_MODULE api_options
#include "handlers/api_options.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/service_main.hpp"

namespace {

using base::CommandLine;
using handlers::ApiOptions;
using Environment = std::vector<const char*>;

// The options with a secret_key, because that has no default.
ApiOptions options_from(Environment environment) {
    constexpr const char* kKeyFile = "api_options_tests.key";
    std::ofstream(kKeyFile) << std::string(64, 'a') << '\n';
    const std::string setting = std::string("TARGETHOOKS_SECRET_KEY_FILE=") + kKeyFile;
    environment.push_back(setting.c_str());
    environment.push_back(nullptr);
    auto config = base::Config::load("/nonexistent", false, environment.data());
    return ApiOptions::from(config);
}

CommandLine parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "targethooks-api");
    return CommandLine::parse("targethooks-api", static_cast<int>(arguments.size()), arguments.data());
}

BOOST_AUTO_TEST_CASE(without_any_setting_the_defaults_hold) {
    const ApiOptions options = options_from({});
    BOOST_TEST(options.io_threads == 1U);
    BOOST_TEST(options.requests == 1024U);
    BOOST_TEST(options.workers == 8U);
    BOOST_TEST(options.store_timeout.count() == 1800);
    BOOST_TEST(options.limits.webhooks_of_target == 1000U);
    BOOST_TEST(options.limits.webhooks_of_account == 10'000U);
    BOOST_TEST(options.limits.registrations_per_second == 0U);
    BOOST_TEST(options.limits.publications_per_second == 0U);
    BOOST_TEST(options.log.path.empty());
    BOOST_TEST(options.database.user == "targethooks_api");
    BOOST_TEST(options.database.schema == "targethooks");
}

BOOST_AUTO_TEST_CASE(the_connection_times_out_with_the_request) {
    BOOST_TEST(options_from({"TARGETHOOKS_API_STORE_TIMEOUT_MS=2001"}).database.io_timeout.count() == 3);
    BOOST_TEST(options_from({"TARGETHOOKS_API_STORE_TIMEOUT_MS=2000"}).database.io_timeout.count() == 2);
}

BOOST_AUTO_TEST_CASE(limits_themselves_are_accepted) {
    const ApiOptions least = options_from(
        {"TARGETHOOKS_API_IO_THREADS=1", "TARGETHOOKS_API_REQUESTS=16", "TARGETHOOKS_API_WORKERS=1"});
    BOOST_TEST((least.io_threads == 1 && least.requests == 16 && least.workers == 1));
    const ApiOptions most = options_from(
        {"TARGETHOOKS_API_IO_THREADS=64", "TARGETHOOKS_API_REQUESTS=65536", "TARGETHOOKS_API_WORKERS=256"});
    BOOST_TEST((most.io_threads == 64 && most.requests == 65'536 && most.workers == 256));
}

BOOST_AUTO_TEST_CASE(wrong_values_are_refused) {
    for (const char* setting :
         {"TARGETHOOKS_API_IO_THREADS=0", "TARGETHOOKS_API_IO_THREADS=65", "TARGETHOOKS_API_REQUESTS=15",
          "TARGETHOOKS_API_REQUESTS=65537", "TARGETHOOKS_API_WORKERS=0", "TARGETHOOKS_API_WORKERS=257",
          "TARGETHOOKS_API_STORE_TIMEOUT_MS=99", "TARGETHOOKS_LOG_LEVEL=loud", "TARGETHOOKS_LOG_FORMAT=xml",
          "TARGETHOOKS_DATABASE_PORT=0", "TARGETHOOKS_DATABASE_PORT=65536", "TARGETHOOKS_API_IO_THREAD=1",
          "TARGETHOOKS_API_WEBHOOKS_OF_TARGET=-1", "TARGETHOOKS_API_WEBHOOKS_OF_ACCOUNT=",
          "TARGETHOOKS_API_REGISTRATIONS_PER_SECOND=1.5", "TARGETHOOKS_API_PUBLICATIONS_PER_SECOND=many",
          "TARGETHOOKS_DESTINATION_ALLOW=10.0.0.0/33", "TARGETHOOKS_DESTINATION_PORTS=0"}) {
        BOOST_CHECK_THROW(options_from({setting}), base::ConfigError);
    }
}

BOOST_AUTO_TEST_CASE(without_a_key_for_secrets_there_is_no_start) {
    const std::array<const char*, 1> nothing{nullptr};
    auto config = base::Config::load("/nonexistent", false, nothing.data());
    BOOST_CHECK_THROW(ApiOptions::from(config), base::ConfigError);
}

BOOST_AUTO_TEST_CASE(other_programs_keys_are_left_alone) {
    BOOST_CHECK_NO_THROW(
        options_from({"TARGETHOOKS_ADMIN_DATABASE_USER=x", "TARGETHOOKS_DELIVER_ANYTHING=1"}));
}

BOOST_AUTO_TEST_CASE(destinations_are_everyones_keys) {
    BOOST_TEST(!options_from({}).destinations.allows("localhost", 443));
    const auto options =
        options_from({"TARGETHOOKS_DESTINATION_ALLOW=127.0.0.1", "TARGETHOOKS_DESTINATION_PORTS=443"});
    BOOST_TEST(options.destinations.allows("localhost", 443));
    BOOST_TEST(!options.destinations.allows("localhost", 8443));
}

BOOST_AUTO_TEST_CASE(plaintext_goes_to_this_machine_only) {
    BOOST_CHECK_THROW(options_from({"TARGETHOOKS_DATABASE_HOST=db.example.com"}), base::ConfigError);
    BOOST_CHECK_NO_THROW(options_from({"TARGETHOOKS_DATABASE_HOST=::1"}));
    BOOST_CHECK_NO_THROW(options_from(
        {"TARGETHOOKS_DATABASE_HOST=db.example.com", "TARGETHOOKS_DATABASE_TLS_CA=/etc/ssl/ca.pem"}));
    BOOST_CHECK_NO_THROW(options_from(
        {"TARGETHOOKS_DATABASE_HOST=db.example.com", "TARGETHOOKS_DATABASE_SOCKET=/run/db.sock"}));
}

BOOST_AUTO_TEST_CASE(the_command_line_names_the_configuration) {
    unsetenv("TARGETHOOKS_CONFIG");
    BOOST_TEST(parse({}).config_path == base::kDefaultConfigPath);
    BOOST_TEST(!parse({}).config_must_exist);
    BOOST_TEST(parse({"--config", "/tmp/x"}).config_path == "/tmp/x");
    BOOST_TEST(parse({"--config", "/tmp/x"}).config_must_exist);
    setenv("TARGETHOOKS_CONFIG", "/tmp/y", 1);
    BOOST_TEST(parse({}).config_path == "/tmp/y");
    BOOST_TEST(parse({}).config_must_exist);
    BOOST_TEST(parse({"--config", "/tmp/x"}).config_path == "/tmp/x");
    unsetenv("TARGETHOOKS_CONFIG");
    BOOST_TEST(parse({"--help"}).show_help);
    BOOST_TEST(parse({"--version"}).show_version);
}

BOOST_AUTO_TEST_CASE(wrong_options_are_refused) {
    BOOST_CHECK_THROW(parse({"--config"}), std::invalid_argument);
    BOOST_CHECK_THROW(parse({"--threads", "3"}), std::invalid_argument);
    BOOST_CHECK_THROW(parse({"file"}), std::invalid_argument);
}

}  // namespace
