#include "handlers/webhooks/webhook_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <variant>

#include "common/base/ascii.hpp"
#include "common/security/url.hpp"

namespace handlers {
namespace {

constexpr std::size_t kMaxNameCharacters = 253;  // RFC 1035, 2.3.4: 255 octets with the length octets
constexpr std::size_t kMaxLabelCharacters = 63;

constexpr bool is_hex_digit(char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// A set of ASCII characters: letters, digits and those given.
class CharacterSet {
  public:
    explicit constexpr CharacterSet(std::string_view others) {
        for (char c = '0'; c <= '9'; ++c) add(c);
        for (char c = 'a'; c <= 'z'; ++c) add(c);
        for (char c = 'A'; c <= 'Z'; ++c) add(c);
        for (const char c : others) add(c);
    }
    [[nodiscard]] constexpr bool has(char c) const { return members_[static_cast<unsigned char>(c)]; }

  private:
    constexpr void add(char c) { members_[static_cast<unsigned char>(c)] = true; }
    std::array<bool, 256> members_{};
};

// RFC 3986, appendix A: unreserved and sub-delims are in all but the first.
constexpr CharacterSet kLabel("-_");
constexpr CharacterSet kUserInfo("-._~!$&'()*+,;=:");
constexpr CharacterSet kPath("-._~!$&'()*+,;=:@/");
constexpr CharacterSet kQueryOrFragment("-._~!$&'()*+,;=:@/?");

// Members of the set and percent escapes.
bool consists_of(std::string_view text, const CharacterSet& set) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
            i += 2;
        } else if (!set.has(text[i])) {
            return false;
        }
    }
    return true;
}

// inet_pton takes exactly the spellings of RFC 3986's IPv4address and IPv6address.
template <int family, class Address>
std::optional<Address> parse_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    Address address{};
    if (inet_pton(family, terminated.data(), &address) != 1) return std::nullopt;
    return address;
}

constexpr auto parse_ipv4 = parse_address<AF_INET, in_addr>;
constexpr auto parse_ipv6 = parse_address<AF_INET6, in6_addr>;

bool ends_in_number(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string_view label = host.substr(host.rfind('.') + 1);  // npos + 1 is 0: the only label
    if (label.starts_with("0x") || label.starts_with("0X")) {
        return std::ranges::all_of(label.substr(2), is_hex_digit);
    }
    return !label.empty() && std::ranges::all_of(label, base::is_digit);
}

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= kMaxLabelCharacters && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text, [](char c) { return kLabel.has(c); });
}

bool is_name(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.size() > kMaxNameCharacters) return false;
    for (std::size_t dot = host.find('.'); dot != host.npos; dot = host.find('.')) {
        if (!is_label(host.substr(0, dot))) return false;
        host.remove_prefix(dot + 1);
    }
    return is_label(host);
}

using Host = std::variant<std::string_view, in_addr, in6_addr>;

// host: as in the URL, an IPv6 address in its brackets.
std::optional<Host> parse_host(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        if (const auto address = parse_ipv6(host.substr(1, host.size() - 2))) return *address;
        return std::nullopt;
    }
    if (ends_in_number(host)) {
        if (const auto address = parse_ipv4(host)) return *address;
        return std::nullopt;
    }
    if (is_name(host)) return host;
    return std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc{} || stop != end || port == 0) return std::nullopt;
    return port;
}

struct Authority {
    std::string_view host_text;
    Host host;
    std::uint16_t port;
};

std::optional<Authority> parse_authority(std::string_view authority) {
    constexpr std::uint16_t kHttpsPort = 443;
    // A second "@" is left in the host, which can't have one.
    if (const std::size_t at = authority.find('@'); at != authority.npos) {
        if (!consists_of(authority.substr(0, at), kUserInfo)) return std::nullopt;
        authority.remove_prefix(at + 1);
    }
    const std::size_t host_end =
        authority.find(':', authority.starts_with('[') ? std::min(authority.find(']'), authority.size()) : 0);
    const std::string_view host_text = authority.substr(0, host_end);
    const auto host = parse_host(host_text);
    const auto port =
        host_end == authority.npos ? std::optional{kHttpsPort} : parse_port(authority.substr(host_end + 1));
    if (!host || !port) return std::nullopt;
    return Authority{host_text, *host, *port};
}

// Cuts text off before the first of the delimiters, and returns what stood there.
std::string_view take_until(std::string_view& text, std::string_view delimiters) {
    const std::string_view taken = text.substr(0, text.find_first_of(delimiters));
    text.remove_prefix(taken.size());
    return taken;
}

std::optional<Authority> parse_url(std::string_view url) {
    constexpr std::string_view kScheme = "https://";
    if (!base::equals_ignoring_case(url.substr(0, kScheme.size()), kScheme)) return std::nullopt;
    url.remove_prefix(kScheme.size());
    const std::string_view authority = take_until(url, "/?#");
    if (!consists_of(take_until(url, "?#"), kPath)) return std::nullopt;
    if (url.starts_with('?')) {
        url.remove_prefix(1);
        if (!consists_of(take_until(url, "#"), kQueryOrFragment)) return std::nullopt;
    }
    if (url.starts_with('#') && !consists_of(url.substr(1), kQueryOrFragment)) return std::nullopt;
    return parse_authority(authority);
}

// libcurl respells IPv6 addresses, and nothing else that gets here.
bool is_same_host(const Authority& ours, std::string_view theirs) {
    const in6_addr* const address = std::get_if<in6_addr>(&ours.host);
    if (address == nullptr) return theirs == ours.host_text;
    const auto host = parse_host(theirs);
    const in6_addr* const parsed = host ? std::get_if<in6_addr>(&*host) : nullptr;
    return parsed != nullptr && std::memcmp(parsed, address, sizeof *address) == 0;
}

bool does_curl_agree(std::string_view url, const Authority& ours) {
    const auto theirs = security::read_url(std::string(url));
    return theirs && is_same_host(ours, theirs->host) && theirs->port == ours.port;
}

}  // namespace

UrlVerdict judge_webhook_url(std::string_view url, const security::Destinations& destinations) {
    const auto authority = parse_url(url);
    if (!authority || !does_curl_agree(url, *authority)) return UrlVerdict::kInvalid;
    const auto is_allowed = [&](const auto& host) { return destinations.allows(host, authority->port); };
    return std::visit(is_allowed, authority->host) ? UrlVerdict::kValid : UrlVerdict::kForbiddenAddress;
}

}  // namespace handlers
