// The command line of the daemons: --config FILE, --help, --version. Without --config the environment's
// TARGETHOOKS_CONFIG names the configuration, or it is the usual one, which may be missing.
#pragma once

#include <string>
#include <string_view>

namespace db {

struct CommandLine {
    std::string config_path;
    bool config_must_exist = false;
    bool show_help = false;
    bool show_version = false;

    // program: its name, for messages. Throws std::invalid_argument.
    static CommandLine parse(std::string_view program, int argc, const char* const* argv);
};

}  // namespace db
