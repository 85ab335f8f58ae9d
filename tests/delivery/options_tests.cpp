#define BOOST_TEST_MODULE options
#include "delivery/options.hpp"

#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "common/base/service_main.hpp"

using base::CommandLine;
using delivery::Options;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A configuration with these lines and a key for secrets.
Options options_of(const std::string& lines, bool with_key = true) {
    std::string path = "/tmp/targethooks-options-XXXXXX";
    close(mkstemp(path.data()));
    std::ofstream(path) << lines << (with_key ? "secret_key = " + std::string(64, 'a') + "\n" : "");
    auto config = base::Config::load(path, true, nullptr);
    unlink(path.c_str());
    return Options::from(config);
}

bool names(const std::exception& error, std::string_view key) {
    BOOST_TEST_INFO(error.what());
    return std::string_view(error.what()).find(key) != std::string_view::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_defaults_are_those_of_the_contract) {
    const Options options = options_of("");
    BOOST_CHECK(options.dispatcher.sender.total_timeout == seconds{15});
    BOOST_TEST(options.dispatcher.session.database.user == "targethooks_deliver");
    BOOST_TEST(options.dispatcher.limits.in_flight == 512U);
    BOOST_TEST(options.dispatcher.wakeup_socket == "/run/targethooks/deliver/wakeup.sock");
    BOOST_TEST(!options.dispatcher.session.worker_name.empty());
    BOOST_CHECK(options.housekeeper.age == std::chrono::days{30});
    // A lease outlives the longest request.
    BOOST_CHECK(options.dispatcher.lease_margin >= seconds{10});
}

BOOST_AUTO_TEST_CASE(each_key_sets_its_option) {
    const Options options = options_of(
        "deliver_timeout_ms = 2000\ndeliver_connect_timeout_ms = 700\ndeliver_in_flight = 50\n"
        "deliver_per_host = 6\ndeliver_per_webhook = 3\ndeliver_poll_ms = 100\n"
        "deliver_lease_margin_ms = 4000\ndeliver_stop_ms = 0\ndeliver_dead_after_ms = 5000\n"
        "deliver_name = two\nwakeup_socket = /tmp/n\ndeliver_retention_days = 7\n"
        "deliver_database_user = me\ndeliver_log_file = /tmp/log\ndestination_allow = 10.0.0.0/8\n"
        "api_workers = 3\nadmin_database_user = x\n");
    const auto& dispatcher = options.dispatcher;
    BOOST_CHECK(dispatcher.sender.total_timeout == milliseconds{2000});
    BOOST_CHECK(dispatcher.sender.connect_timeout == milliseconds{700});
    BOOST_TEST(dispatcher.limits.in_flight == 50U);
    BOOST_TEST(dispatcher.limits.per_host == 6U);
    BOOST_TEST(dispatcher.limits.per_webhook == 3U);
    BOOST_CHECK(dispatcher.poll_interval == milliseconds{100});
    BOOST_CHECK(dispatcher.lease_margin == milliseconds{4000});
    BOOST_CHECK(dispatcher.stop_limit == milliseconds{0});
    BOOST_CHECK(dispatcher.session.dead_after == milliseconds{5000});
    BOOST_CHECK(dispatcher.session.heartbeat_interval == milliseconds{1000});
    BOOST_TEST(dispatcher.session.worker_name == "two");
    BOOST_TEST(dispatcher.wakeup_socket == "/tmp/n");
    BOOST_TEST(dispatcher.session.database.user == "me");
    BOOST_TEST(options.log.path == "/tmp/log");
    BOOST_CHECK(options.housekeeper.age == std::chrono::days{7});
    BOOST_CHECK(options_of("deliver_retention_days = 0\n").housekeeper.age == seconds{0});
    BOOST_CHECK(options_of("").housekeeper.audit_age == std::chrono::days{365});
    BOOST_CHECK(options_of("deliver_audit_retention_days = 0\n").housekeeper.audit_age == seconds{0});
}

BOOST_AUTO_TEST_CASE(webhooks_that_only_fail_are_disabled_after_five_days) {
    const auto policy_of = [](const std::string& days) {
        const std::string line = days.empty() ? "" : "deliver_disable_after_days = " + days + "\n";
        return options_of(line).dispatcher.session.disable;
    };
    BOOST_CHECK(policy_of("").after == std::chrono::days{5});
    BOOST_CHECK(policy_of("").warning == std::chrono::days{1});
    BOOST_CHECK(policy_of("2").after == std::chrono::days{2});
    BOOST_CHECK(policy_of("2").warning == std::chrono::days{1});
    BOOST_CHECK(policy_of("1").after == std::chrono::days{1});
    BOOST_CHECK(policy_of("1").warning == seconds{0});  // there is no time to warn
    BOOST_CHECK(!policy_of("0").after);
    BOOST_CHECK(policy_of("36500").after == std::chrono::days{36'500});
}

BOOST_AUTO_TEST_CASE(mails_are_off_without_a_sender) {
    BOOST_TEST(options_of("").mailer.from.empty());
    const auto mailer = options_of("mail_from = hooks@example.com\n").mailer;
    BOOST_TEST(mailer.from == "hooks@example.com");
    const std::vector<std::string> sendmail{"/usr/sbin/sendmail", "-t"};
    BOOST_TEST(mailer.command == sendmail, boost::test_tools::per_element());
    BOOST_CHECK(mailer.limits.time == seconds{30});
    BOOST_TEST(mailer.database.user == "targethooks_deliver");
    const std::vector<std::string> words{"/usr/bin/msmtp", "-t", "--account=a"};
    BOOST_TEST(options_of("mail_command = /usr/bin/msmtp  -t\t--account=a\n").mailer.command == words,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_values_are_named) {
    for (const auto& [key, value] :
         std::array<std::pair<std::string, std::string>, 17>{{{"deliver_timeout_ms", "0"},
                                                              {"deliver_in_flight", "0"},
                                                              {"deliver_per_host", "x"},
                                                              {"deliver_per_webhook", "1001"},
                                                              {"deliver_poll_ms", "1"},
                                                              {"deliver_retention_days", "-1"},
                                                              {"deliver_disable_after_days", "36501"},
                                                              {"deliver_disable_after_days", "five"},
                                                              {"mail_from", "Targethooks <a@b>"},
                                                              {"mail_from", "a@b,c@d"},
                                                              {"mail_command", "sendmail -t"},
                                                              {"mail_command", ""},
                                                              {"deliver_failpoint", "lunch"},
                                                              {"deliver_name", std::string(256, 'n')},
                                                              {"wakeup_socket", "/" + std::string(107, 's')},
                                                              {"destination_allow", "everything"},
                                                              {"deliver_unheard_of", "1"}}}) {
        BOOST_TEST_CONTEXT(key) {
            BOOST_CHECK_EXCEPTION((void)options_of(key + " = " + value + "\n"), base::ConfigError,
                                  [&key = key](const auto& error) { return names(error, key); });
        }
    }
}

BOOST_AUTO_TEST_CASE(failpoints_and_time_scale_are_only_in_builds_for_tests) {
    const std::string lines =
        "deliver_failpoint = after-send\ndeliver_failpoint_hit = 3\ndeliver_time_scale = 10\n";
#ifdef TARGETHOOKS_FAILPOINTS
    const Options options = options_of(lines);
    BOOST_CHECK(options.dispatcher.time_scale(seconds{30}) == seconds{3});
    BOOST_CHECK(options.housekeeper.age == std::chrono::days{3});
    BOOST_CHECK(options_of("").dispatcher.time_scale(seconds{30}) == seconds{30});
#else
    BOOST_CHECK_EXCEPTION((void)options_of(lines), base::ConfigError,
                          [](const auto& error) { return names(error, "deliver_failpoint"); });
#endif
}

BOOST_AUTO_TEST_CASE(without_a_secret_key_the_program_does_not_start) {
    BOOST_CHECK_EXCEPTION((void)options_of("", false), base::ConfigError,
                          [](const auto& error) { return names(error, "secret_key"); });
}

BOOST_AUTO_TEST_CASE(the_command_line_has_few_options) {
    const std::array<const char*, 3> words{"targethooks-deliver", "--config", "/etc/x"};
    const CommandLine line = CommandLine::parse("targethooks-deliver", 3, words.data());
    BOOST_TEST(line.config_path == "/etc/x");
    BOOST_TEST(line.config_must_exist);
    BOOST_CHECK_THROW((void)CommandLine::parse("targethooks-deliver", 2, words.data()),
                      std::invalid_argument);
    const std::array<const char*, 2> help{"targethooks-deliver", "--help"};
    BOOST_TEST(CommandLine::parse("targethooks-deliver", 2, help.data()).show_help);
}
