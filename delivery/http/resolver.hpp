// Looks host names up by the system's resolver (getaddrinfo, and so /etc/hosts and nsswitch.conf), many at
// once.
//
// Each lookup has a thread, which nothing can end before the resolver gives up: after 2 seconds for each of
// the servers in /etc/resolv.conf, twice. So their number is bounded, and divided by account: an account
// holds at most as many as remain free, which is half of them if it is alone. Those that wait are begun by
// account in turn. Who asks for a name that is being looked up shares the lookup.
//
// Not thread-safe: one thread. Whoever is destroyed leaves lookups behind that end by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace delivery {

class Resolver {
  public:
    struct Answer {
        std::string name;
        std::vector<std::string> addresses;  // as text, in the order in which they are to be tried
        std::string error;                   // why there are none
    };

    // most_threads: lookups at once, at least 1. Throws std::system_error.
    explicit Resolver(std::size_t most_threads);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    void look_up(const std::string& name, std::uint64_t account);
    [[nodiscard]] bool is_under_way(const std::string& name) const { return under_way_.contains(name); }
    // Nobody waits for it any longer. A lookup that is under way goes on.
    void forget(const std::string& name);

    // What has ended since the last call; begins others.
    [[nodiscard]] std::vector<Answer> take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const;

  private:
    struct Ended;
    struct Account {
        std::size_t under_way = 0;
        std::map<std::uint64_t, std::string> waiting;  // names by when they were asked for
        bool has_turn = false;                         // in turns_
    };

    void begin_those_that_may();
    void begin_next_of(std::uint64_t account);
    void run(const std::string& name);

    const std::size_t most_threads_;
    const std::shared_ptr<Ended> ended_;
    std::unordered_map<std::uint64_t, Account> accounts_;  // that have anything here
    std::deque<std::uint64_t> turns_;  // accounts that wait, and perhaps some that no longer do
    std::unordered_map<std::string, std::map<std::uint64_t, std::uint64_t>> wanted_;  // when, by account
    std::unordered_map<std::string, std::uint64_t> under_way_;                        // for which account
    std::uint64_t asked_ = 0;
};

}  // namespace delivery
