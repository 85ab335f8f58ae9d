#include "admin/operator_name.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "admin/output.hpp"

namespace admin {

std::string operator_name() {
    constexpr std::size_t kMostBytes = 255;
    const uid_t uid = getuid();
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    std::string name = found != nullptr ? found->pw_name : std::to_string(uid);
    const char* sudo_user = std::getenv("SUDO_USER");
    if (uid == 0 && sudo_user != nullptr) name += " (sudo: " + printable(sudo_user) + ")";
    return name.substr(0, kMostBytes);
}

}  // namespace admin
