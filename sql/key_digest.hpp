// What is stored of an API key, and what it is looked up by: its SHA-256 (FIPS 180-4). A key holds 256 random
// bits, so it needs neither salt nor a slow hash, and the lookup by digest gives no timing away about the
// key.
#pragma once

#include <string_view>

#include "sql/records.hpp"

namespace db {

[[nodiscard]] KeyDigest digest_key(std::string_view key);

}  // namespace db
