#include "admin/database.hpp"

#include "common/base/wakeup_sender.hpp"
#include "common/security/destination_config.hpp"
#include "sql/connection/schema.hpp"
#include "sql/connection/secret_key_check.hpp"

namespace admin {
namespace {

constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kOperationTimeout{60};
constexpr std::chrono::seconds kMigrationTimeout{3600};

}  // namespace

base::Config Database::load() const {
    const bool named = config_path_.has_value();
    return base::Config::load(named ? *config_path_ : std::string(base::kDefaultConfigPath), named,
                              environment_);
}

db::ConnectionSettings Database::settings() {
    auto config = load();
    auto settings = db::ConnectionSettings::from(config, "admin_", "targethooks_admin");
    wakeup_socket_ = base::WakeupSender::socket_from(config);
    config.finish();
    settings.connect_timeout = kConnectTimeout;
    return settings;
}

db::Connection& Database::connection() {
    if (!connection_) {
        auto chosen = settings();
        chosen.io_timeout = kOperationTimeout;
        db::require_current_schema(connection_.emplace(chosen));
    }
    return *connection_;
}

db::AdminStore& Database::store() {
    if (!store_) store_.emplace(connection(), model::generate_id, operator_);
    return *store_;
}

void Database::reconnect() {
    store_.reset();
    connection_.reset();
    connection();
}

db::Connection& Database::for_migration() {
    if (!connection_) {
        auto chosen = settings();
        chosen.io_timeout = kMigrationTimeout;
        connection_.emplace(chosen);
    }
    return *connection_;
}

const security::SecretCipher& Database::secrets() {
    if (!secrets_) {
        auto config = load();
        const auto& cipher = secrets_.emplace(security::SecretCipher::from(config));
        db::require_secret_key(connection(), cipher);
    }
    return *secrets_;
}

const security::Destinations& Database::destinations() {
    if (!destinations_) {
        auto config = load();
        destinations_ = security::read_destinations(config);
    }
    return *destinations_;
}

void Database::record(const db::Deed& deed) {
    db::record_deed(*connection_, operator_, deed);
}

void Database::wake_up() const {
    if (is_connected()) base::WakeupSender(wakeup_socket_).send();
}

}  // namespace admin
