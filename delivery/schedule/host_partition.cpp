#include "delivery/schedule/host_partition.hpp"

#include <algorithm>

namespace delivery {
namespace {

// FNV-1a, then the finaliser of splitmix64, because the result must be the same on every machine.
std::uint64_t score(std::uint64_t worker, std::string_view origin) {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ worker;
    for (const char character : origin) {
        hash ^= static_cast<unsigned char>(character);
        hash *= 0x100000001b3ULL;
    }
    hash ^= hash >> 30;
    hash *= 0xbf58476d1ce4e5b9ULL;
    hash ^= hash >> 27;
    hash *= 0x94d049bb133111ebULL;
    return hash ^ hash >> 31;
}

}  // namespace

bool HostPartition::update(std::vector<std::uint64_t> workers) {
    workers.push_back(own_);
    std::sort(workers.begin(), workers.end());
    workers.erase(std::unique(workers.begin(), workers.end()), workers.end());
    if (workers == workers_) return false;
    workers_ = std::move(workers);
    return true;
}

bool HostPartition::owns(std::string_view origin) const {
    const std::uint64_t ours = score(own_, origin);
    return std::none_of(workers_.begin(), workers_.end(), [&](std::uint64_t worker) {
        const std::uint64_t theirs = score(worker, origin);
        return theirs > ours || (theirs == ours && worker > own_);
    });
}

}  // namespace delivery
