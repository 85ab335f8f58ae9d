// Ids of our objects: 64 bits, milliseconds since 2020-01-01 UTC in the upper 42, random in the lower 22.
// They are drawn by the program, stored as BIGINT UNSIGNED, and shown as 11 characters of Base58 (the Bitcoin
// alphabet), left-padded with "1" so that the order of the texts is the order of time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace model {

using Id = std::uint64_t;

inline constexpr std::size_t kIdCharacters = 11;

// A new id from the system's clock and its random source. Two calls may clash, rarely: the primary key tells.
// Throws std::system_error if the random source fails.
[[nodiscard]] Id draw_id();

// The id of that time and those 22 random bits (more are cut off). Times before 2020 count as 2020.
[[nodiscard]] Id make_id(std::chrono::system_clock::time_point time, std::uint32_t random_bits);

[[nodiscard]] std::string to_base58(Id id);

// Strict: exactly 11 characters of the alphabet that spell at most 2^64 - 1, so every id has one spelling.
[[nodiscard]] std::optional<Id> parse_id(std::string_view text);

}  // namespace model
