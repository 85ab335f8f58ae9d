#include "common/security/webhook_url.hpp"

#include <netinet/in.h>
#include <uriparser/Uri.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <variant>

#include "common/base/ascii.hpp"
#include "common/security/url.hpp"

namespace security {
namespace {

constexpr std::size_t kMaxHostCharacters = 253;  // RFC 1035, 2.3.4: 255 octets with the length octets
constexpr std::size_t kMaxLabelCharacters = 63;

bool is_hex_digit(char c) {
    return base::is_digit(c) || (base::to_lower(c) >= 'a' && base::to_lower(c) <= 'f');
}

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
           std::ranges::all_of(text, [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '_'; });
}

bool is_name(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.size() > kMaxHostCharacters) return false;
    for (std::size_t dot = host.find('.'); dot != host.npos; dot = host.find('.')) {
        if (!is_label(host.substr(0, dot))) return false;
        host.remove_prefix(dot + 1);
    }
    return is_label(host);
}

using Host = std::variant<std::string_view, in_addr, in6_addr>;

struct Authority {
    bool is_https;
    std::string_view host_text;  // an IPv6 address without its brackets
    Host host;
    std::uint16_t port;
};

std::string_view text_of(const UriTextRangeA& range) {
    return {range.first, range.afterLast};
}

template <class Address, class Bytes>
Address address_of(const Bytes& bytes) {
    Address address{};
    static_assert(sizeof bytes.data == sizeof address);
    std::memcpy(&address, bytes.data, sizeof address);
    return address;
}

std::optional<Host> host_of(const UriUriA& url) {
    if (url.hostData.ip4 != nullptr) return address_of<in_addr>(*url.hostData.ip4);
    if (url.hostData.ip6 != nullptr) return address_of<in6_addr>(*url.hostData.ip6);
    const std::string_view name = text_of(url.hostText);
    if (url.hostData.ipFuture.first != nullptr || ends_in_number(name) || !is_name(name)) return std::nullopt;
    return name;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    const auto port = base::parse_number<std::uint16_t>(digits);
    return port == 0 ? std::nullopt : port;
}

// Of an http or https URL. uriparser accepts exactly the grammar of RFC 3986.
std::optional<Authority> parse_url(std::string_view text) {
    UriUriA url{};
    const int code = uriParseSingleUriExA(&url, text.data(), text.data() + text.size(), nullptr);
    if (code == URI_ERROR_MALLOC) throw std::bad_alloc();
    if (code != URI_SUCCESS) return std::nullopt;
    const std::unique_ptr<UriUriA, decltype(&uriFreeUriMembersA)> owner(&url, uriFreeUriMembersA);
    const bool is_https = base::equals_ignoring_case(text_of(url.scheme), "https");
    if (!is_https && !base::equals_ignoring_case(text_of(url.scheme), "http")) return std::nullopt;
    const auto host = host_of(url);
    const auto port = url.portText.first == nullptr ? std::optional<std::uint16_t>(is_https ? 443 : 80)
                                                    : parse_port(text_of(url.portText));
    if (!host || !port) return std::nullopt;
    return Authority{is_https, text_of(url.hostText), *host, *port};
}

// Of the hosts that get here, libcurl changes only the text of IPv6 addresses.
bool is_same_host(const Authority& ours, const std::string& theirs) {
    const in6_addr* const address = std::get_if<in6_addr>(&ours.host);
    if (address == nullptr) return theirs == ours.host_text;
    const auto read = parse_url("https://" + theirs);
    const in6_addr* const parsed = read ? std::get_if<in6_addr>(&read->host) : nullptr;
    return parsed != nullptr && std::memcmp(parsed, address, sizeof *address) == 0;
}

bool does_curl_agree(std::string_view url, const Authority& ours) {
    const auto theirs = read_url(std::string(url));
    return theirs && is_same_host(ours, theirs->host) && theirs->port == ours.port;
}

}  // namespace

UrlValidity validate_webhook_url(std::string_view url, const Destinations& destinations) {
    const auto authority = parse_url(url);
    if (!authority || !authority->is_https || !does_curl_agree(url, *authority)) return UrlValidity::kInvalid;
    const auto is_allowed = [&](const auto& host) { return destinations.allows(host, authority->port); };
    return std::visit(is_allowed, authority->host) ? UrlValidity::kValid : UrlValidity::kForbiddenAddress;
}

bool is_web_url(std::string_view url) {
    return parse_url(url).has_value();
}

}  // namespace security
