// Reads what is too long or too secret for the command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace admin {

// Reads standard input for "-", otherwise the file, to its end. Throws UsageError, which names the option, if
// it can't be read or has more than `most` bytes.
[[nodiscard]] std::string read_input(std::string_view option, const std::string& path, std::size_t most);

// The same for standard input alone.
[[nodiscard]] inline std::string read_input(std::string_view option, std::size_t most) {
    return read_input(option, "-", most);
}

}  // namespace admin
