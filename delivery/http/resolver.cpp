#include "delivery/http/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>

#include <array>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "common/base/descriptors.hpp"

namespace delivery {

// The answers of the threads. It lives as long as the last thread.
struct Resolver::Ended {
    void add(Answer answer) {
        const std::lock_guard lock(mutex);
        answers.push_back(std::move(answer));
        ready.raise();
    }

    std::mutex mutex;
    std::vector<Answer> answers;  // guarded by the mutex
    base::EventDescriptor ready;
};

namespace {

struct AddressesFree {
    void operator()(addrinfo* first) const { freeaddrinfo(first); }
};

std::string to_text(const addrinfo& entry) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* address = nullptr;
    if (entry.ai_family == AF_INET) {
        address = &reinterpret_cast<const sockaddr_in*>(entry.ai_addr)->sin_addr;
    } else if (entry.ai_family == AF_INET6) {
        address = &reinterpret_cast<const sockaddr_in6*>(entry.ai_addr)->sin6_addr;
    }
    const bool is_known =
        address != nullptr && inet_ntop(entry.ai_family, address, text.data(), text.size()) != nullptr;
    return is_known ? text.data() : "";
}

// Makes this thread's resolver give up early enough on a server that does not answer.
void bound_this_threads_lookups() {
    constexpr int kServerSeconds = 2;
    constexpr int kTries = 2;
    if (res_ninit(&_res) != 0) return;  // res_init would reset the resolvers of all threads
    _res.retrans = kServerSeconds;
    _res.retry = kTries;
}

Resolver::Answer look_up_now(const std::string& name) {
    bound_this_threads_lookups();
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(name.c_str(), nullptr, &hints, &found);
    const std::unique_ptr<addrinfo, AddressesFree> owner(code == 0 ? found : nullptr);
    Resolver::Answer answer{.name = name, .addresses = {}, .error = {}};
    for (const addrinfo* entry = owner.get(); entry != nullptr; entry = entry->ai_next) {
        if (std::string text = to_text(*entry); !text.empty()) answer.addresses.push_back(std::move(text));
    }
    if (answer.addresses.empty()) {
        answer.error = "Could not resolve host: " + name;
        if (code != 0 && code != EAI_NONAME) answer.error += std::string(": ") + gai_strerror(code);
    }
    return answer;
}

}  // namespace

Resolver::Resolver(std::size_t most_threads)
    : most_threads_(most_threads), ended_(std::make_shared<Ended>()) {}

Resolver::~Resolver() = default;

int Resolver::descriptor() const {
    return ended_->ready.descriptor();
}

void Resolver::look_up(const std::string& name, std::uint64_t account) {
    if (is_under_way(name)) return;
    const auto [entry, is_new] = wanted_[name].emplace(account, asked_ + 1);
    if (!is_new) return;
    Account& asker = accounts_[account];
    asker.waiting.emplace(++asked_, name);
    if (!std::exchange(asker.has_turn, true)) turns_.push_back(account);
    begin_allowed();
}

void Resolver::forget(const std::string& name) {
    const auto found = wanted_.find(name);
    if (found == wanted_.end()) return;
    for (const auto& [account, when] : found->second) accounts_.at(account).waiting.erase(when);
    wanted_.erase(found);
}

std::vector<Resolver::Answer> Resolver::take() {
    std::vector<Answer> answers;
    {
        const std::lock_guard lock(ended_->mutex);
        ended_->ready.lower();
        answers = std::exchange(ended_->answers, {});
    }
    for (const Answer& answer : answers) {
        const auto found = under_way_.find(answer.name);
        const auto account = accounts_.find(found->second);
        --account->second.under_way;
        if (account->second.under_way == 0 && !account->second.has_turn) accounts_.erase(account);
        under_way_.erase(found);
    }
    begin_allowed();
    return answers;
}

void Resolver::begin_allowed() {
    for (std::size_t refused = 0; refused < turns_.size() && under_way_.size() < most_threads_;) {
        const std::uint64_t number = turns_.front();
        turns_.pop_front();
        const auto found = accounts_.find(number);
        Account& account = found->second;
        if (!account.waiting.empty()) {
            const bool may_begin = account.under_way < most_threads_ - under_way_.size();
            if (may_begin) begin_next_of(number);
            refused = may_begin ? 0 : refused + 1;
        }
        if (!account.waiting.empty()) {
            turns_.push_back(number);
        } else if (account.under_way > 0) {
            account.has_turn = false;
        } else {
            accounts_.erase(found);
        }
    }
}

void Resolver::begin_next_of(std::uint64_t account) {
    const std::string name = accounts_.at(account).waiting.begin()->second;
    forget(name);
    under_way_.emplace(name, account);
    ++accounts_.at(account).under_way;
    run(name);
}

void Resolver::run(const std::string& name) {
    try {
        std::thread([name, ended = ended_] { ended->add(look_up_now(name)); }).detach();
    } catch (const std::system_error& error) {
        ended_->add({.name = name, .addresses = {}, .error = error.code().message()});
    }
}

}  // namespace delivery
