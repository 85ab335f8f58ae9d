// The rule for a webhook's URL: RFC 3986, narrowed to what can be read in one way only.
//
//   url       = "https" "://" [ userinfo "@" ] host [ ":" port ] path-abempty [ "?" query ] [ "#" fragment ]
//   host      = name / IPv4address / "[" IPv6address "]"
//   name      = label *( "." label ) [ "." ]   ; at most 253 characters without the last dot
//   label     = 1 to 63 letters, digits, "-" and "_", with no "-" at its edges
//   port      = 1*DIGIT                        ; 1 to 65535, leading zeros allowed
//
// userinfo, path-abempty, query and fragment as in RFC 3986, appendix A. The scheme is compared without case.
// A host whose last label is a number, decimal or hexadecimal, is what resolvers take for an IPv4 address in
// one of its many spellings ("0x7f.1", "2130706433"): the four-part decimal one is taken, all others are
// refused. No zones, no percent-encoding in the host.
//
// libcurl, which sends the deliveries, must read the same host and port out of it: two parsers that disagree
// about a URL are how guards are bypassed. Takes microseconds, linear in the length, which is not limited
// here.
#pragma once

#include <string_view>

#include "common/security/destination.hpp"

namespace handlers {

enum class UrlValidity {
    kValid,
    kInvalid,
    kForbiddenAddress,  // a URL, but its host is an address or name, or its port one, that deliveries never
                        // go to
};

// Throws std::bad_alloc and nothing else.
[[nodiscard]] UrlValidity validate_webhook_url(std::string_view url,
                                               const security::Destinations& destinations = {});

}  // namespace handlers
