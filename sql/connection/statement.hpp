// The text of a prepared statement, or of a part of one, with the parameters for its question marks.
#pragma once

#include <initializer_list>
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
};

}  // namespace db
