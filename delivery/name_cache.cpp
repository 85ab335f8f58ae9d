#include "delivery/name_cache.hpp"

#include <new>

namespace delivery {

std::shared_ptr<CURLSH> NameCache::current() {
    constexpr std::chrono::seconds kNoticeable{1};
    const auto ahead = wall_clock_ahead();
    // Transfers under way keep the former one, and the last of them ends it.
    if (ahead + kNoticeable < ahead_) share_ = make();
    ahead_ = ahead;
    return share_;
}

std::shared_ptr<CURLSH> NameCache::make() {
    std::shared_ptr<CURLSH> share(curl_share_init(), curl_share_cleanup);
    if (!share || curl_share_setopt(share.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) != CURLSHE_OK) {
        throw std::bad_alloc();
    }
    return share;
}

std::chrono::nanoseconds NameCache::wall_clock_ahead() {
    return std::chrono::system_clock::now().time_since_epoch() -
           std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace delivery
