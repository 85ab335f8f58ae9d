#include "delivery/destination_config.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace delivery {
namespace {

template <class List>
List read_list(db::Config& config, std::string_view key) {
    try {
        return List::parse(config.text(key, ""));
    } catch (const std::invalid_argument& error) {
        throw config.error(key, error.what());
    }
}

}  // namespace

Destinations read_destinations(db::Config& config) {
    auto allowed = read_list<AllowList>(config, "destination_allow");
    return {std::move(allowed), read_list<PortList>(config, "destination_ports")};
}

}  // namespace delivery
