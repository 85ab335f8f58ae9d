#include "delivery/mail/run_command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <thread>

namespace delivery {
namespace {

using base::checked;
using Clock = std::chrono::steady_clock;

void check(int error, const char* what) {
    if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

base::Descriptor memory_file(const char* name) {
    return base::Descriptor(checked(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
}

base::Descriptor input_file(std::string_view text) {
    base::Descriptor file = memory_file("input");
    while (!text.empty()) {
        const ssize_t written = write(file.get(), text.data(), text.size());
        if (written < 0) throw std::system_error(errno, std::generic_category(), "write");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    checked(static_cast<int>(lseek(file.get(), 0, SEEK_SET)), "lseek");
    return file;
}

constexpr off_t kErrorFileBytes = 4096;
constexpr std::size_t kMostErrorBytes = 512;  // that are told

// The file can't grow, so a program that goes on writing takes no memory.
base::Descriptor error_file() {
    base::Descriptor file = memory_file("errors");
    checked(ftruncate(file.get(), kErrorFileBytes), "ftruncate");
    checked(fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW), "fcntl");
    return file;
}

// The first line that the program wrote, in words without addresses.
std::string error_line(const base::Descriptor& file) {
    std::string text(kMostErrorBytes, '\0');
    if (pread(file.get(), text.data(), text.size(), 0) < 0) return "";
    text.resize(std::min(text.find_first_of(std::string_view("\0\n", 2)), text.size()));
    std::string line;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin), text.size());
        std::string word = text.substr(begin, end - begin);
        if (word.find('@') != word.npos) word = "(address)";
        std::ranges::replace_if(
            word, [](char c) { return c < ' ' || c > '~'; }, '?');
        line.append(line.empty() ? "" : " ").append(word);
        begin = end + 1;
    }
    return line;
}

class FileActions {
  public:
    FileActions(int input, int errors) {
        check(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
        check(posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO), "adddup2");
        check(posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0),
              "addopen");
        check(posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO), "adddup2");
        check(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1), "addclosefrom");
    }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_{};
};

class Attributes {
  public:
    Attributes() {
        check(posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
        sigset_t none{};
        sigset_t all{};
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        constexpr short kFlags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setflags(&attributes_, kFlags);
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

// A running program, which is killed with its process group unless it has ended.
class Process {
  public:
    // Throws std::system_error.
    Process(std::vector<std::string> words, const FileActions& actions) {
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        std::string language = "LC_ALL=C.UTF-8";
        const std::array<char*, 3> environment{path.data(), language.data(), nullptr};
        const Attributes attributes;
        check(posix_spawn(&id_, words.front().c_str(), actions.get(), attributes.get(), arguments.data(),
                          environment.data()),
              words.front().c_str());
    }
    ~Process() {
        if (status_) return;
        kill(-id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // The status of waitpid(2) once it has ended.
    [[nodiscard]] std::optional<int> poll() {
        int status = 0;
        if (!status_ && waitpid(id_, &status, WNOHANG) == id_) status_ = status;
        return status_;
    }

  private:
    pid_t id_ = -1;
    std::optional<int> status_;
};

// Returns nullopt if it does not end in time.
std::optional<int> wait_for(Process& process, const CommandLimits& limits,
                            const base::EventDescriptor& stop) {
    constexpr std::chrono::milliseconds kFirstWait{5};
    constexpr std::chrono::milliseconds kLongestWait{100};
    auto end = Clock::now() + limits.time;
    bool is_stopping = false;
    for (auto wait = kFirstWait; Clock::now() < end; wait = std::min(wait * 2, kLongestWait)) {
        if (const auto status = process.poll()) return status;
        if (is_stopping) {
            std::this_thread::sleep_for(wait);
        } else if (stop.wait(wait)) {
            is_stopping = true;
            end = std::min(end, Clock::now() + limits.time_to_stop);
        }
    }
    return process.poll();
}

}  // namespace

std::string run_command(const std::vector<std::string>& words, std::string_view input,
                        const CommandLimits& limits, const base::EventDescriptor& stop) {
    const base::Descriptor text = input_file(input);
    const base::Descriptor errors = error_file();
    Process process(words, FileActions(text.get(), errors.get()));
    const std::optional<int> status = wait_for(process, limits, stop);
    if (status && WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return "";
    std::string reason = "not done in time";
    if (status && WIFEXITED(*status)) reason = "exit status " + std::to_string(WEXITSTATUS(*status));
    if (status && WIFSIGNALED(*status)) reason = "killed by signal " + std::to_string(WTERMSIG(*status));
    const std::string line = error_line(errors);
    return line.empty() ? reason : reason + ": " + line;
}

}  // namespace delivery
