#include "common/security/own_addresses.hpp"

#include <ifaddrs.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace security {
namespace {

struct InterfacesFree {
    void operator()(ifaddrs* first) const { freeifaddrs(first); }
};

}  // namespace

OwnAddresses::Address OwnAddresses::to_address(const in_addr& address) {
    Address mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    std::memcpy(mapped.data() + mapped.size() - sizeof address, &address, sizeof address);
    return mapped;
}

OwnAddresses::Address OwnAddresses::to_address(const in6_addr& address) {
    Address bytes{};
    std::memcpy(bytes.data(), &address, bytes.size());
    return bytes;
}

std::vector<OwnAddresses::Address> OwnAddresses::read_interfaces() {
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) throw std::system_error(errno, std::generic_category(), "getifaddrs");
    const std::unique_ptr<ifaddrs, InterfacesFree> owner(first);
    std::vector<Address> addresses;
    for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
        if (one->ifa_addr == nullptr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            addresses.push_back(to_address(reinterpret_cast<const sockaddr_in*>(one->ifa_addr)->sin_addr));
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            addresses.push_back(to_address(reinterpret_cast<const sockaddr_in6*>(one->ifa_addr)->sin6_addr));
        }
    }
    return addresses;
}

OwnAddresses::OwnAddresses(std::function<std::vector<Address>()> read, std::chrono::milliseconds believed_for)
    : read_(std::move(read)), believed_for_(believed_for) {}

bool OwnAddresses::contain(const Address& address) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!addresses_ || now - read_at_ >= believed_for_) {
        read_at_ = now;
        try {
            std::vector<Address> read = read_();
            std::ranges::sort(read);
            addresses_ = std::move(read);
        } catch (const std::system_error&) {
            // The most likely reason is the limit of descriptors.
        }
    }
    return !addresses_ || std::ranges::binary_search(*addresses_, address);
}

}  // namespace security
