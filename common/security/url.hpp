// URLs as libcurl reads them, which sends the deliveries: two parsers that disagree about a URL are how guards are
// bypassed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace security {

struct Url {
    std::string scheme;  // in lower case
    std::string host;  // as it is written, an IPv6 address in brackets and respelled; empty if there is none
    std::uint16_t port = 0;  // the scheme's if it names none; 0 if there is no such port either
};

// Nothing if libcurl can't read it. Throws std::bad_alloc and nothing else.
[[nodiscard]] std::optional<Url> read_url(const std::string& text);

// What receivers are told apart by: "ci.example.com:443", in lower case; "?" for a text that is no URL with a host.
[[nodiscard]] std::string origin_of(const std::string& url);

}  // namespace security
