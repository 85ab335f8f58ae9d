#include "common/model/id.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace model {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::uint64_t kBase = 58;
constexpr unsigned kRandomBits = 22;
constexpr std::uint64_t kRandomMask = (std::uint64_t{1} << kRandomBits) - 1;
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << (64 - kRandomBits)) - 1;
constexpr std::chrono::sys_days kEpoch = std::chrono::year{2020} / 1 / 1;

constexpr std::uint8_t kNoDigit = 255;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
    std::array<std::uint8_t, 256> digits{};
    digits.fill(kNoDigit);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return digits;
}();

}  // namespace

Id make_id(std::chrono::system_clock::time_point time, std::uint32_t random_bits) {
    const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(time - kEpoch).count();
    const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(since_epoch, 0));
    return (milliseconds & kTimeMask) << kRandomBits | (random_bits & kRandomMask);
}

Id generate_id() {
    std::uint32_t random_bits = 0;
    // getrandom(2) returns up to 256 bytes in full; only a signal at boot time can interrupt it.
    while (getrandom(&random_bits, sizeof random_bits, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    return make_id(std::chrono::system_clock::now(), random_bits);
}

std::string to_base58(Id id) {
    std::string text(kIdCharacters, kAlphabet[0]);
    for (auto digit = text.rbegin(); id != 0; ++digit, id /= kBase) *digit = kAlphabet[id % kBase];
    return text;
}

std::optional<Id> parse_id(std::string_view text) {
    if (text.size() != kIdCharacters) return std::nullopt;
    Id id = 0;
    for (const char character : text) {
        const std::uint8_t digit = kDigits[static_cast<unsigned char>(character)];
        if (digit == kNoDigit) return std::nullopt;
        if (__builtin_mul_overflow(id, kBase, &id) || __builtin_add_overflow(id, digit, &id)) {
            return std::nullopt;
        }
    }
    return id;
}

}  // namespace model
