// Runs a program with a text as its standard input, without a shell.
//
// The program gets an environment with only a PATH and UTF-8, none of our descriptors, no blocked signals, and
// a process group of its own. Its input is a file in memory, so a program that doesn't read it can't block us.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/descriptors.hpp"

namespace delivery {

struct CommandLimits {
    std::chrono::milliseconds time;                 // then its process group is killed
    std::chrono::milliseconds time_to_stop{2'000};  // the same once `stop` is raised
};

// words: the program's path and its arguments. Returns an empty text if it exits with 0, and otherwise why it
// failed: one line of printable ASCII, with the beginning of what it wrote to its standard error, in which
// mail addresses are replaced. Throws std::system_error.
[[nodiscard]] std::string run_command(const std::vector<std::string>& words, std::string_view input,
                                      const CommandLimits& limits, const base::EventDescriptor& stop);

}  // namespace delivery
