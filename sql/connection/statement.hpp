// The text of a prepared statement, or of a part of one, with the parameters for its question marks.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/connection/connection.hpp"

namespace db {

struct Statement {
    std::string text{};
    std::vector<Parameter> parameters{};

    // rest: SQL of our own, with as many question marks as there are parameters.
    Statement& add(std::string_view rest, std::initializer_list<Parameter> more = {}) {
        text += rest;
        parameters.insert(parameters.end(), more);
        return *this;
    }
    // "(?, ?, ?)", for IN. REQUIRES: there is a number, and the number of numbers varies little, because the
    // connection keeps each text prepared.
    Statement& add_numbers(std::span<const std::uint64_t> numbers) {
        const char* separator = "(";
        for (const std::uint64_t number : numbers) {
            add(separator).add("?", {number});
            separator = ", ";
        }
        return add(")");
    }
    Statement& add(const Statement& part) {
        text += part.text;
        parameters.insert(parameters.end(), part.parameters.begin(), part.parameters.end());
        return *this;
    }
};

// What another store adds to the statement of a single access request (sql/webhooks/access.hpp), so that both take
// one round trip. It may name the columns of the key, k, and of the target, t, which are NULL if the scope is the
// account. All joins are LEFT JOINs that find at most one row.
struct JoinedRead {
    Statement columns{};  // each after a comma
    Statement joins{};
};

}  // namespace db
