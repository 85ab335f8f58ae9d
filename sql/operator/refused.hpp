// What an operator asks for and can't have.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "common/model/id.hpp"

namespace db {

// The operation can't be done as things are, for a reason that the text tells: no such target, an e-mail
// address in use. Nothing was changed.
class Refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

[[nodiscard]] inline Refused no_such(std::string_view kind, model::Id id) {
    return Refused("no such " + std::string(kind) + ": " + model::to_base58(id));
}

}  // namespace db
