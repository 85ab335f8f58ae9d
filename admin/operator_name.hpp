// The name of the person who runs the program, for the audit.
#pragma once

#include <string>

namespace admin {

// The name of the system user, or its number if it has no name. With sudo: "root (sudo: ana)". At most 255
// bytes.
[[nodiscard]] std::string operator_name();

}  // namespace admin
