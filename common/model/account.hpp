// What a client sees of its account: its API key, and the targets that this may use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/model/permissions.hpp"
#include "common/model/records.hpp"

namespace model {

struct Target {
    Id id = 0;
    std::string name;
    std::string url;
    std::optional<Time> verified_at;  // when the account was found to own it
    Time created_at;
};

struct KeyDetails {
    Id id = 0;
    std::string name;
    std::vector<Right> rights;
    std::optional<Time> expires_at;
    std::optional<std::vector<Id>> targets;  // those that it is limited to; nullopt: it is not limited
    Id account_id = 0;
    std::string account_name;
    Person user;
};

// REQUIRES (both): valid UTF-8.
[[nodiscard]] std::string target_to_json(const Target& target);
[[nodiscard]] std::string key_to_json(const KeyDetails& key);

}  // namespace model
