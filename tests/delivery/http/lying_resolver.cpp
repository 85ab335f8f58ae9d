// Replaces the system's resolver in send_tool, for libcurl's lookups too. LYING_RESOLVER names a file of
// lines "NAME WORD...", which is read for each lookup, so that the addresses of a name can change. The words
// are addresses, or "hang". Other names don't exist.
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

std::vector<std::string> words_about(const std::string& name) {
    const char* const path = std::getenv("LYING_RESOLVER");
    std::ifstream file(path == nullptr ? "/dev/null" : path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string word;
        if (!(words >> word) || word != name) continue;
        std::vector<std::string> rest;
        while (words >> word) rest.push_back(word);
        return rest;
    }
    return {};
}

// The entry and its address are one allocation, because freeaddrinfo frees them together.
struct Entry {
    addrinfo info{};
    sockaddr_storage address{};
};

addrinfo* to_entry(const std::string& text, std::uint16_t port) {
    auto entry = std::make_unique<Entry>();
    auto& v4 = reinterpret_cast<sockaddr_in&>(entry->address);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(entry->address);
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        entry->info.ai_addrlen = sizeof v4;
    } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        entry->info.ai_addrlen = sizeof v6;
    } else {
        std::abort();
    }
    entry->info.ai_family = entry->address.ss_family;
    entry->info.ai_socktype = SOCK_STREAM;
    entry->info.ai_protocol = IPPROTO_TCP;
    entry->info.ai_addr = reinterpret_cast<sockaddr*>(&entry->address);
    return &entry.release()->info;
}

}  // namespace

// glibc's names of the parameters are reserved.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo*, addrinfo** result) {
    const auto words = words_about(name);
    if (words.empty()) return EAI_NONAME;
    addrinfo* first = nullptr;
    for (auto word = words.rbegin(); word != words.rend(); ++word) {
        if (*word == "hang") {
            for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
        }
        addrinfo* const entry =
            to_entry(*word, static_cast<std::uint16_t>(service == nullptr ? 0 : std::atoi(service)));
        entry->ai_next = first;
        first = entry;
    }
    *result = first;
    return 0;
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
extern "C" void freeaddrinfo(addrinfo* first) {
    while (first != nullptr) {
        addrinfo* const next = first->ai_next;
        // A pointer to the entry's first member is a pointer to the entry.
        delete reinterpret_cast<Entry*>(first);
        first = next;
    }
}
