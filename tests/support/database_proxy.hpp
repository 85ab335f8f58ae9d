// A proxy in front of the database's unix socket that simulates failures of networks and clusters. It cuts a
// connection between a COMMIT and its answer, and answers a command with an error instead of the server. A text
// of several statements that ends in COMMIT counts as a COMMIT.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "sql/connection/connection.hpp"

namespace testing {

class DatabaseProxy {
  public:
    enum class AtCommit {
        kPass,
        kCutBefore,            // the database never sees it
        kCutAfter,             // the database executes it, and the client never gets the answer
        kCutAfterAndStayAway,  // likewise, and nobody can connect any more
    };

    // REQUIRES: the database is reached by a unix socket.
    explicit DatabaseProxy(db::ConnectionSettings database);
    ~DatabaseProxy();
    DatabaseProxy(const DatabaseProxy&) = delete;
    DatabaseProxy& operator=(const DatabaseProxy&) = delete;

    // The settings that connect through the proxy.
    [[nodiscard]] db::ConnectionSettings settings() const;

    // Applies to the next COMMIT of any connection. Later ones pass.
    void at_next_commit(AtCommit action) { action_ = action; }
    // Answers the next COMMIT with this error code; `carried_out`: whether the server executes it or rolls back.
    void answer_next_commit(int code, bool carried_out) {
        commit_carried_out_ = carried_out;
        commit_code_ = code;
    }
    // Answers the nth EXECUTE of a prepared statement from now on with this error code, as Galera does for a
    // transaction that loses its certification. The server does not see the command. 0: no EXECUTE.
    void answer_execute(unsigned nth, int code) {
        execute_code_ = code;
        executes_left_ = nth;
    }
    // Whether the error was sent.
    [[nodiscard]] bool has_answered_execute() const { return executes_left_ == 0; }
    // How many commands clients have sent: the round trips.
    [[nodiscard]] unsigned commands() const { return commands_; }
    // Closes every connection.
    void cut_all();
    void stay_away(bool away) { away_ = away; }

  private:
    void accept_all();
    void pump(int client);
    // Passes bytes on in one direction of a connection, the client's packet by packet. Returns false if the
    // connection must be closed.
    [[nodiscard]] bool forward_answers(int server, int client);
    [[nodiscard]] bool forward_commands(int client, int server, std::string& received);
    [[nodiscard]] bool forward_command(std::string_view packet, int client, int server);
    [[nodiscard]] bool forward_commit(std::string_view packet, int client, int server);
    [[nodiscard]] std::string read_answers(int server) const;

    const db::ConnectionSettings database_;
    std::string folder_;
    std::string path_;
    int listening_;
    std::atomic<AtCommit> action_ = AtCommit::kPass;
    std::atomic<int> commit_code_ = 0;
    std::atomic<bool> commit_carried_out_ = false;
    std::atomic<int> execute_code_ = 0;
    std::atomic<unsigned> executes_left_ = 0;
    std::atomic<unsigned> commands_ = 0;
    std::atomic<bool> away_ = false;
    std::atomic<bool> ending_ = false;
    std::atomic<unsigned> epoch_ = 0;  // connections of an older epoch are cut
    std::vector<std::jthread> pumps_;
    std::jthread acceptor_;
};

}  // namespace testing
