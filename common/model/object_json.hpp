// Writes users and targets as JSON, for the content of events about them.
#pragma once

#include <string>
#include <string_view>

#include "common/model/id.hpp"

namespace model {

// REQUIRES (both): valid UTF-8.
[[nodiscard]] std::string user_json(Id id, std::string_view email, std::string_view name);
[[nodiscard]] std::string target_json(Id id, std::string_view name, std::string_view url);

// A small object for a test event about an object of any kind.
[[nodiscard]] std::string test_object_json(Id id);

}  // namespace model
