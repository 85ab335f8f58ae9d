// Looks up many host names at once with the system's resolver (getaddrinfo, and so /etc/hosts and
// nsswitch.conf).
//
// Each lookup has a thread, which can't be stopped before the resolver gives up: after 2 seconds for each
// server in /etc/resolv.conf, twice. So the number of threads is limited and divided among accounts. An
// account has at most as many as remain free, which is half of them if it is alone. Accounts whose lookups
// wait take turns. A name is never looked up twice at the same time.
//
// Not thread-safe: all calls come from one thread. Lookups under way outlive the resolver and end by
// themselves.
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
        std::vector<std::string> addresses;  // as text, in the order in which to try them
        std::string error;                   // why there are no addresses
    };

    // most_threads: lookups at once, at least 1. Throws std::system_error.
    explicit Resolver(std::size_t most_threads);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    void look_up(const std::string& name, std::uint64_t account);
    [[nodiscard]] bool is_under_way(const std::string& name) const { return under_way_.contains(name); }
    // Removes a lookup that waits, because nobody needs it any more. A lookup that is under way goes on.
    void forget(const std::string& name);

    // The lookups that have ended since the last call. Starts others.
    [[nodiscard]] std::vector<Answer> take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const;

  private:
    struct Ended;
    struct Account {
        std::size_t under_way = 0;
        std::map<std::uint64_t, std::string> waiting;  // names in the order of the requests
        bool has_turn = false;                         // in turns_
    };

    void begin_allowed();
    void begin_next_of(std::uint64_t account);
    void run(const std::string& name);

    const std::size_t most_threads_;
    const std::shared_ptr<Ended> ended_;
    std::unordered_map<std::uint64_t, Account> accounts_;  // that have lookups
    std::deque<std::uint64_t> turns_;                      // accounts that wait, or did until lately
    std::unordered_map<std::string, std::map<std::uint64_t, std::uint64_t>> wanted_;  // when, by account
    std::unordered_map<std::string, std::uint64_t> under_way_;                        // for which account
    std::uint64_t asked_ = 0;
};

}  // namespace delivery
