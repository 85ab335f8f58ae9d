// The smallest FastCGI responder with libfcgi, as a reference for the service: a fixed number of threads
// accept on the listening socket that is passed as standard input, read the whole body, and answer with the
// content of a file as JSON.
//
//   spawn-fcgi -s SOCKET -F PROCESSES -- empty_pool THREADS ANSWER_FILE
//
// SIGTERM stops it at once.

#include <fcgiapp.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

std::size_t to_number(std::string_view text) {
    std::size_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size() || number == 0) {
        throw std::runtime_error("not a positive number: " + std::string(text));
    }
    return number;
}

// The response in the form that the web server expects.
std::string response_with(const char* path) {
    std::ifstream file(path);
    const std::string body{std::istreambuf_iterator<char>(file), {}};
    if (body.empty()) throw std::runtime_error(std::string("can't be read, or is empty: ") + path);
    return "Status: 200\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

void answer_all(const std::string& response) {
    constexpr int kListeningSocket = 0;
    FCGX_Request request{};
    FCGX_InitRequest(&request, kListeningSocket, 0);
    std::array<char, 8192> body{};
    while (FCGX_Accept_r(&request) == 0) {
        while (FCGX_GetStr(body.data(), static_cast<int>(body.size()), request.in) > 0) {
        }
        FCGX_PutStr(response.data(), static_cast<int>(response.size()), request.out);
        FCGX_Finish_r(&request);
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 3) throw std::runtime_error("usage: empty_pool THREADS ANSWER_FILE");
        const std::size_t count = to_number(argv[1]);
        const std::string response = response_with(argv[2]);
        if (FCGX_Init() != 0) throw std::runtime_error("libfcgi can't be initialised");
        // libfcgi's own handler would leave the threads in accept().
        std::signal(SIGTERM, SIG_DFL);
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < count; ++i) {
            threads.emplace_back([&response] { answer_all(response); });
        }
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "empty_pool: " << error.what() << '\n';
        return 1;
    }
}
