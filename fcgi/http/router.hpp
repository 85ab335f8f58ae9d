// Selects the handler for a method and a raw request target. The path is split at "/", then each segment is
// percent-decoded once, so an encoded slash is never a separator. A path with dot segments or empty segments
// matches no route. One slash at the end is optional.
//
// The router answers OPTIONS with the methods of the route, and HEAD by the route's handler for GET.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fcgi/http/reply.hpp"

namespace http {

// The values of the "{...}" segments of the pattern, in order, percent-decoded. They may have any bytes. They are
// valid until the handler returns, answers, or hands the Reply on.
using PathParameters = std::span<const std::string_view>;

struct Route {
    std::string_view method;
    std::string pattern;  // "/targets/{target_id}/webhooks/"
    std::function<void(Reply, PathParameters)> handler;
};

class Router {
  public:
    explicit Router(std::vector<Route> routes);

    // Calls the handler, or answers with the contract's 204, 404 or 405. Exceptions of the handler pass through.
    void dispatch(Reply reply) const;

  private:
    struct Entry {
        Route route;
        std::vector<std::string> segments;
    };
    std::vector<Entry> entries_;
};

}  // namespace http
