#include "admin/command_line.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "admin/validation.hpp"

namespace admin {
namespace {

namespace po = boost::program_options;

constexpr std::string_view kProgram = "targethooks";
constexpr std::string_view kExitCodes =
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused: no such account, e-mail address in use, key revoked already ...\n"
    "  2  the command line is wrong\n"
    "  3  the configuration is wrong\n"
    "  4  the database can't be reached, or failed\n"
    "  5  the database's tables are not those of this version: see \"migrate\"\n";

po::options_description common_options() {
    const std::string config_help =
        "the configuration; otherwise TARGETHOOKS_CONFIG, or " + std::string(base::kDefaultConfigPath);
    po::options_description options("Options of all commands");
    auto add = options.add_options();
    add("config", po::value<std::string>()->value_name("FILE"), config_help.c_str());
    add("json", "print one JSON document");
    add("help,h", "show this help");
    add("version", "show the version");
    return options;
}

po::options_description options_of(const Command& command) {
    po::options_description options("Options");
    for (const auto& option : command.options) {
        auto* value = po::value<std::string>()->value_name(std::string(option.value));
        if (option.required) value->required();
        options.add_options()(std::string(option.name).c_str(), value, std::string(option.help).c_str());
    }
    return options;
}

// Help

// The commands whose words start with these, or all.
std::string command_list(std::string_view first_word) {
    constexpr std::size_t kGap = 2;
    const std::size_t width = kGap + std::ranges::max(commands(), {}, [](const Command& command) {
                                         return command.words.size();
                                     }).words.size();
    std::string list;
    for (const Command& command : commands()) {
        if (!command.words.starts_with(first_word)) continue;
        list.append("  ").append(command.words);
        list.append(width - command.words.size(), ' ').append(command.summary).append("\n");
    }
    return list;
}

std::string program_help(std::string_view first_word) {
    std::ostringstream help;
    help << "Usage: " << kProgram
         << " COMMAND [OPTIONS]\n\nThe operator's side of targethooks.\n\nCommands:\n"
         << command_list(first_word) << "\n\"" << kProgram
         << " COMMAND --help\" shows what a command takes.\n\n"
         << common_options() << '\n'
         << kExitCodes;
    return help.str();
}

std::string command_help(const Command& command) {
    std::ostringstream help;
    help << kProgram << ' ' << command.words << ": " << command.summary << ".\n\n";
    if (!command.help.empty()) help << command.help << "\n\n";
    help << "Usage: " << kProgram << ' ' << command.words;
    if (command.argument) help << ' ' << command.argument->value;
    for (const Option& option : command.options) {
        help << (option.required ? " --" : " [--") << option.name << ' ' << option.value
             << (option.required ? "" : "]");
    }
    help << "\n\nExample:\n  " << command.example << "\n\n";
    if (command.argument) help << command.argument->value << " is " << command.argument->help << ".\n\n";
    if (!command.options.empty()) help << options_of(command) << '\n';
    help << common_options() << '\n' << kExitCodes;
    return help.str();
}

// Parsing

bool is_option(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

// How many words at the beginning are options of all commands, or the value of --config.
std::size_t leading_options(std::span<const std::string> words) {
    std::size_t count = 0;
    while (count < words.size() && is_option(words[count])) count += words[count] == "--config" ? 2 : 1;
    return std::min(count, words.size());
}

std::size_t word_count(const Command& command) {
    return command.words.find(' ') == std::string_view::npos ? 1 : 2;
}

bool is_object(std::string_view word) {
    return std::any_of(commands().begin(), commands().end(), [word](const Command& command) {
        return command.words.starts_with(std::string(word) + " ");
    });
}

// How many of these words, which begin with no option, name the command, or only the kind of object.
std::size_t count_naming_words(std::span<const std::string> words, const Command* command) {
    if (command != nullptr) return word_count(*command);
    if (words.empty()) return 0;
    if (!is_object(words[0])) throw UsageError("there is no command \"" + words[0] + "\"");
    if (words.size() > 1 && !is_option(words[1])) {
        throw UsageError("there is no command \"" + words[0] + " " + words[1] + "\"");
    }
    return 1;
}

po::variables_map parse_options(const std::vector<std::string>& words, const Command* command) {
    po::options_description all;
    po::positional_options_description positional;
    if (command != nullptr) {
        all.add(options_of(*command));
        if (command->argument) {
            const std::string name(command->argument->name);
            all.add_options()(name.c_str(), po::value<std::string>());
            positional.add(name.c_str(), 1);
        }
    }
    all.add(common_options());
    // Options are spelled out: what is short for one today may be short for two tomorrow.
    constexpr int kStyle = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::variables_map values;
    try {
        po::store(po::command_line_parser(words).options(all).positional(positional).style(kStyle).run(),
                  values);
        if (values.count("help") == 0 && values.count("version") == 0) po::notify(values);
    } catch (const po::error& error) {
        throw UsageError(error.what());
    }
    return values;
}

Arguments arguments_of(const po::variables_map& values, const Command& command) {
    if (command.argument && values.count(std::string(command.argument->name)) == 0) {
        throw UsageError(std::string(command.argument->value) + " is missing");
    }
    std::vector<Option> options = command.options;
    if (command.argument) options.push_back(*command.argument);
    std::map<std::string, std::string, std::less<>> found;
    for (const Option& option : options) {
        const std::string name(option.name);
        if (values.count(name) != 0) found.emplace(name, values[name].as<std::string>());
    }
    return Arguments(std::move(found));
}

}  // namespace

const Command* find_command(std::span<const std::string> words) {
    words = words.subspan(leading_options(words));
    const auto found = std::find_if(commands().begin(), commands().end(), [words](const Command& command) {
        const std::size_t count = word_count(command);
        if (words.size() < count) return false;
        return command.words == (count == 1 ? words[0] : words[0] + " " + words[1]);
    });
    return found == commands().end() ? nullptr : &*found;
}

Invocation parse_command_line(std::span<const std::string> words, const Command* command) {
    const auto leading = static_cast<std::ptrdiff_t>(leading_options(words));
    const auto rest = words.subspan(static_cast<std::size_t>(leading));
    const auto naming = static_cast<std::ptrdiff_t>(count_naming_words(rest, command));
    std::vector<std::string> options(words.begin(), words.begin() + leading);
    options.insert(options.end(), rest.begin() + naming, rest.end());
    const po::variables_map values = parse_options(options, command);

    Invocation invocation;
    if (values.count("version") != 0) {
        invocation.text = std::string(kProgram) + " " + TARGETHOOKS_VERSION + "\n";
    } else if (values.count("help") != 0) {
        invocation.text =
            command != nullptr ? command_help(*command) : program_help(naming == 0 ? "" : rest[0]);
    } else if (command == nullptr) {
        throw UsageError("a command is missing");
    } else {
        invocation.command = command;
        invocation.arguments = arguments_of(values, *command);
        if (values.count("config") != 0) invocation.config_path = values["config"].as<std::string>();
        if (values.count("json") != 0) invocation.format = Format::kJson;
    }
    return invocation;
}

std::string help_hint(const Command* command) {
    const std::string words = command == nullptr ? "" : " " + std::string(command->words);
    return "See \"" + std::string(kProgram) + words + " --help\".";
}

}  // namespace admin
