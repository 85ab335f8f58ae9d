// The permissions of an API key.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace model {

enum class Right { kRead, kManage, kPublish };

// Names in the order of the values: "read", "manage", "publish".
[[nodiscard]] std::string_view name_of(Right right);

inline constexpr std::array kAllRights{Right::kRead, Right::kManage, Right::kPublish};

// The format of a SET in the database: "read,manage". Unknown names are ignored.
[[nodiscard]] std::string format_rights(std::span<const Right> rights);
[[nodiscard]] std::vector<Right> parse_rights(std::string_view names);

}  // namespace model
