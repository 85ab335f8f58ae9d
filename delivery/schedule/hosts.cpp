#include "delivery/schedule/hosts.hpp"

namespace delivery {

Host& Hosts::named(const std::string& name) {
    if (hosts_.size() >= most_) std::erase_if(hosts_, [](const auto& one) { return one.second.is_unused(); });
    return hosts_.try_emplace(name, name, per_host_).first->second;
}

const Host* Hosts::find(const std::string& name) const {
    const auto found = hosts_.find(name);
    return found == hosts_.end() ? nullptr : &found->second;
}

void Hosts::forget_if_unused(Host& host) {
    if (!host.is_unused() || host.window.is_healthy()) return;
    const std::string name = host.name;
    hosts_.erase(name);
}

}  // namespace delivery
