// Measures the sender without a database and a scheduler: the same delivery::Sender, with a fixed number of
// requests in flight to each URL. The next request starts as soon as one has ended.
//
//   sender_alone CA_FILE URLS OF_ONE IN_ALL COUNT BODY
//
// URLS and BODY are files: one URL per line, and the body to post. Makes COUNT requests, round-robin over the
// URLS, at most OF_ONE at once to one URL and IN_ALL to all. Before that, OF_ONE uncounted requests to each
// URL open the connections. Each request has its own webhook-id. Prints one line, "RESULT" and JSON: the
// start by the monotonic clock in nanoseconds, the duration, and how many requests succeeded and failed.
// Destinations on the loopback network are allowed.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/http/sender.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kIdOfLength = "abcdefghijk";  // has the length of an id

std::size_t to_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number == 0) {
        throw std::invalid_argument("not a positive number: " + std::string(text));
    }
    return number;
}

std::ifstream open(const char* path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(std::string("can't be read: ") + path);
    return file;
}

std::vector<std::string> lines_of(const char* path) {
    std::vector<std::string> lines;
    auto file = open(path);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    if (lines.empty()) throw std::runtime_error(std::string("is empty: ") + path);
    return lines;
}

class Load {
  public:
    Load(delivery::Sender& sender, std::vector<std::string> urls, std::string body, std::size_t count)
        : sender_(sender), urls_(std::move(urls)), body_(std::move(body)), left_(urls_.size()) {
        for (std::size_t i = 0; i < urls_.size(); ++i) {
            left_[i] = count / urls_.size() + (i < count % urls_.size() ? 1 : 0);
        }
    }

    void run(std::size_t of_one, std::size_t in_all) {
        for (std::size_t i = 0; i < of_one; ++i) {
            for (std::size_t url = 0; url < urls_.size(); ++url) ready_.push_back(url);
        }
        start_those_ready(in_all);
        while (sender_.in_flight() > 0) {
            for (const auto& outcome : sender_.wait(std::chrono::seconds{60}, {})) {
                ++(outcome.status == 200 ? succeeded_ : failed_);
                ready_.push_back(outcome.tag % urls_.size());
            }
            start_those_ready(in_all);
        }
    }

    [[nodiscard]] std::size_t succeeded() const { return succeeded_; }
    [[nodiscard]] std::size_t failed() const { return failed_; }

  private:
    void start_those_ready(std::size_t in_all) {
        for (; !ready_.empty() && sender_.in_flight() < in_all; ready_.pop_front()) start(ready_.front());
    }

    void start(std::size_t url) {
        if (left_[url] == 0) return;
        --left_[url];
        const std::uint64_t tag = next_++ * urls_.size() + url;
        std::string id = std::to_string(tag);
        id = std::string(kIdOfLength.substr(std::min(id.size(), kIdOfLength.size()))) + id;
        sender_.start({.tag = tag,
                       .url = urls_[url],
                       .check_cert = true,
                       .headers = {"content-type: application/json", "webhook-id: " + id,
                                   "webhook-timestamp: 1750000000",
                                   "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
                       .body = body_});
    }

    delivery::Sender& sender_;
    const std::vector<std::string> urls_;
    const std::string body_;
    std::vector<std::size_t> left_;  // for each URL
    std::deque<std::size_t> ready_;  // URLs that may get another request
    std::uint64_t next_ = 0;
    std::size_t succeeded_ = 0;
    std::size_t failed_ = 0;
};

void run(const char* const* argv) {
    const std::vector<std::string> urls = lines_of(argv[2]);
    const std::size_t of_one = to_number(argv[3]);
    const std::size_t in_all = to_number(argv[4]);
    auto body_file = open(argv[6]);
    const std::string body{std::istreambuf_iterator<char>(body_file), {}};
    delivery::SenderSettings settings;
    settings.ca_file = argv[1];
    // A request that ends makes room for one to another host. With fewer connections, each new one would
    // close another one.
    settings.max_connections = 2 * in_all;
    settings.destinations = {security::AllowList::parse("127.0.0.0/8"), {}};
    delivery::Sender sender(settings);
    Load(sender, urls, body, urls.size() * of_one).run(of_one, in_all);  // opens the connections
    Load load(sender, urls, body, to_number(argv[5]));
    const auto begun = Clock::now();
    load.run(of_one, in_all);
    const std::chrono::duration<double> seconds = Clock::now() - begun;
    std::cout << "RESULT {\"begun_ns\": " << std::chrono::nanoseconds(begun.time_since_epoch()).count()
              << ", \"seconds\": " << seconds.count() << ", \"succeeded\": " << load.succeeded()
              << ", \"failed\": " << load.failed() << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        if (argc != 7)
            throw std::invalid_argument("usage: sender_alone CA_FILE URLS OF_ONE IN_ALL COUNT BODY");
        run(argv);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "sender_alone: " << error.what() << '\n';
        return 1;
    }
}
