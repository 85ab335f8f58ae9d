// Who runs the program, for the audit.
#pragma once

#include <string>

namespace admin {

// The name of the system's user, or its number; of root by sudo, "root (sudo: ana)". At most 255 bytes.
[[nodiscard]] std::string operator_name();

}  // namespace admin
