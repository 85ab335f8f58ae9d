// The database that the configuration names. It is connected when a command first uses it, so errors of the
// command line are reported first.
#pragma once

#include <optional>
#include <string>

#include "admin/operator_name.hpp"
#include "common/base/config.hpp"
#include "common/security/destination.hpp"
#include "common/security/secret_cipher.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/admin_store.hpp"
#include "sql/operator/audit.hpp"

namespace admin {

class Database {
  public:
    // config_path: std::nullopt means the default path, where the file may be missing.
    Database(std::optional<std::string> config_path, const char* const* environment)
        : config_path_(std::move(config_path)), environment_(environment) {}

    // These four throw base::ConfigError and db::Error. All but for_migration also throw db::SchemaError
    // unless the schema has this program's version.
    db::Connection& connection();
    db::AdminStore& store();
    // Replaces a lost connection. References to the old one become invalid.
    void reconnect();
    // For migrations: the schema is not checked, and a statement may take an hour.
    db::Connection& for_migration();

    // The cipher of the webhooks' secrets. Throws base::ConfigError if secret_key is missing,
    // db::WrongSecretKey if the secrets are sealed with another one, and db::Error.
    const security::SecretCipher& secrets();
    // Where deliveries may go. Throws base::ConfigError.
    const security::Destinations& destinations();

    // Writes a row of the audit. REQUIRES: the transaction of the change is open. Throws db::Error.
    void record(const db::Deed& deed);

    // Whom the audit names.
    [[nodiscard]] const db::Actor& by() const { return operator_; }

    // Wakes up the delivery daemon, because deliveries may be due.
    void wake_up() const;

    [[nodiscard]] bool is_connected() const { return connection_.has_value(); }

  private:
    [[nodiscard]] base::Config load() const;
    [[nodiscard]] db::ConnectionSettings settings();

    std::optional<std::string> config_path_;
    const char* const* environment_;
    std::string wakeup_socket_;
    const db::Actor operator_{.operator_name = operator_name()};
    std::optional<db::Connection> connection_;
    std::optional<db::AdminStore> store_;
    std::optional<security::SecretCipher> secrets_;
    std::optional<security::Destinations> destinations_;
};

}  // namespace admin
