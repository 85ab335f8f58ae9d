// A unix socket in front of the database's, which does what networks and clusters do: it cuts a connection at
// the moment that matters most, when a COMMIT has been sent and its answer has not come back; it answers a
// command with an error in the server's place; and it leads those who connect anew to another server.
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
    // In place of the server's answer, the error with this code; whether the server carries the COMMIT out.
    void answer_next_commit(int code, bool carried_out) {
        commit_carried_out_ = carried_out;
        commit_code_ = code;
    }
    // In place of the nth EXECUTE of a prepared statement from now on, which the server does not see: the
    // error with this code, as Galera answers where it has chosen another transaction. 0: of none.
    void answer_execute(unsigned nth, int code) {
        execute_code_ = code;
        executes_left_ = nth;
    }
    // Whether that has happened.
    [[nodiscard]] bool has_answered_execute() const { return executes_left_ == 0; }
    // Closes every connection.
    void cut_all();
    void stay_away(bool away) { away_ = away; }

  private:
    void accept_all();
    void pump(int client);
    // One direction of a connection. Client's bytes are passed on packet by packet. False: it is to be
    // closed.
    [[nodiscard]] bool forward_answers(int server, int client);
    [[nodiscard]] bool forward_commands(int client, int server, std::string& received);
    [[nodiscard]] bool forward_command(std::string_view packet, int client, int server);
    [[nodiscard]] bool forward_commit(std::string_view packet, int client, int server);
    void wait_for_answer(int server) const;

    const db::ConnectionSettings database_;
    std::string folder_;
    std::string path_;
    int listening_;
    std::atomic<AtCommit> action_ = AtCommit::kPass;
    std::atomic<int> commit_code_ = 0;
    std::atomic<bool> commit_carried_out_ = false;
    std::atomic<int> execute_code_ = 0;
    std::atomic<unsigned> executes_left_ = 0;
    std::atomic<bool> away_ = false;
    std::atomic<bool> ending_ = false;
    std::atomic<unsigned> epoch_ = 0;  // connections of an older one are cut
    std::vector<std::jthread> pumps_;
    std::jthread acceptor_;
};

}  // namespace testing
