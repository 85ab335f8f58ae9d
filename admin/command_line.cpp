// Only this file includes CLI11, because it takes long to compile.
#include "admin/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iomanip>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "admin/validation.hpp"

namespace admin {
namespace {

constexpr std::string_view kProgram = "targethooks";
constexpr std::string_view kPurpose = "The operator's side of targethooks.\n";
constexpr std::string_view kExitCodes =
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused: no such account, e-mail address in use, key revoked already ...\n"
    "  2  the command line is wrong\n"
    "  3  the configuration is wrong\n"
    "  4  the database can't be reached, or failed\n"
    "  5  the database's tables are not those of this version: see \"migrate\"";

// "webhook headers" for the app of these words; empty for the program.
std::string path_of(const CLI::App& app) {
    if (app.get_parent() == nullptr) return {};
    const std::string before = path_of(*app.get_parent());
    return before + (before.empty() ? "" : " ") + app.get_name();
}

// Lists the commands below this one, grouped by object.
std::string command_list(const CLI::App& app) {
    if (app.get_subcommands({}).empty()) return {};
    constexpr int kColumnWidth = 22;
    const std::string path = path_of(app);
    std::ostringstream list;
    list << "\nCommands:\n";
    std::string_view last_object;
    for (const Command& command : commands()) {
        const auto object = command.words.substr(0, command.words.find(' '));
        if (!path.empty() && !command.words.starts_with(path + " ")) continue;
        if (!last_object.empty() && object != last_object) list << '\n';
        last_object = object;
        list << "  " << std::setw(kColumnWidth) << std::left << command.words << command.summary << '\n';
    }
    return list.str();
}

class HelpFormatter : public CLI::Formatter {
  public:
    HelpFormatter() {
        label("SUBCOMMAND", "COMMAND");
        label("Positionals", "Arguments");
        label("REQUIRED", "(required)");
    }

    // Called for the text behind a command's own options. The options of all commands belong to the program,
    // so CLI11 would leave them out of a command's help.
    std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override {
        std::string text;
        for (const auto* parent = app->get_parent(); parent != nullptr; parent = parent->get_parent()) {
            text += make_groups(parent, mode);
        }
        return text + command_list(*app);
    }
};

// The words of the command that was found, or only its object; empty if neither was found.
std::string words_of(const CLI::App& program) {
    std::string words;
    for (const CLI::App* app = &program; !app->get_subcommands().empty();) {
        app = app->get_subcommands().front();
        words += (words.empty() ? "" : " ") + app->get_name();
    }
    return words;
}

// Registers all commands with CLI11, and fills in the invocation while CLI11 parses.
class Parser {
  public:
    Parser() : program_(std::string(kPurpose), std::string(kProgram)) {
        program_.formatter(std::make_shared<HelpFormatter>());
        program_.footer(std::string(kExitCodes));
        program_.require_subcommand(1);
        // A command passes unknown options on to the program, so the options of all commands, including
        // --help, belong only to the program.
        program_.fallthrough();
        program_.set_help_flag();
        for (const Command& command : commands()) add(command);
        add_common_options();
    }

    Invocation parse(std::span<const std::string> words) {
        // For "--name=" CLI11 would take the next word as the value.
        const auto open = std::ranges::find_if(words, [](const std::string& word) {
            return word.starts_with("--") && word.find('=') == word.size() - 1;
        });
        if (open != words.end()) throw UsageError(*open + " has no value\n" + help_hint(""));
        try {
            program_.parse(std::vector<std::string>(words.rbegin(), words.rend()));
            invocation_.arguments = Arguments(std::move(values_));
        } catch (const CLI::CallForVersion& version) {
            invocation_.text = std::string(version.what()) + "\n";
        } catch (const CLI::ParseError& error) {
            const std::string found = words_of(program_);
            const std::string message = error_of(error, found);
            if (!message.empty()) throw UsageError(message + "\n" + help_hint(found));
            invocation_.text = program_.help();
        }
        return std::move(invocation_);
    }

  private:
    void add(const Command& command) {
        const auto space = command.words.rfind(' ');
        CLI::App* parent = &program_;
        if (space != std::string_view::npos) parent = object(std::string(command.words.substr(0, space)));
        // npos + 1 is 0.
        CLI::App* app = parent->add_subcommand(std::string(command.words.substr(space + 1)));
        std::string description = std::string(kProgram) + " " + std::string(command.words) + ": ";
        description.append(command.summary).append(".\n");
        if (!command.help.empty()) description.append("\n").append(command.help).append("\n");
        app->description(description);
        app->footer("Example:\n  " + std::string(command.example) + "\n\n" + std::string(kExitCodes));
        app->callback([this, &command] { invocation_.command = &command; });
        for (const Option& option : command.options) {
            const std::string name = "--" + std::string(option.name);
            if (option.value.empty()) {
                add_flag(*app, name, option);
            } else {
                add(*app, name, option).type_name(std::string(option.value));
            }
        }
        if (command.argument) add(*app, std::string(command.argument->value), *command.argument);
    }

    CLI::Option& add(CLI::App& app, const std::string& name, const Option& option) {
        const auto keep = [this, &option](const CLI::results_t& given) {
            values_.emplace(option.name, given.front());
            return true;
        };
        return *app.add_option(name, keep, std::string(option.help))->required(option.required);
    }

    void add_flag(CLI::App& app, const std::string& name, const Option& option) {
        const auto keep = [this, &option](std::int64_t) { values_.emplace(option.name, ""); };
        app.add_flag(name, keep, std::string(option.help))->disable_flag_override();
    }

    // The app of the words before a command's last one: "webhook", "webhook headers".
    CLI::App* object(const std::string& words) {
        const auto found = objects_.find(words);
        if (found != objects_.end()) return found->second;
        const auto space = words.rfind(' ');
        CLI::App* parent = space == std::string::npos ? &program_ : object(words.substr(0, space));
        CLI::App* app = parent->add_subcommand(words.substr(space + 1), program_.get_description());
        app->require_subcommand(1);
        return objects_[words] = app;
    }

    void add_common_options() {
        program_.option_defaults()->group("Options of all commands");
        program_
            .add_option("--config", invocation_.config_path,
                        "the configuration; otherwise TARGETHOOKS_CONFIG, or\n" +
                            std::string(base::kDefaultConfigPath))
            ->type_name("FILE");
        const auto print_json = [this](std::int64_t) { invocation_.format = Format::kJson; };
        program_.add_flag("--json", print_json, "print one JSON document")->disable_flag_override();
        const auto print_wide = [this](std::int64_t) {
            if (invocation_.format == Format::kPeople) invocation_.format = Format::kWide;
        };
        program_.add_flag("--wide", print_wide, "print all columns of a table, with nothing cut")
            ->disable_flag_override();
        program_.set_help_flag("-h,--help", "show this help");
        program_.set_version_flag("--version", std::string(kProgram) + " " + TARGETHOOKS_VERSION,
                                  "show the version");
    }

    // found: the words of the command. Returns an empty text if there is no error but a request for help.
    [[nodiscard]] std::string error_of(const CLI::ParseError& error, const std::string& found) const {
        const bool is_command = std::ranges::find(commands(), found, &Command::words) != commands().end();
        std::vector<std::string> unexpected = program_.remaining();
        std::erase(unexpected, "--");
        if (!unexpected.empty()) {
            const std::string& first = unexpected.front();
            if (first.starts_with('-')) return "unknown option " + first;
            if (is_command) return "unexpected argument \"" + first + "\"";
            return "there is no command \"" + found + (found.empty() ? "" : " ") + first + "\"";
        }
        const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
        if (code == CLI::ExitCodes::Success) return {};
        return code == CLI::ExitCodes::RequiredError && !is_command ? "a command is missing" : error.what();
    }

    CLI::App program_;
    std::map<std::string, CLI::App*> objects_;
    std::map<std::string, std::string, std::less<>> values_;
    Invocation invocation_;
};

}  // namespace

Invocation parse_command_line(std::span<const std::string> words) {
    return Parser().parse(words);
}

std::string help_hint(std::string_view command_words) {
    std::string hint = "See \"" + std::string(kProgram);
    if (!command_words.empty()) hint.append(" ").append(command_words);
    return hint + " --help\".";
}

}  // namespace admin
