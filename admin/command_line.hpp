// The program's command line: `targethooks [options] OBJECT VERB [options]`, the options of all commands
// before or after the words, those of one command after them.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "admin/commands.hpp"

namespace admin {

struct Invocation {
    const Command* command = nullptr;  // nothing if there is only a text to show
    std::string text;                  // --help or --version
    Arguments arguments{{}};
    std::optional<std::string> config_path;
    Format format = Format::kPeople;
};

// The command that these words name, or nothing.
[[nodiscard]] const Command* find_command(std::span<const std::string> words);

// command: what find_command found in the same words. Throws UsageError.
[[nodiscard]] Invocation parse_command_line(std::span<const std::string> words, const Command* command);

// One sentence that says where to read about this command, or about all.
[[nodiscard]] std::string help_hint(const Command* command);

enum ExitCode : int {
    kDone = 0,
    kOperationRefused = 1,
    kWrongUsage = 2,
    kWrongConfiguration = 3,
    kDatabaseFailed = 4,
    kWrongSchema = 5,
};

}  // namespace admin
