#include "common/base/config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "common/base/ascii.hpp"

namespace base {
namespace {

constexpr std::string_view kEnvironmentPrefix = "TARGETHOOKS_";
// This variable names the configuration file itself and is not a key.
constexpr std::string_view kConfigVariable = "CONFIG";
constexpr std::string_view kBlanks = " \t\r";

// The prefixes of all programs' keys.
constexpr std::array<std::string_view, 9> kPrefixes = {
    "admin_", "api_", "database_", "deliver_", "destination_", "log_", "mail_", "wakeup_", "secret_"};

bool is_key(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return is_lower_case(c) || is_digit(c) || c == '_'; });
}

// Whether the key's value is a secret itself, not the name of a file that holds one.
bool is_secret(std::string_view key) {
    return key.ends_with("password") || key == "secret_key";
}

std::optional<std::string> read_secret_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::string content{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) return std::nullopt;
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    return content;
}

}  // namespace

Config Config::load(const std::string& path, bool must_exist, const char* const* environment) {
    Config config;
    config.read_file(path, must_exist);
    config.read_environment(environment);
    return config;
}

void Config::read_file(const std::string& path, bool must_exist) {
    errno = 0;
    std::ifstream file(path);
    if (!file) {
        // A file that exists but is not readable for this user must not count as missing.
        if (!must_exist && errno == ENOENT) return;
        const std::string reason = std::generic_category().message(errno);
        throw ConfigError(path + ": the configuration file can't be read: " + reason);
    }
    std::string line;
    for (unsigned number = 1; std::getline(file, line); ++number) {
        const std::string origin = path + ":" + std::to_string(number);
        const std::string_view content = trim(line, kBlanks);
        if (content.empty() || content.front() == '#') continue;
        const auto equals = content.find('=');
        if (equals == std::string_view::npos) throw ConfigError(origin + ": expected \"key = value\"");
        const std::string key(trim(content.substr(0, equals), kBlanks));
        if (!is_key(key)) {
            throw ConfigError(origin + ": a key consists of lower-case letters, digits and \"_\"");
        }
        if (!settings_.emplace(key, Setting{std::string(trim(content.substr(equals + 1), kBlanks)), origin})
                 .second) {
            throw ConfigError(std::string(origin).append(": ").append(key).append(" is set twice"));
        }
    }
    if (file.bad()) throw ConfigError(path + ": reading the configuration file failed");
}

void Config::read_environment(const char* const* environment) {
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        std::string_view entry = *environment;
        if (!entry.starts_with(kEnvironmentPrefix)) continue;
        entry.remove_prefix(kEnvironmentPrefix.size());
        const auto equals = entry.find('=');
        const std::string_view name = entry.substr(0, equals);
        if (name == kConfigVariable) continue;
        const std::string key = to_lower(name);
        const std::string origin =
            "environment variable " + std::string(kEnvironmentPrefix) + std::string(name);
        if (is_secret(key)) {
            throw ConfigError(origin + ": secrets are not read from the environment; name a file in " +
                              std::string(kEnvironmentPrefix) + std::string(name) + "_FILE");
        }
        settings_.insert_or_assign(key,
                                   Setting{std::string(trim(entry.substr(equals + 1), kBlanks)), origin});
    }
}

const Config::Setting* Config::take(std::string_view key) {
    taken_.emplace(key);
    const auto found = settings_.find(key);
    return found == settings_.end() ? nullptr : &found->second;
}

ConfigError Config::error(std::string_view key, std::string_view what) const {
    const auto found = settings_.find(key);
    const std::string origin = found == settings_.end() ? "configuration" : found->second.origin;
    return ConfigError(origin + ": " + std::string(key) + " " + std::string(what));
}

std::string Config::text(std::string_view key, std::string_view fallback) {
    const Setting* setting = take(key);
    return setting == nullptr ? std::string(fallback) : setting->value;
}

std::string Config::choice(std::string_view key, std::initializer_list<std::string_view> choices,
                           std::string_view fallback) {
    std::string value = text(key, fallback);
    if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
    std::string list;
    for (const std::string_view choice : choices) list += (list.empty() ? "" : ", ") + std::string(choice);
    throw error(key, "must be one of " + list + ", not \"" + value + "\"");
}

std::uint64_t Config::number(std::string_view key, std::uint64_t least, std::uint64_t most,
                             std::uint64_t fallback) {
    const Setting* setting = take(key);
    if (setting == nullptr) return fallback;
    const std::string& value = setting->value;
    const auto number = parse_number<std::uint64_t>(value);
    if (!number || *number < least || *number > most) {
        throw error(key, "must be a number from " + std::to_string(least) + " to " + std::to_string(most) +
                             ", not \"" + value + "\"");
    }
    return *number;
}

std::string Config::secret(std::string_view key) {
    const std::string file_key = std::string(key) + "_file";
    const Setting* direct = take(key);
    const Setting* file = take(file_key);
    if (direct != nullptr && file != nullptr)
        throw error(file_key, "and " + std::string(key) + " are both set");
    if (direct != nullptr) return direct->value;
    if (file == nullptr) return {};
    auto content = read_secret_file(file->value);
    if (!content) throw error(file_key, "names a file that can't be read: " + file->value);
    return std::move(*content);
}

bool Config::belongs_to_others(std::string_view key) const {
    const std::string_view prefix = key.substr(0, key.find('_') + 1);  // npos + 1 is 0
    return std::ranges::find(kPrefixes, prefix) != kPrefixes.end() &&
           std::ranges::none_of(taken_,
                                [prefix](const std::string& taken) { return taken.starts_with(prefix); });
}

void Config::finish() const {
    for (const auto& [key, setting] : settings_) {
        if (taken_.contains(key) || belongs_to_others(key)) continue;
        throw ConfigError(setting.origin + ": unknown key " + key);
    }
}

}  // namespace base
