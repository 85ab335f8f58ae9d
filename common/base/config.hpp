// The configuration that all programs share: one file of `key = value` lines; "#" starts a comment line. The
// environment overrides a key by TARGETHOOKS_<KEY>. A key's prefix ends at its first "_" and names the part
// that the key configures: api_, admin_ and deliver_ belong to one program each, the others to all programs
// that read them.
//
// Secrets never come from the environment or the command line. They are in this file, or in a separate file
// that `<key>_file` names, whose trailing line end is cut off.
//
// Every error is a ConfigError whose text names the file and line (or the variable), the key and what is
// expected. The programs print it and exit.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace base {

inline constexpr std::string_view kDefaultConfigPath = "/etc/targethooks/targethooks.conf";

class ConfigError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Config {
  public:
    // Reads the file, then the environment. If must_exist is false, a missing file counts as empty. A file
    // that exists but can't be opened is always an error.
    static Config load(const std::string& path, bool must_exist, const char* const* environment);

    // Each function reads one key, checks its value as the function's name says, and marks the key as known
    // for finish(). A wrong value throws ConfigError.
    [[nodiscard]] std::string text(std::string_view key, std::string_view fallback);
    [[nodiscard]] std::string choice(std::string_view key, std::initializer_list<std::string_view> choices,
                                     std::string_view fallback);
    [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t least, std::uint64_t most,
                                       std::uint64_t fallback);
    // Reads `key` from the file, or the content of the file that `key`_file names.
    [[nodiscard]] std::string secret(std::string_view key);

    // Throws ConfigError for the first unknown key. Keys that were not taken are unknown, except those of
    // other programs: keys with a known prefix of which this program took no key. REQUIRES: all keys of this
    // program were taken.
    void finish() const;

    // Makes a ConfigError about that key, which names the origin of its value.
    [[nodiscard]] ConfigError error(std::string_view key, std::string_view what) const;

  private:
    struct Setting {
        std::string value;
        std::string origin;  // "/etc/targethooks.conf:3" or "environment variable TARGETHOOKS_..."
    };

    void read_file(const std::string& path, bool must_exist);
    void read_environment(const char* const* environment);
    const Setting* take(std::string_view key);
    [[nodiscard]] bool belongs_to_others(std::string_view key) const;

    std::map<std::string, Setting, std::less<>> settings_;
    std::set<std::string, std::less<>> taken_;
};

}  // namespace base
