// Validates a webhook's URL: RFC 3986, restricted to URLs that every parser reads in the same way.
//
//   url       = "https" "://" [ userinfo "@" ] host [ ":" port ] path-abempty [ "?" query ] [ "#" fragment ]
//   host      = name / IPv4address / "[" IPv6address "]"
//   name      = label *( "." label ) [ "." ]   ; at most 253 characters without the last dot
//   label     = 1 to 63 letters, digits, "-" and "_", with no "-" at its edges
//   port      = 1*DIGIT                        ; 1 to 65535, leading zeros allowed
//
// userinfo, path-abempty, query and fragment are as in RFC 3986, appendix A. The scheme is compared without
// case. Resolvers take a host for an IPv4 address if its last label is a decimal or hexadecimal number
// ("0x7f.1", "2130706433"). Only the form with four decimal parts is accepted; all others are refused. The
// host has no zone and no percent-encoding.
//
// libcurl sends the deliveries, so it must read the same host and port. Guards are bypassed where two parsers
// disagree about a URL. Validation takes microseconds, linear in the length, which is not limited here.
#pragma once

#include <string_view>

#include "common/security/destination.hpp"

namespace security {

enum class UrlValidity {
    kValid,
    kInvalid,
    kForbiddenAddress,  // a valid URL with an address, name or port that deliveries never go to
};

// Throws only std::bad_alloc.
[[nodiscard]] UrlValidity validate_webhook_url(std::string_view url, const Destinations& destinations = {});

// Whether it is a URL by the same grammar, with "http" or "https", for which nothing is sent: a target's. Throws
// only std::bad_alloc.
[[nodiscard]] bool is_web_url(std::string_view url);

}  // namespace security
