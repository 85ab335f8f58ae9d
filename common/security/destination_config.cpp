#include "common/security/destination_config.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace security {
namespace {

template <class List>
List read_list(base::Config& config, std::string_view key) {
    try {
        return List::parse(config.text(key, ""));
    } catch (const std::invalid_argument& error) {
        throw config.error(key, error.what());
    }
}

}  // namespace

Destinations read_destinations(base::Config& config) {
    auto allowed = read_list<AllowList>(config, "destination_allow");
    return {std::move(allowed), read_list<PortList>(config, "destination_ports")};
}

}  // namespace security
