#include "admin/input.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "admin/validation.hpp"
#include "common/base/descriptors.hpp"

namespace admin {
namespace {

UsageError unreadable(std::string_view option, const std::string& path) {
    return UsageError(std::string(option) + " can't be read from " + (path == "-" ? "standard input" : path) +
                      ": " + std::generic_category().message(errno));
}

}  // namespace

std::string read_input(std::string_view option, const std::string& path, std::size_t most) {
    const bool is_standard = path == "-";
    const base::Descriptor file(is_standard ? -1 : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!is_standard && file.get() < 0) throw unreadable(option, path);
    const int descriptor = is_standard ? STDIN_FILENO : file.get();
    std::string input;
    std::array<char, 4096> part{};
    for (;;) {
        const ssize_t length = read(descriptor, part.data(), part.size());
        if (length == 0) return input;
        if (length < 0 && errno != EINTR) throw unreadable(option, path);
        if (length > 0) input.append(part.data(), static_cast<std::size_t>(length));
        if (input.size() > most) {
            throw UsageError(std::string(option) + " must have at most " + std::to_string(most) +
                             " bytes with its white space");
        }
    }
}

}  // namespace admin
