// Parses the program's command line: `targethooks [options] OBJECT VERB [options]`. The options of all
// commands may appear anywhere; the options of one command follow its words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "admin/commands.hpp"

namespace admin {

struct Invocation {
    const Command* command = nullptr;  // nullptr if there is only a text to show
    std::string text;                  // --help or --version
    Arguments arguments{{}};
    std::optional<std::string> config_path;
    Format format = Format::kPeople;
};

// Throws UsageError, whose text ends with a help_hint().
[[nodiscard]] Invocation parse_command_line(std::span<const std::string> words);

// One sentence that refers to the help of the command with these words, or to the general help if they are
// empty.
[[nodiscard]] std::string help_hint(std::string_view command_words);

enum ExitCode : int {
    kDone = 0,
    kOperationRefused = 1,
    kWrongUsage = 2,
    kWrongConfiguration = 3,
    kDatabaseFailed = 4,
    kWrongSchema = 5,
};

}  // namespace admin
