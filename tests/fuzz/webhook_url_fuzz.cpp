// Fuzzes the URL rule with any text, alone and after the scheme.
#include "common/security/webhook_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "common/security/destination.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;
using security::UrlValidity;
using security::validate_webhook_url;

namespace {

constexpr std::string_view kScheme = "https://";

std::string_view host_of(std::string_view url) {
    url.remove_prefix(kScheme.size());
    std::string_view host = url.substr(0, url.find_first_of("/?#"));
    host.remove_prefix(host.find('@') + 1);  // npos + 1 is 0
    if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
    return host.substr(0, host.find(':'));
}

// The system's resolver accepts far more texts as addresses than the rule does. The rule must validate each
// of them as that address.
UrlValidity validate_as_resolver(const std::string& host) {
    in_addr v4{};
    in6_addr v6{};
    bool is_forbidden = security::is_forbidden_name(host);
    if (inet_aton(host.c_str(), &v4) == 1) is_forbidden = security::is_forbidden_address(v4);
    if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) is_forbidden = security::is_forbidden_address(v6);
    return is_forbidden ? UrlValidity::kForbiddenAddress : UrlValidity::kValid;
}

void check(const std::string& url) {
    const UrlValidity result = validate_webhook_url(url);
    if (result == UrlValidity::kInvalid) return;
    require(std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; }), "a URL is visible ASCII");
    require(url.find_first_of("<>\"{}|^\\`") == std::string::npos, "a URL has no characters that none has");
    require(result == validate_as_resolver(std::string(host_of(url))),
            "the host is what a resolver takes it for");

    require(validate_webhook_url("HTTPS" + url.substr(5)) == result, "the scheme has no case");
    require(validate_webhook_url(url + " ") == UrlValidity::kInvalid, "a space ends no URL");
    require(validate_webhook_url(url + "%") == UrlValidity::kInvalid, "a percent sign ends no URL");
    const bool has_fragment = url.find('#') != std::string::npos;
    require(validate_webhook_url(url + "#a") == (has_fragment ? UrlValidity::kInvalid : result),
            "a fragment changes nothing, a second one can't be");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzzing::as_text(data, size));
    check(text);
    check(std::string(kScheme) + text);
    return 0;
}
