#define BOOST_TEST_MODULE command_line
#include "admin/command_line.hpp"

#include <boost/test/unit_test.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "admin/validation.hpp"

namespace {

using Words = std::vector<std::string>;

admin::Invocation parsed(const Words& words) {
    return admin::parse_command_line(words);
}

void check_refused(const Words& words, std::string_view message) {
    std::string shown;
    for (const auto& word : words) shown += word + " ";
    BOOST_TEST_CONTEXT(shown) {
        BOOST_CHECK_EXCEPTION(parsed(words), admin::UsageError, [&](const admin::UsageError& error) {
            BOOST_TEST_INFO(error.what());
            return std::string_view(error.what()).find(message) != std::string_view::npos;
        });
    }
}

Words words_of(const admin::Command& command) {
    Words words;
    std::istringstream text{std::string(command.words)};
    for (std::string word; text >> word;) words.push_back(word);
    return words;
}

}  // namespace

BOOST_AUTO_TEST_CASE(options_of_all_commands_come_before_or_after_the_words) {
    for (const Words& words : {Words{"--config", "/a", "--json", "account", "list"},
                               Words{"account", "list", "--json", "--config", "/a"},
                               Words{"--config=/a", "account", "list", "--json"}}) {
        const admin::Invocation invocation = parsed(words);
        BOOST_REQUIRE(invocation.command != nullptr);
        BOOST_TEST(invocation.command->words == "account list");
        BOOST_TEST(invocation.config_path.value_or("") == "/a");
        BOOST_CHECK(invocation.format == admin::Format::kJson);
    }
    BOOST_CHECK(parsed({"account", "list", "--wide"}).format == admin::Format::kWide);
    BOOST_CHECK(parsed({"--wide", "account", "list", "--json"}).format == admin::Format::kJson);
    BOOST_CHECK(parsed({"--json", "account", "list", "--wide"}).format == admin::Format::kJson);
    const admin::Invocation plain = parsed({"migrate"});
    BOOST_TEST(plain.command->words == "migrate");
    BOOST_TEST(!plain.config_path.has_value());
    BOOST_CHECK(plain.format == admin::Format::kPeople);
}

BOOST_AUTO_TEST_CASE(a_command_gets_its_options_and_its_argument) {
    const auto key =
        parsed({"key", "create", "--user", "U", "--name=a b", "--expires-in-days", "3"}).arguments;
    BOOST_TEST(key.required("user") == "U");
    BOOST_TEST(key.required("name") == "a b");
    BOOST_TEST(*key.optional("expires-in-days") == "3");
    BOOST_TEST(key.optional("expires") == nullptr);
    BOOST_TEST(parsed({"target", "delete", "T"}).arguments.required("id") == "T");
    const auto deletion = parsed({"account", "delete", "A", "--yes"}).arguments;
    BOOST_TEST(deletion.has("yes"));
    BOOST_TEST(!deletion.has("dry-run"));
    BOOST_TEST(deletion.required("id") == "A");
    BOOST_TEST(parsed({"account", "create", "--name", ""}).arguments.required("name") == "");
    BOOST_TEST(parsed({"account", "create", "--name", "--json"}).arguments.required("name") == "--json");
    BOOST_TEST(parsed({"account", "create", "--name", "[a,b]"}).arguments.required("name") == "[a,b]");
    BOOST_TEST(parsed({"target", "delete", "--", "-T"}).arguments.required("id") == "-T");
}

BOOST_AUTO_TEST_CASE(errors_name_what_is_wrong) {
    check_refused({}, "a command is missing");
    check_refused({"--json"}, "a command is missing");
    check_refused({"account"}, "a command is missing");
    check_refused({"accounts"}, "there is no command \"accounts\"");
    check_refused({"account", "drop"}, "there is no command \"account drop\"");
    check_refused({"webhook", "headers"}, "a command is missing");
    check_refused({"webhook", "headers", "frob"}, "there is no command \"webhook headers frob\"");
    check_refused({"account", "create"}, "--name");
    check_refused({"account", "create", "--name"}, "--name");
    check_refused({"account", "create", "--nam", "x"}, "unknown option --nam");
    check_refused({"account", "create", "--name", "x", "--name", "y"}, "--name");
    check_refused({"account", "create", "--name", "x", "y"}, "unexpected argument \"y\"");
    check_refused({"account", "create", "--name", "x", "--json=1"},
                  "json was given a disallowed flag override");
    check_refused({"--frob", "account", "list"}, "unknown option --frob");
    check_refused({"accounts", "--help"}, "there is no command \"accounts\"");
    check_refused({"account", "create", "--name=", "--json"}, "--name=");
    check_refused({"account", "delete", "a", "--yes=1"}, "yes was given a disallowed flag override");
    check_refused({"target", "delete"}, "TARGET is required");
    check_refused({"target", "delete", "a", "b"}, "unexpected argument \"b\"");
    check_refused({"--config"}, "--config");
}

BOOST_AUTO_TEST_CASE(every_command_has_help_with_an_example) {
    BOOST_TEST(admin::commands().size() == 41U);
    const std::string all = parsed({"--help"}).text;
    for (const admin::Command& command : admin::commands()) {
        BOOST_TEST_CONTEXT(command.words) {
            Words words = words_of(command);
            words.emplace_back("--help");  // required options may be missing then
            const admin::Invocation invocation = parsed(words);
            BOOST_TEST(invocation.command == nullptr);
            BOOST_TEST(invocation.text.find(command.example) != std::string::npos);
            BOOST_TEST(invocation.text.find("Exit codes:") != std::string::npos);
            for (const auto& option : command.options) {
                BOOST_TEST(invocation.text.find("--" + std::string(option.name)) != std::string::npos);
            }
            BOOST_TEST(command.example.starts_with("targethooks " + std::string(command.words)));
            BOOST_TEST(all.find(command.summary) != std::string::npos);
            BOOST_TEST(admin::help_hint(command.words).find(command.words) != std::string::npos);
        }
    }
    const std::string of_object = parsed({"key", "--help"}).text;
    BOOST_TEST(of_object.find("key revoke") != std::string::npos);
    BOOST_TEST(of_object.find("account list") == std::string::npos);
    const std::string of_headers = parsed({"webhook", "headers", "--help"}).text;
    BOOST_TEST(of_headers.find("webhook headers set") != std::string::npos);
    BOOST_TEST(of_headers.find("webhook list") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_column_of_a_help_touches_the_next) {
    std::vector<Words> words{{"--help"}};
    for (const admin::Command& command : admin::commands()) {
        for (Words some = words_of(command); !some.empty(); some.pop_back()) words.push_back(some);
    }
    for (Words& one : words) {
        if (one[0] != "--help") one.emplace_back("--help");
        std::istringstream help(parsed(one).text);
        for (std::string line; std::getline(help, line);) {
            BOOST_TEST_CONTEXT(line) {
                for (const admin::Command& command : admin::commands()) {
                    const std::string start = "  " + std::string(command.words);
                    if (line.ends_with(command.summary) && line.starts_with(start)) {
                        BOOST_TEST(line.substr(start.size()).starts_with("  "));
                    }
                }
                // "  --name VALUE   text", unless the text begins on the next line.
                static const std::regex option("  (-h,--help|--[a-z-]+( [A-Z]+)?)( +\\S.*)?");
                if (line.starts_with("  -")) BOOST_TEST(std::regex_match(line, option));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(version_is_shown) {
    BOOST_TEST(parsed({"--version"}).text == std::string("targethooks ") + TARGETHOOKS_VERSION + "\n");
    BOOST_TEST(parsed({"key", "create", "--version"}).text.starts_with("targethooks "));
}
