// Decodes request bodies for the differential tests. Standard input holds frames, each a decimal length, a
// line feed and so many bytes of the Content-Type, then the same of the body. Each is answered by one line:
//
//   ok NAME KIND TEXT NAME KIND TEXT ...        names and texts in hexadecimal, "-" where empty
//   refused MESSAGE                             in hexadecimal
//   unsupported MESSAGE
#include <array>
#include <charconv>
#include <iostream>
#include <optional>
#include <string>

#include "fcgi/http/body.hpp"
#include "tests/support/forms.hpp"

namespace {

constexpr std::array<std::string_view, 4> kKnown = {"url", "name", "check_cert", "api_version"};

std::string to_hex(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (text.empty()) return "-";
    std::string hex;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        hex += {kDigits[byte >> 4], kDigits[byte & 0xF]};
    }
    return hex;
}

// The next text of a frame; nothing at the end of the input, or where it is no frame.
std::optional<std::string> read_text(std::istream& input) {
    std::string line;
    if (!std::getline(input, line)) return std::nullopt;
    std::size_t length = 0;
    const char* const end = line.data() + line.size();
    if (line.empty() || std::from_chars(line.data(), end, length).ptr != end) return std::nullopt;
    std::string text(length, '\0');
    if (!input.read(text.data(), static_cast<std::streamsize>(length))) return std::nullopt;
    return text;
}

std::string answer(const http::Request& request) {
    const auto form = http::decode_body(request, kKnown);
    if (!form) {
        const bool refused = form.error().kind == http::BodyError::Kind::kMalformed;
        return (refused ? "refused " : "unsupported ") + to_hex(form.error().message);
    }
    std::string line = "ok";
    for (const auto& [name, value] : form.value().fields()) {
        line.append(" ").append(to_hex(name)).append(" ").append(test::kind_name(value.kind));
        line.append(" ").append(to_hex(value.text));
    }
    return line;
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    while (auto content_type = read_text(std::cin)) {
        auto body = read_text(std::cin);
        if (!body) break;
        http::Request request;
        request.headers.push_back({"CONTENT_TYPE", *std::move(content_type)});
        request.body = *std::move(body);
        std::cout << answer(request) << '\n';
    }
    if (std::cin.eof()) return 0;
    std::cerr << "decode_body_tool: the input is no sequence of frames\n";
    return 1;
}
