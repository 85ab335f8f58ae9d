#define BOOST_TEST_MODULE log
#include "common/base/log.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

namespace {

using base::Log;
using Words = std::vector<Log::Word>;

constexpr std::string_view kTime = "2026-01-31T16:32:17.238553Z";

std::string text_line(const Words& words) {
    return format_line(Log::Format::kText, kTime, Log::Level::kInfo, "request", words);
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Folder {
  public:
    Folder() {
        std::string pattern = "/tmp/targethooks-log-XXXXXX";
        BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::filesystem::path path;
};

BOOST_AUTO_TEST_CASE(a_text_line_is_key_value_words) {
    BOOST_TEST(text_line({{"status", "200"}, {"uri", "/targets/5Kd3NBUAdUn/webhooks/?a=b"}}) ==
               "time=2026-01-31T16:32:17.238553Z level=info event=request status=200 "
               "uri=\"/targets/5Kd3NBUAdUn/webhooks/?a=b\"");
}

BOOST_AUTO_TEST_CASE(values_can_not_end_their_word_or_their_line) {
    BOOST_TEST(text_line({{"a", "x y"}}).ends_with(" a=\"x y\""));
    BOOST_TEST(text_line({{"a", ""}}).ends_with(" a=\"\""));
    BOOST_TEST(text_line({{"a", "x=\"\\"}}).ends_with(R"( a="x=\"\\")"));
    BOOST_TEST(text_line({{"a", "x\nlevel=error"}}).ends_with(R"( a="x\u000alevel=error")"));
    BOOST_TEST(text_line({{"a", "\xff\x7f"}}).ends_with(R"( a="\u00ff\u007f")"));
}

BOOST_AUTO_TEST_CASE(a_json_line_is_one_object) {
    const Words words = {{"fault", "a \"b\""}};
    BOOST_TEST(format_line(Log::Format::kJson, kTime, Log::Level::kError, "request", words) ==
               R"({"time": "2026-01-31T16:32:17.238553Z", "level": "error", "event": "request", )"
               R"("fault": "a \"b\""})");
}

BOOST_AUTO_TEST_CASE(lines_below_the_least_level_are_omitted) {
    const Folder folder;
    const Log log(folder.path / "log", Log::Level::kWarning, Log::Format::kText);
    log.write(Log::Level::kInfo, "quiet", {});
    log.write(Log::Level::kWarning, "loud", {});
    const std::string content = read(folder.path / "log");
    BOOST_TEST(content.find("quiet") == std::string::npos);
    BOOST_TEST(content.ends_with("level=warning event=loud\n"));
}

BOOST_AUTO_TEST_CASE(after_a_rotation_the_new_file_is_written) {
    const Folder folder;
    const Log log(folder.path / "log", Log::Level::kInfo, Log::Format::kText);
    log.write(Log::Level::kInfo, "before", {});
    std::filesystem::rename(folder.path / "log", folder.path / "log.1");
    log.write(Log::Level::kInfo, "between", {});
    log.reopen();
    log.write(Log::Level::kInfo, "after", {});
    BOOST_TEST(read(folder.path / "log.1").find("event=between\n") != std::string::npos);
    BOOST_TEST(read(folder.path / "log").ends_with("event=after\n"));
    BOOST_TEST(read(folder.path / "log").find("between") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reopening_that_fails_keeps_the_old_file) {
    const Folder folder;
    const auto inner = folder.path / "inner";
    std::filesystem::create_directory(inner);
    const Log log(inner / "log", Log::Level::kInfo, Log::Format::kText);
    std::filesystem::rename(inner, folder.path / "moved");
    log.reopen();
    BOOST_TEST(read(folder.path / "moved" / "log").find("event=log_reopen_failed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_can_not_be_opened_is_an_error) {
    BOOST_CHECK_THROW(Log("/nonexistent/log", Log::Level::kInfo, Log::Format::kText), std::system_error);
}

}  // namespace
