// Checks that the program's secret_key is the one that the secrets in the database are sealed with. The
// database holds a value that is derived from the key and does not reveal it. A program with another key must
// not start: it would seal new secrets with that key, and then no single key would open all of them.
#pragma once

#include <stdexcept>

#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"

namespace db {

class WrongSecretKey : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Throws WrongSecretKey if the secrets are sealed with another key than the cipher's. The first program
// stores the value of its own key. If several do so at once, one is first, and the others are compared with
// its value. Throws Error.
void require_secret_key(Connection& connection, const security::SecretCipher& cipher);

}  // namespace db
