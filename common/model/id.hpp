// Ids of our objects: 64 bits, milliseconds since 2020-01-01 UTC in the upper 42, random in the lower 22. The
// program generates them. They are stored as BIGINT UNSIGNED and shown as 11 characters of Base58 (the
// Bitcoin alphabet), left-padded with "1", so that text order is time order.
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

// A new id from the system's clock and random source. Two ids may rarely be equal; the primary key detects
// it. Throws std::system_error if the random source fails.
[[nodiscard]] Id generate_id();

// The id of this time and these 22 random bits (further bits are cut off). Times before 2020 count as 2020.
[[nodiscard]] Id make_id(std::chrono::system_clock::time_point time, std::uint32_t random_bits);

[[nodiscard]] std::string to_base58(Id id);

// Accepts exactly 11 characters of the alphabet, with a value of at most 2^64 - 1, so every id has one text.
[[nodiscard]] std::optional<Id> parse_id(std::string_view text);

}  // namespace model
