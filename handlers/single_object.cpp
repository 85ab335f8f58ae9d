#include "handlers/single_object.hpp"

#include <utility>

#include "handlers/entity_tag.hpp"

namespace handlers {

http::Response tagged_object(std::string json) {
    std::string entity_tag = entity_tag_of(json);
    return tagged_object(std::move(json), std::move(entity_tag));
}

http::Response tagged_object(std::string json, std::string entity_tag) {
    http::Response response{.status = 200, .body = std::move(json)};
    response.headers.emplace_back("ETag", std::move(entity_tag));
    return response;
}

http::Response single_object(const http::Request& request, std::string json) {
    std::string entity_tag = entity_tag_of(json);
    return single_object(request, std::move(json), std::move(entity_tag));
}

http::Response single_object(const http::Request& request, std::string json, std::string entity_tag) {
    http::Response response = tagged_object(std::move(json), std::move(entity_tag));
    if (if_none_match_names(request, response.headers.back().second)) {
        response.status = 304;
        response.body.clear();
    }
    return response;
}

}  // namespace handlers
