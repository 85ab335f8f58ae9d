// A database server for the tests of a program, and a fresh schema for each of them.
//
// The first TestSchema starts mariadbd on a data directory of its own below /tmp, reachable by unix socket
// only, as root or as an ordinary user; it ends with the program, which removes the directory. Where
// TEST_DATABASE_SOCKET or TEST_DATABASE_HOST (with TEST_DATABASE_PORT) is set, that server is used instead,
// as TEST_DATABASE_USER (default root) with TEST_DATABASE_PASSWORD. This is how MySQL is tested. A TestSchema
// drops everything that it has created there.
//
// All functions throw std::runtime_error or db::Error if there is no server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/connection/connection.hpp"

namespace testing {

class TestSchema {
  public:
    TestSchema();   // an empty schema, named at random
    ~TestSchema();  // drops it, and its users
    TestSchema(const TestSchema&) = delete;
    TestSchema& operator=(const TestSchema&) = delete;

    // The settings of the server's administrator, for this schema.
    [[nodiscard]] db::ConnectionSettings settings() const;
    // The settings of a new user with a random name and the grants of sql/grants/<program>.sql.
    [[nodiscard]] db::ConnectionSettings settings_of(std::string_view program);

    [[nodiscard]] const std::string& name() const { return name_; }

  private:
    std::string name_;
    std::vector<std::string> users_;
};

}  // namespace testing
