#define BOOST_TEST_MODULE config
#include "common/base/config.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace {

using base::Config;
using base::ConfigError;

class Folder {
  public:
    Folder() {
        std::string pattern = "/tmp/targethooks-config-XXXXXX";
        BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    [[nodiscard]] std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(path_ / name) << content;
        return path_ / name;
    }

  private:
    std::filesystem::path path_;
};

struct Fixture {
    Folder folder;

    [[nodiscard]] Config load(const std::string& content, std::vector<const char*> environment = {}) const {
        environment.push_back(nullptr);
        return Config::load(folder.write("test.conf", content), true, environment.data());
    }
};

// Checks that the call fails with a ConfigError whose text ends like this.
template <class Call>
void fails(Call call, const std::string& end) {
    BOOST_CHECK_EXCEPTION(call(), ConfigError, [&end](const ConfigError& error) {
        BOOST_TEST_MESSAGE(error.what());
        return std::string_view(error.what()).ends_with(end);
    });
}

BOOST_FIXTURE_TEST_SUITE(config_tests, Fixture)

BOOST_AUTO_TEST_CASE(reads_lines_comments_and_blanks) {
    auto config = load("# a comment\n\n  name =  two words  \nempty =\nnumber=7\r\n");
    BOOST_TEST(config.text("name", "") == "two words");
    BOOST_TEST(config.text("empty", "x").empty());
    BOOST_TEST(config.number("number", 0, 10, 0) == 7U);
    BOOST_TEST(config.text("absent", "fallback") == "fallback");
    config.finish();
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_empty_unless_it_was_named) {
    auto config = Config::load("/nonexistent/targethooks.conf", false, nullptr);
    BOOST_TEST(config.number("number", 0, 10, 3) == 3U);
    fails([] { return Config::load("/nonexistent/targethooks.conf", true, nullptr); },
          "can't be read: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_not_missing) {
    // A link to itself, because no file mode stops root.
    const std::string path = folder.write("test.conf", "") + ".link";
    std::filesystem::create_symlink(path, path);
    fails([&path] { return Config::load(path, false, nullptr); },
          ".link: the configuration file can't be read: " + std::generic_category().message(ELOOP));
}

BOOST_AUTO_TEST_CASE(the_environment_overrides_the_file) {
    auto config = load("port = 1\n", {"TARGETHOOKS_PORT=2", "TARGETHOOKS_CONFIG=/etc/x", "OTHER=3"});
    BOOST_TEST(config.number("port", 0, 10, 0) == 2U);
    config.finish();
}

BOOST_AUTO_TEST_CASE(malformed_lines_are_named) {
    fails([this] { return load("one = 1\njust words\n"); }, "test.conf:2: expected \"key = value\"");
    fails([this] { return load("One = 1\n"); }, ":1: a key consists of lower-case letters, digits and \"_\"");
    fails([this] { return load(" = 1\n"); }, ":1: a key consists of lower-case letters, digits and \"_\"");
    fails([this] { return load("one = 1\none = 2\n"); }, ":2: one is set twice");
}

BOOST_AUTO_TEST_CASE(wrong_numbers_name_line_key_and_range) {
    for (const char* value : {"", "x", "-1", "1x", "0x1", "1.0", "11", "0", "99999999999999999999999"}) {
        auto config = load("one = 1\nthreads = " + std::string(value) + "\n");
        fails([&] { return config.number("threads", 1, 10, 5); },
              "test.conf:2: threads must be a number from 1 to 10, not \"" + std::string(value) + "\"");
    }
    BOOST_TEST(load("threads = 1").number("threads", 1, 10, 5) == 1U);
    BOOST_TEST(load("threads = 10").number("threads", 1, 10, 5) == 10U);
}

BOOST_AUTO_TEST_CASE(wrong_choices_name_the_right_ones) {
    auto config = load("format = xml\n");
    fails(
        [&] {
            return config.choice("format", {"text", "json"}, "text");
        },
        ":1: format must be one of text, json, not \"xml\"");
    auto variable = load("", {"TARGETHOOKS_FORMAT=xml"});
    fails(
        [&] {
            return variable.choice("format", {"text", "json"}, "text");
        },
        "environment variable TARGETHOOKS_FORMAT: format must be one of text, json, not \"xml\"");
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_refused_unless_they_belong_to_other_programs) {
    auto config = load("api_workers = 4\nadmin_thing = 1\napi_workres = 4\n");
    BOOST_TEST(config.number("api_workers", 1, 10, 1) == 4U);
    fails([&] { config.finish(); }, ":3: unknown key api_workres");
    auto variable = load("", {"TARGETHOOKS_API_WORKRES=4"});
    BOOST_TEST(variable.number("api_workers", 1, 10, 1) == 1U);
    fails([&] { variable.finish(); },
          "environment variable TARGETHOOKS_API_WORKRES: unknown key api_workres");
    for (const std::string key : {"databse_name", "threads", "_"}) {
        const auto mistyped = load(key + " = 1\n");
        fails([&] { mistyped.finish(); }, ":1: unknown key " + key);
    }
}

BOOST_AUTO_TEST_CASE(secrets_come_from_the_file_or_a_separate_file) {
    BOOST_TEST(load("password = a b=c\n").secret("password") == "a b=c");
    BOOST_TEST(load("").secret("password").empty());
    const std::string file = folder.write("secret", "s3cret \n");
    BOOST_TEST(load("password_file = " + file).secret("password") == "s3cret ");
    const std::string variable = "TARGETHOOKS_PASSWORD_FILE=" + file;
    BOOST_TEST(load("", {variable.c_str()}).secret("password") == "s3cret ");
}

BOOST_AUTO_TEST_CASE(secrets_are_refused_from_the_environment) {
    fails([this] { return load("", {"TARGETHOOKS_API_DATABASE_PASSWORD=x"}); },
          "secrets are not read from the environment; name a file in TARGETHOOKS_API_DATABASE_PASSWORD_FILE");
}

BOOST_AUTO_TEST_CASE(a_secret_given_twice_or_not_readable_is_refused) {
    auto twice = load("password = a\npassword_file = /tmp/b\n");
    fails([&] { return twice.secret("password"); }, ":2: password_file and password are both set");
    auto missing = load("password_file = /nonexistent/secret\n");
    fails([&] { return missing.secret("password"); },
          ":1: password_file names a file that can't be read: /nonexistent/secret");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
