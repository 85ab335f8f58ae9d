// The database knows which secret_key its secrets are sealed with, by a value that is derived from the key
// and says nothing about it. A program that has another key must not start: it would seal new secrets with
// it, and then no key would open all of them.
#pragma once

#include <stdexcept>

#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"

namespace db {

class WrongSecretKey : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws WrongSecretKey if the secrets are sealed with another key than the box's. The first program to ask
// stores the value of its own key; of several that do so at once one comes first, and the others are validated
// by it. Throws Error.
void require_secret_key(Connection& connection, const security::SecretCipher& box);

}  // namespace db
