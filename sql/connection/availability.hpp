// What the threads of a process know together about the database: whether it is away, and since when.
//
// When the database becomes unavailable, work waits for one second, because it may only be restarting. After
// that it fails at once. Meanwhile one thread at a time tries to connect. A server that accepts no writes is
// left for another one for half of a request's patience; after that, work that writes fails at once.
//
// Reports: "database_lost" for a lost connection, "database_away" when no connection can be opened any more,
// and "database_connected" when that is over. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "common/base/log.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/retry.hpp"

namespace db {

class Availability {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Availability(base::Report report, std::chrono::milliseconds patience = kDefaultPatience)
        : report_(std::move(report)), refusals_(patience / 2) {}
    Availability(const Availability&) = delete;
    Availability& operator=(const Availability&) = delete;

    // There is no connection, and none could be opened for the grace time. New work can be refused at once. Who
    // refuses it makes a thread try to connect meanwhile (Session::reconnect).
    [[nodiscard]] bool is_away() const;

    // The rest is for sessions.

    // Counts losses. A connection of an older generation is probably lost as well.
    [[nodiscard]] std::uint64_t generation() const;

    // Opens a connection by make(), and tries again until that succeeds. Waits while another thread tries. Sets
    // the generation of the connection. Throws Error at the deadline, and at once if waiting is hopeless.
    template <class Make>
    Connection connect(const Make& make, std::uint64_t& generation, Clock::time_point deadline) {
        for (;;) {
            generation = start_connecting(deadline);
            try {
                Connection connection = make();
                connected(generation);
                return connection;
            } catch (const std::exception& exception) {
                not_connected(exception.what());
            }
        }
    }

    // A connection of that generation was opened.
    void connected(std::uint64_t generation);
    // It was lost, or closed for another reason.
    void lost(std::uint64_t generation, const char* reason);
    void closed(std::uint64_t generation);
    // To be called when a write was refused. Returns whether refusals have lasted too long for another try.
    [[nodiscard]] bool have_refusals_lasted();

  private:
    [[nodiscard]] std::uint64_t start_connecting(Clock::time_point deadline);
    void not_connected(const char* reason);
    [[nodiscard]] bool is_hopeless(Clock::time_point now) const;

    const base::Report report_;
    mutable std::mutex mutex_;
    std::condition_variable tried_;
    std::uint64_t generation_ = 0;
    std::size_t open_ = 0;  // connections of this generation
    std::optional<Clock::time_point> away_since_;
    std::optional<Clock::time_point> trying_since_;  // while the database is away: one thread tries
    Clock::time_point next_try_{};                   // likewise
    Refusals refusals_;
};

}  // namespace db
