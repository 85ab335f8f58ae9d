// The exception for requests of the operator that can't be fulfilled.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "common/model/id.hpp"

namespace db {

// The operation is not possible in the present state, for the reason in the text, such as "no such target" or
// an e-mail address that is in use. Nothing was changed.
class Refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[nodiscard]] inline Refused no_such(std::string_view kind, model::Id id) {
    return Refused("no such " + std::string(kind) + ": " + model::to_base58(id));
}

}  // namespace db
