#include "delivery/http/origin.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace delivery {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// Empty if there is none.
std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

}  // namespace

std::string origin_of(const std::string& url) {
    const Url parsed(curl_url(), curl_url_cleanup);
    std::string host;
    if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK) {
        host = part(parsed, CURLUPART_HOST);
    }
    if (host.empty()) return "?";
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return host + ":" + part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

}  // namespace delivery
