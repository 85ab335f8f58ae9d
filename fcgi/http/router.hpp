// From method and raw request target to a handler. The path is split at "/" first and each segment is
// percent-decoded once after that, so that an encoded slash is never a separator. Dot segments and empty
// segments are not resolved: such a path is no route. One slash at the end is optional.
//
// Every route answers OPTIONS by itself, with the methods it has, and HEAD by what it has for GET.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace http {

// What the "{...}" segments of the pattern matched, in order, percent-decoded. May hold any bytes.
using PathParameters = std::vector<std::string>;

struct Route {
    std::string_view method;
    std::string pattern;  // "/targets/{target_id}/webhooks/"
    std::function<Response(const Request&, const PathParameters&)> handler;
};

class Router {
  public:
    explicit Router(std::vector<Route> routes);

    // The handler's response, or the contract's 204, 404 or 405. What a handler throws passes through.
    [[nodiscard]] Response dispatch(const Request& request) const;

  private:
    struct Entry {
        Route route;
        std::vector<std::string> segments;
    };
    std::vector<Entry> entries_;
};

}  // namespace http
