// Receivers of deliveries for the benchmark: TLS, HTTP/1.1 with kept connections. All run in one thread, to
// use little of the processors that they share with the measured programs.
//
//   receiver CERTIFICATE LISTENER...      LISTENER = NAME=ADDRESS:MILLISECONDS
//
// CERTIFICATE is a file of PEM with certificate and key. Each listener takes a free port of its address and
// answers each request with 200 after that many milliseconds. If the number is below zero, it accepts
// requests but never answers. The ports are printed as "NAME PORT", then a line "ready".
//
// Standard input takes commands. Each is answered by its result, if it has one, and a line "done":
//
//   count              the number of requests since the last `clear`
//   dump FILE          writes them, a line "NAME PATH WEBHOOK-ID NANOSECONDS" for each: when its first byte
//                      was read, by the monotonic clock
//   clear              forgets the requests
//   close NAME         stops listening, and closes the connections: the receiver is down
//   open NAME          listens again, at the same port
//
// It stops at the end of the input. System errors are fatal; an error of a peer ends its connection.
#include <arpa/inet.h>
#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "tests/bench/receivers.hpp"

namespace {

using bench::Listener;
using bench::to_number;

// NAME=ADDRESS:MILLISECONDS
Listener to_listener(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::size_t colon = text.rfind(':');
    if (equals == std::string::npos || colon == std::string::npos || colon < equals) {
        throw std::invalid_argument("no listener: " + text);
    }
    Listener listener{.name = text.substr(0, equals), .address = {}, .answer_after = 0};
    listener.address.sin_family = AF_INET;
    const std::string address = text.substr(equals + 1, colon - equals - 1);
    if (inet_pton(AF_INET, address.c_str(), &listener.address.sin_addr) != 1) {
        throw std::invalid_argument("no address: " + address);
    }
    listener.answer_after = to_number<int>(std::string_view(text).substr(colon + 1));
    return listener;
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        if (argc < 3) throw std::invalid_argument("usage: receiver CERTIFICATE LISTENER...");
        raise_descriptor_limit();
        std::vector<Listener> listeners;
        for (int i = 2; i < argc; ++i) listeners.push_back(to_listener(argv[i]));
        bench::Receivers receivers(argv[1], std::move(listeners));
        receivers.print_ports();
        receivers.run();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "receiver: " << error.what() << '\n';
        return 1;
    }
}
