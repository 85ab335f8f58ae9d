// The configuration that all programs share: one file of `key = value` lines, "#" starts a comment line.
// Any key can be overridden by the environment as TARGETHOOKS_<KEY>. A key's prefix names its owner:
// database_ and log_ are everyone's, api_, admin_ and deliver_ belong to one program each.
//
// Secrets never come from the environment or the command line: they stand in the file, or in a file of their
// own that `<key>_file` names (its trailing line end is cut off).
//
// Every fault is a ConfigError whose text names the file and line (or the variable), the key and what is
// expected; the programs print it and exit.
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
    // Reads the file, then the environment. If must_exist is false, a file that is not there is an empty
    // one; one that can't be opened is an error all the same.
    static Config load(const std::string& path, bool must_exist, const char* const* environment);

    // Each takes one key: what it returns has passed the check named, and finish() knows the key as one of
    // ours.
    [[nodiscard]] std::string text(std::string_view key, std::string_view fallback);
    [[nodiscard]] std::string choice(std::string_view key, std::initializer_list<std::string_view> choices,
                                     std::string_view fallback);
    [[nodiscard]] bool flag(std::string_view key, bool fallback);  // yes, no, true, false, on, off, 1, 0
    [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t least, std::uint64_t most,
                                       std::uint64_t fallback);
    // From `key` in the file, or the content of the file that `key`_file names.
    [[nodiscard]] std::string secret(std::string_view key);

    // Throws for the first key that nobody took, unless its prefix belongs to another program.
    void finish(std::initializer_list<std::string_view> foreign_prefixes) const;

    // A ConfigError about that key, naming where its value came from.
    [[nodiscard]] ConfigError error(std::string_view key, std::string_view what) const;

  private:
    struct Setting {
        std::string value;
        std::string
            origin;  // "/etc/targethooks/targethooks.conf:3" or "environment variable TARGETHOOKS_..."
    };

    void read_file(const std::string& path, bool must_exist);
    void read_environment(const char* const* environment);
    const Setting* take(std::string_view key);

    std::map<std::string, Setting, std::less<>> settings_;
    std::set<std::string, std::less<>> taken_;
};

}  // namespace base
