#include "handlers/single_object.hpp"

#include <utility>

#include "handlers/entity_tag.hpp"

namespace handlers {

http::Response tagged_object(std::string json) {
    http::Response response{.status = 200, .body = std::move(json)};
    response.headers.emplace_back("ETag", entity_tag_of(response.body));
    return response;
}

http::Response single_object(const http::Request& request, std::string json) {
    http::Response response = tagged_object(std::move(json));
    if (if_none_match_names(request, response.headers.back().second)) {
        response.status = 304;
        response.body.clear();
    }
    return response;
}

}  // namespace handlers
