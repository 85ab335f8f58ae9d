// Fuzzes a router with the service's kinds of routes: the method up to the first LF, then the request target.
#include "fcgi/http/router.hpp"

#include <algorithm>
#include <utility>

#include "fcgi/http/json_body.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/collected_reply.hpp"

using fuzzing::require;

namespace {

http::Route route(std::string_view method, std::string_view pattern, std::size_t parameter_count) {
    return {method, std::string(pattern), [=](http::Reply reply, http::PathParameters parameters) {
                const http::Request& request = reply.request();
                const bool is_head = request.method == "HEAD" && method == "GET";
                require(request.method == method || is_head,
                        "the route has the request's method, that of GET serves HEAD as well");
                require(parameters.size() == parameter_count, "every parameter is there");
                for (const std::string_view parameter : parameters) {
                    require(!parameter.empty() && parameter != "." && parameter != "..",
                            "no dot or empty segment");
                    require(parameter.size() <= request.uri.size(), "decoding makes nothing longer");
                }
                reply.answer({200, "{}"});
            }};
}

const http::Router& router() {
    static const http::Router instance({
        route("GET", "/targets/{target_id}/webhooks/", 1),
        route("POST", "/targets/{target_id}/webhooks/", 1),
        route("POST", "/webhooks/{id}/test/", 1),
        route("GET", "/targets/{target_id}/events/{id}/", 2),
        route("GET", "/events/", 0),
    });
    return instance;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzzing::as_text(data, size);
    http::Request request;
    request.method = input.substr(0, input.find('\n'));
    request.uri = input.substr(std::min(request.method.size() + 1, input.size()));
    const http::Response response =
        collect(std::move(request), [](http::Reply reply) { router().dispatch(std::move(reply)); });
    const int status = response.status;
    require(status == 200 || status == 204 || status == 404 || status == 405, "a status of a router");
    require((status == 204) == response.body.empty(), "a 204, and no other, has no body");
    require(status == 204 || http::decode_json(response.body).ok(),
            "a JSON object, whatever the method holds");
    require((status == 204 || status == 405) == !response.headers.empty(),
            "both have a header, no other has");
    return 0;
}
