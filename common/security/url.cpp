#include "common/security/url.hpp"

#include <curl/curl.h>

#include <memory>
#include <new>

#include "common/base/ascii.hpp"

namespace security {
namespace {

struct CurlFree {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
};

// Returns an empty text if the URL has no such part.
std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    const CURLUcode code = curl_url_get(url, part, &text, flags);
    const std::unique_ptr<char, CurlFree> owner(text);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    return code == CURLUE_OK ? text : "";
}

}  // namespace

std::optional<Url> read_url(const std::string& text) {
    const std::unique_ptr<CURLU, CurlFree> url(curl_url());
    if (!url) throw std::bad_alloc();
    const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLUE_OK) return std::nullopt;
    const std::string port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    return Url{
        .scheme = part_of(url.get(), CURLUPART_SCHEME),
        .host = part_of(url.get(), CURLUPART_HOST),
        .port = static_cast<std::uint16_t>(port.empty() ? 0 : std::stoul(port))};  // libcurl checks its range
}

std::string origin_of(const std::string& url) {
    const auto read = read_url(url);
    if (!read || read->host.empty()) return "?";
    return base::to_lower(read->host) + ":" + std::to_string(read->port);
}

}  // namespace security
