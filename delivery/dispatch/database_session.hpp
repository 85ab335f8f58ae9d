// The dispatcher's database connection, with the queue of deliveries and the table of workers. A lost
// connection is replaced after a pause, which grows from 50 ms to 1 s while the database is away.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/security/secret_cipher.hpp"
#include "delivery/delivery_log.hpp"
#include "delivery/schedule/concurrency_window.hpp"
#include "sql/connection/connection.hpp"
#include "sql/deliveries/delivery_queue.hpp"
#include "sql/deliveries/delivery_workers.hpp"

namespace delivery {

struct SessionSettings {
    db::ConnectionSettings database;
    std::string worker_name;
    std::chrono::milliseconds heartbeat_interval{2'000};
    std::chrono::milliseconds dead_after{10'000};
    db::DisablePolicy disable;
};

class DatabaseSession {
  public:
    using Time = Clock::time_point;

    // lease: this worker's token.
    DatabaseSession(SessionSettings settings, const security::SecretCipher& secrets, model::Id lease,
                    const DeliveryLog& delivery_log);

    // Connects if it isn't connected and it is time to try. Returns whether it has connected.
    [[nodiscard]] bool open(Time now);
    [[nodiscard]] bool is_open() const { return parts_.has_value(); }
    [[nodiscard]] Time next_try() const { return connect_at_; }
    void lose(const db::Error& reason);
    // Tells the other workers that this one ends.
    void leave();

    // REQUIRES (this and all below): it is open. Throw db::Error.
    [[nodiscard]] db::DeliveryQueue& queue() { return parts_->queue; }
    [[nodiscard]] bool is_heartbeat_due(Time now) const { return now >= next_heartbeat_; }
    [[nodiscard]] Time next_heartbeat() const { return next_heartbeat_; }
    // Writes the heartbeat. Returns nullopt if another worker has taken the name.
    [[nodiscard]] std::optional<db::Heartbeat> heartbeat(Time now);
    // Whether a heartbeat has ever found that.
    [[nodiscard]] bool name_is_taken() const { return name_is_taken_; }

  private:
    struct Parts {
        Parts(const SessionSettings& settings, const security::SecretCipher& secrets, model::Id lease)
            : connection(settings.database),
              queue(connection, secrets, lease, settings.disable),
              workers(connection, settings.worker_name, lease) {}
        db::Connection connection;
        db::DeliveryQueue queue;
        db::DeliveryWorkers workers;
    };

    const SessionSettings settings_;
    const security::SecretCipher& secrets_;
    const model::Id lease_;
    const DeliveryLog& delivery_log_;
    std::optional<Parts> parts_;
    Time connect_at_{};
    std::chrono::milliseconds pause_{};  // before the next try; zero while connected
    Time next_heartbeat_{};
    bool name_is_taken_ = false;
};

}  // namespace delivery
