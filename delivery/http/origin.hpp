// What receivers are told apart by: host and port of a webhook's URL.
#pragma once

#include <string>

namespace delivery {

// "ci.example.com:443", in lower case; "?" for a text that is no URL with a host.
[[nodiscard]] std::string origin_of(const std::string& url);

}  // namespace delivery
