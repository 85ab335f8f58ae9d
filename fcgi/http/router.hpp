// Selects the handler for a method and a raw request target. The path is split at "/", then each segment is
// percent-decoded once, so an encoded slash is never a separator. A path with dot segments or empty segments
// matches no route. One slash at the end is optional.
//
// The router answers OPTIONS with the methods of the route, and HEAD by the route's handler for GET.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace http {

// The values of the "{...}" segments of the pattern, in order, percent-decoded. They may have any bytes.
using PathParameters = std::vector<std::string>;

struct Route {
    std::string_view method;
    std::string pattern;  // "/targets/{target_id}/webhooks/"
    std::function<Response(const Request&, const PathParameters&)> handler;
};

class Router {
  public:
    explicit Router(std::vector<Route> routes);

    // The handler's response, or the contract's 204, 404 or 405. Exceptions of the handler pass through.
    [[nodiscard]] Response dispatch(const Request& request) const;

  private:
    struct Entry {
        Route route;
        std::vector<std::string> segments;
    };
    std::vector<Entry> entries_;
};

}  // namespace http
