#include "admin/database.hpp"

#include "sql/schema.hpp"

namespace admin {
namespace {

constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kOperationTimeout{60};
constexpr std::chrono::seconds kMigrationTimeout{3600};

}  // namespace

db::ConnectionSettings Database::settings() const {
    const bool named = config_path_.has_value();
    auto config =
        db::Config::load(named ? *config_path_ : std::string(db::kDefaultConfigPath), named, environment_);
    auto settings = db::ConnectionSettings::from(config, "admin_", "targethooks_admin");
    config.finish({"api_", "deliver_", "log_"});
    settings.connect_timeout = kConnectTimeout;
    return settings;
}

db::AdminStore& Database::store() {
    if (!store_) {
        auto chosen = settings();
        chosen.io_timeout = kOperationTimeout;
        db::require_current_schema(connection_.emplace(chosen));
        store_.emplace(*connection_);
    }
    return *store_;
}

db::Connection& Database::for_migration() {
    if (!connection_) {
        auto chosen = settings();
        chosen.io_timeout = kMigrationTimeout;
        connection_.emplace(chosen);
    }
    return *connection_;
}

}  // namespace admin
