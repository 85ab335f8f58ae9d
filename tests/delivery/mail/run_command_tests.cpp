#define BOOST_TEST_MODULE run_command
#include "delivery/mail/run_command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

using namespace std::chrono_literals;

namespace {

const base::EventDescriptor kNever;

// What the shell's program wrote to its fourth descriptor's place is in the file.
struct Folder {
    std::string path = "/tmp/targethooks-command-XXXXXX";
    Folder() { BOOST_REQUIRE(mkdtemp(path.data()) != nullptr); }
    ~Folder() { (void)!std::system(("rm -r " + path).c_str()); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string read(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(path + "/" + name).rdbuf();
        return text.str();
    }
};

std::string run(const std::string& script, std::string_view input = "",
                std::chrono::milliseconds time = 60s) {
    return delivery::run_command({"/bin/sh", "-c", script}, input, {.time = time}, kNever);
}

bool is_running(const std::string& process) {
    return kill(std::stoi(process), 0) == 0;
}

// A killed process goes on existing until its parent, or init, has noticed.
bool ends(const std::string& process) {
    for (int i = 0; i < 1000 && is_running(process); ++i) std::this_thread::sleep_for(10ms);
    return !is_running(process);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_program_gets_the_text) {
    const Folder folder;
    const std::string text = std::string(200'000, 'x') + "\nend";
    BOOST_TEST(run("cat > " + folder.path + "/got", text).empty());
    BOOST_TEST((folder.read("got") == text));
    BOOST_TEST(run("test -z \"$(cat)\"").empty());
    BOOST_TEST(run("exit 0", text).empty());  // it reads nothing
}

BOOST_AUTO_TEST_CASE(arguments_are_not_read_by_a_shell) {
    const Folder folder;
    BOOST_TEST(
        delivery::run_command({"/bin/sh", "-c", "echo \"$0,$1\" > " + folder.path + "/got", "a b", "$(id);"},
                              "", {.time = 60s}, kNever)
            .empty());
    BOOST_TEST(folder.read("got") == "a b,$(id);\n");
}

BOOST_AUTO_TEST_CASE(the_environment_is_small_and_no_descriptor_is_inherited) {
    const Folder folder;
    setenv("TARGETHOOKS_SECRET", "x", 1);
    const int open_file =
        open("/etc/passwd", O_RDONLY);  // NOLINT(cppcoreguidelines-pro-type-vararg): without O_CLOEXEC
    BOOST_REQUIRE(open_file >= 0);
    BOOST_TEST(
        run("cd " + folder.path + "; /usr/bin/env > environment; ls /proc/$$/fd > descriptors").empty());
    close(open_file);
    BOOST_TEST(folder.read("environment").find("TARGETHOOKS") == std::string::npos);
    BOOST_TEST(folder.read("environment").find("PATH=") != std::string::npos);
    const std::string descriptors = folder.read("descriptors");
    BOOST_TEST(descriptors.find(std::to_string(open_file)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(signals_are_as_usual_for_the_program) {
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    std::signal(SIGPIPE, SIG_IGN);
    const std::string reason = run("kill -PIPE $$; exit 0");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    BOOST_TEST(reason == "killed by signal " + std::to_string(SIGPIPE));
}

BOOST_AUTO_TEST_CASE(failures_are_told_without_addresses) {
    BOOST_TEST(run("exit 75") == "exit status 75");
    BOOST_TEST(run("echo \"cannot send to <ana@example.com>: no  route\" >&2; echo more >&2; exit 1") ==
               "exit status 1: cannot send to (address) no  route");
    BOOST_TEST(run("printf 'a\\001\\303\\251' >&2; exit 2") == "exit status 2: a???");
    BOOST_TEST(run("printf '%0600d' 7 >&2; exit 3") == "exit status 3: " + std::string(512, '0'));
    // It may write as much as it likes.
    BOOST_TEST(run("i=0; while [ $i -lt 2000 ]; do echo no >&2; i=$((i+1)); done; exit 4") ==
               "exit status 4: no");
    BOOST_CHECK_EXCEPTION((void)delivery::run_command({"/does/not/exist"}, "", {.time = 60s}, kNever),
                          std::system_error, [](const std::system_error& error) {
                              return error.code().value() == ENOENT &&
                                     std::string(error.what()).find("/does/not/exist") != std::string::npos;
                          });
}

BOOST_AUTO_TEST_CASE(a_program_that_hangs_is_killed_with_its_children) {
    const Folder folder;
    const auto begin = std::chrono::steady_clock::now();
    const std::string reason =
        run("cd " + folder.path + "; sleep 1000 & echo $! > child; echo $$ > self; sync; wait", "", 1500ms);
    BOOST_TEST(reason == "not done in time");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 60s));
    BOOST_REQUIRE(!folder.read("child").empty());
    BOOST_TEST(!is_running(folder.read("self")));
    BOOST_TEST(ends(folder.read("child")));
}

BOOST_AUTO_TEST_CASE(a_program_that_runs_at_the_end_gets_some_time) {
    base::EventDescriptor stop;
    stop.raise();
    const delivery::CommandLimits limits{.time = 600s, .time_to_stop = 300s};
    BOOST_TEST(delivery::run_command({"/bin/sh", "-c", "sleep 0.1"}, "", limits, stop).empty());
    const delivery::CommandLimits short_limits{.time = 600s, .time_to_stop = 10ms};
    BOOST_TEST(delivery::run_command({"/bin/sleep", "1000"}, "", short_limits, stop) == "not done in time");
}
