// The database as the configuration names it, connected to when a command first asks for it: faults in what
// the operator typed are told before.
#pragma once

#include <optional>
#include <string>

#include "admin/operator_name.hpp"
#include "sql/connection/connection.hpp"
#include "sql/operator/admin_store.hpp"
#include "sql/operator/audit.hpp"

namespace admin {

class Database {
  public:
    // config_path: nothing means the usual place, where the file may be missing.
    Database(std::optional<std::string> config_path, const char* const* environment)
        : config_path_(std::move(config_path)), environment_(environment) {}

    // All throw db::ConfigError and db::Error.
    // These throw db::SchemaError as well: the tables must be those that this program knows.
    db::Connection& connection();
    db::AdminStore& store();
    // In place of a connection that was lost; references to that one end.
    void reconnect();
    // For migrations: the tables may be any, and a statement may take an hour.
    db::Connection& for_migration();

    // In the transaction that does it. Throws db::Error.
    void record(const db::Deed& deed);

    // Tells the delivery daemon that there may be something to deliver.
    void nudge() const;

    [[nodiscard]] bool is_connected() const { return connection_.has_value(); }

  private:
    [[nodiscard]] db::ConnectionSettings settings();

    std::optional<std::string> config_path_;
    const char* const* environment_;
    std::string nudge_socket_;
    const db::Actor operator_{.operator_name = operator_name()};
    std::optional<db::Connection> connection_;
    std::optional<db::AdminStore> store_;
};

}  // namespace admin
