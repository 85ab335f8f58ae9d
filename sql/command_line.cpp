#include "sql/command_line.hpp"

#include <cstdlib>
#include <stdexcept>

#include "sql/config.hpp"

namespace db {

CommandLine CommandLine::parse(std::string_view program, int argc, const char* const* argv) {
    CommandLine line;
    line.config_path = kDefaultConfigPath;
    if (const char* path = std::getenv("TARGETHOOKS_CONFIG"); path != nullptr && *path != '\0') {
        line.config_path = path;
        line.config_must_exist = true;
    }
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--help") {
            line.show_help = true;
        } else if (argument == "--version") {
            line.show_version = true;
        } else if (argument == "--config" && i + 1 < argc) {
            line.config_path = argv[++i];
            line.config_must_exist = true;
        } else {
            throw std::invalid_argument("unknown or incomplete option " + std::string(argument) + "; see " +
                                        std::string(program) + " --help");
        }
    }
    return line;
}

}  // namespace db
