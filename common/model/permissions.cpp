#include "common/model/permissions.hpp"

#include <algorithm>

namespace model {

std::string_view name_of(Right right) {
    constexpr std::array<std::string_view, kAllRights.size()> kNames{"read", "manage", "publish"};
    return kNames.at(static_cast<std::size_t>(right));
}

std::string format_rights(std::span<const Right> rights) {
    std::string names;
    for (const Right right : rights) names.append(names.empty() ? "" : ",").append(name_of(right));
    return names;
}

std::vector<Right> parse_rights(std::string_view names) {
    std::vector<Right> rights;
    while (!names.empty()) {
        const std::string_view name = names.substr(0, names.find(','));
        const auto found = std::find_if(kAllRights.begin(), kAllRights.end(),
                                        [name](Right right) { return name_of(right) == name; });
        if (found != kAllRights.end()) rights.push_back(*found);
        names.remove_prefix(std::min(name.size() + 1, names.size()));
    }
    return rights;
}

}  // namespace model
