#include "admin/account_removal.hpp"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <thread>

#include "admin/output.hpp"
#include "sql/connection/retry.hpp"

namespace admin {
namespace {

using Clock = std::chrono::steady_clock;

// One line, which is written again and again. Without a terminal nothing is written.
class ProgressLine {
  public:
    void show(const db::AccountRows& removed, bool waits) {
        constexpr std::chrono::milliseconds kPause{200};
        if (!is_shown_ || Clock::now() - last_ < kPause) return;
        last_ = Clock::now();
        constexpr const char* kEraseLine = "\r\x1b[K";
        std::cerr << kEraseLine << removed.deliveries << " deliveries, " << removed.events << " events, "
                  << removed.attempts << " attempts removed";
        if (waits) std::cerr << "; waiting for requests that are under way";
        std::cerr << std::flush;
        has_written_ = true;
    }

    ProgressLine() = default;
    ~ProgressLine() {
        if (has_written_) std::cerr << '\n';
    }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

  private:
    const bool is_shown_ = isatty(STDERR_FILENO) != 0;
    bool has_written_ = false;
    Clock::time_point last_{};
};

}  // namespace

bool can_ask() {
    return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
}

void require_typed(const std::string& name) {
    std::cerr << "This deletes the account with everything that belongs to it. Type its name, \""
              << printable(name) << "\", to go on: " << std::flush;
    std::string typed;
    std::getline(std::cin, typed);
    if (typed != name) throw db::Refused("that is not the account's name; nothing was deleted");
}

db::AccountRows remove_account(Database& database, model::Id account) {
    using Progress = db::AccountDeletion::Progress;
    constexpr std::chrono::seconds kPause{1};
    ProgressLine line;
    db::AccountDeletion deletion(database.connection(), account, database.by());
    for (;;) {
        const Progress progress = db::retry_transient([&] { return deletion.step(); });
        if (progress == Progress::kDone) return deletion.removed();
        line.show(deletion.removed(), progress == Progress::kWaiting);
        if (progress == Progress::kWaiting) std::this_thread::sleep_for(kPause);
    }
}

}  // namespace admin
