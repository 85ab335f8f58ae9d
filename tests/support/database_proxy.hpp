// A unix socket in front of the database's, which cuts a connection at the moment that matters most: when a
// COMMIT has been sent and its answer has not come back.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sql/connection.hpp"

namespace testing {

class DatabaseProxy {
  public:
    enum class AtCommit {
        kPass,
        kCutBefore,            // the database never sees it
        kCutAfter,             // the database carries it out, the client never learns
        kCutAfterAndStayAway,  // likewise, and nobody can connect any more
    };

    // REQUIRES: the database is reached by a unix socket.
    explicit DatabaseProxy(db::ConnectionSettings database);
    ~DatabaseProxy();
    DatabaseProxy(const DatabaseProxy&) = delete;
    DatabaseProxy& operator=(const DatabaseProxy&) = delete;

    // Through the proxy.
    [[nodiscard]] db::ConnectionSettings settings() const;

    // For the next COMMIT of any connection; those after it pass.
    void at_next_commit(AtCommit action) { action_ = action; }
    // Closes every connection.
    void cut_all();
    void stay_away(bool away) { away_ = away; }

  private:
    void accept_all();
    void pump(int client);
    [[nodiscard]] bool forward(int from, int to, bool from_client);

    const db::ConnectionSettings database_;
    std::string folder_;
    std::string path_;
    int listening_;
    std::atomic<AtCommit> action_ = AtCommit::kPass;
    std::atomic<bool> away_ = false;
    std::atomic<bool> ending_ = false;
    std::atomic<unsigned> epoch_ = 0;  // connections of an older one are cut
    std::mutex mutex_;
    std::vector<std::jthread> pumps_;
    std::jthread acceptor_;
};

}  // namespace testing
