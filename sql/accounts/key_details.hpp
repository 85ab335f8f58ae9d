// Reads what an API key is for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/model/account.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/statement.hpp"

namespace db {

// As many targets of a limited key are read.
inline constexpr std::uint64_t kMostTargetsOfKey = 10'000;

// Reads the key of an access request, together with that. A second round trip reads the targets, if the key is
// limited to some; deleted ones are left out. Throws Error. first_column: of the read.
[[nodiscard]] JoinedRead read_key();
[[nodiscard]] model::KeyDetails key_read(Connection& connection, const Rows& rows, std::size_t first_column);

}  // namespace db
