#define BOOST_TEST_MODULE router
#include "fcgi/http/router.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <utility>

#include "tests/support/collected_reply.hpp"

using namespace std::string_literals;

namespace {

// Answers with its label and what its parameters matched.
http::Route route(std::string_view method, std::string_view pattern, const std::string& label) {
    return {method, std::string(pattern), [label](http::Reply reply, http::PathParameters parameters) {
                http::Response response{200, label};
                for (const std::string_view parameter : parameters)
                    response.body.append("|").append(parameter);
                reply.answer(std::move(response));
            }};
}

const http::Router& router() {
    static const http::Router instance({
        route("GET", "/targets/{target_id}/webhooks/", "list"),
        route("POST", "/targets/{target_id}/webhooks/", "create"),
        route("GET", "/webhooks/{id}/events/{event_id}", "event"),
        route("DELETE", "/webhooks/special/", "special"),
        route("PUT", "/webhooks/{id}/", "put"),
        route("DELETE", "/webhooks/{id}/", "delete"),
        route("GET", "/", "root"),
    });
    return instance;
}

http::Response send(const std::string& method, const std::string& uri) {
    http::Request request;
    request.method = method;
    request.uri = uri;
    return collect(std::move(request), [](http::Reply reply) { router().dispatch(std::move(reply)); });
}

void check(const std::string& uri, const std::string& body) {
    BOOST_TEST_CONTEXT(uri) {
        const http::Response response = send("POST", uri);
        BOOST_TEST(response.status == 200);
        BOOST_TEST(response.body == body);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(router_tests)

BOOST_AUTO_TEST_CASE(a_path_finds_its_handler) {
    check("/targets/abc/webhooks/", "create|abc");
    check("/targets/abc/webhooks", "create|abc");
    BOOST_TEST(send("GET", "/targets/abc/webhooks/").body == "list|abc");
    BOOST_TEST(send("GET", "/webhooks/1/events/2/").body == "event|1|2");
    BOOST_TEST(send("GET", "/webhooks/1/events/2").body == "event|1|2");
    BOOST_TEST(send("GET", "/").body == "root");
}

BOOST_AUTO_TEST_CASE(the_query_is_not_the_path) {
    check("/targets/abc/webhooks/?", "create|abc");
    check("/targets/abc/webhooks?a=/b/../?c", "create|abc");
    BOOST_TEST(send("POST", "/targets/a?b/webhooks/").status == 404);
    check("/targets/a%3Fb/webhooks/", "create|a?b");
    BOOST_TEST(send("GET", "/?page=1").body == "root");
}

BOOST_AUTO_TEST_CASE(an_absolute_target_is_read_by_its_path) {
    check("http://example.com/targets/abc/webhooks/", "create|abc");
    check("HTTPS://example.com:443/targets/abc/webhooks/?x", "create|abc");
    BOOST_TEST(send("GET", "http://example.com/").body == "root");
    BOOST_TEST(send("GET", "http://example.com").status == 404);
    BOOST_TEST(send("GET", "http://example.com?/").status == 404);
    BOOST_TEST(send("POST", "/x://example.com/targets/abc/webhooks/").status == 404);
}

BOOST_AUTO_TEST_CASE(segments_are_decoded_once_and_after_splitting) {
    check("/t%61rgets/a%62c/webhook%73/", "create|abc");
    check("/targets/a%2Fb/webhooks/", "create|a/b");
    check("/targets/%2561/webhooks/", "create|%61");
    check("/targets/a+b/webhooks/", "create|a+b");
    check("/targets/%00%FF\xFF/webhooks/", "create|\0\xFF\xFF"s);
    check("/targets/.../webhooks/", "create|...");
    check("/targets/..%2F/webhooks/", "create|../");
    BOOST_TEST(send("POST", "/targets%2Fabc/webhooks/").status == 404);
    BOOST_TEST(send("POST", "/targets/abc/webhooks%2F").status == 404);
}

BOOST_AUTO_TEST_CASE(a_malformed_escape_stands_for_itself) {
    check("/targets/%/webhooks/", "create|%");
    check("/targets/a%4/webhooks/", "create|a%4");
    check("/targets/%zz%4g/webhooks/", "create|%zz%4g");
    check("/targets/%%41/webhooks/", "create|%A");
    check("/targets/%+1%-1/webhooks/", "create|%+1%-1");
}

BOOST_AUTO_TEST_CASE(dot_and_empty_segments_are_no_route) {
    for (const std::string uri :
         {"/targets/abc/webhooks//", "//targets/abc/webhooks/", "/targets//abc/webhooks/",
          "/targets//webhooks/", "/targets/./webhooks/", "/targets/../webhooks/", "/targets/%2e/webhooks/",
          "/targets/%2E./webhooks/", "/targets/x/../abc/webhooks/", "/targets/abc/webhooks/.",
          "/targets/abc/webhooks/..", "//", "/./", "/."}) {
        for (const std::string method : {"GET", "POST", "DELETE", "PATCH"}) {
            BOOST_TEST_CONTEXT(method << " " << uri) {
                const http::Response response = send(method, uri);
                BOOST_TEST(response.status == 404);
                BOOST_TEST(response.body == R"({"detail":"Not found."})");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(other_paths_are_no_route) {
    for (const std::string uri :
         {"", "*", "?", "targets/abc/webhooks/", "/targets", "/targets/abc/", "/Targets/abc/webhooks/",
          "/targets/abc/webhooks/x", "/targets/abc/webhook", "/targets/abc/webhooks /",
          "/targets/abc/webhooks%00", "/{target_id}", "://", "http://", "/x/targets/abc/webhooks/",
          "/targets/abc/webhooks;x=y/"}) {
        BOOST_TEST_CONTEXT(uri) BOOST_TEST(send("POST", uri).status == 404);
    }
}

BOOST_AUTO_TEST_CASE(a_path_without_the_method_lists_the_methods_it_has) {
    const auto check_allow = [](const std::string& method, const std::string& uri, const std::string& allow) {
        BOOST_TEST_CONTEXT(method << " " << uri) {
            const http::Response response = send(method, uri);
            BOOST_TEST(response.status == 405);
            BOOST_TEST(response.body == "{\"detail\":\"Method \\\"" + method + "\\\" not allowed.\"}");
            BOOST_REQUIRE(response.headers.size() == 1U);
            BOOST_TEST(response.headers[0].first == "Allow");
            BOOST_TEST(response.headers[0].second == allow);
        }
    };
    check_allow("TRACE", "/targets/abc/webhooks/", "GET, HEAD, POST, OPTIONS");
    check_allow("post", "/targets/abc/webhooks?x", "GET, HEAD, POST, OPTIONS");
    check_allow("", "/targets/abc/webhooks/", "GET, HEAD, POST, OPTIONS");
    check_allow("GET", "/webhooks/x/", "PUT, DELETE, OPTIONS");
    check_allow("HEAD", "/webhooks/x/", "PUT, DELETE, OPTIONS");
    check_allow("GET", "/webhooks/special/", "DELETE, PUT, OPTIONS");  // of two routes, no method twice
    check_allow("POST", "/", "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(head_is_answered_as_get_is) {
    BOOST_TEST(send("HEAD", "/targets/abc/webhooks").body == send("GET", "/targets/abc/webhooks").body);
    BOOST_TEST(send("HEAD", "/targets/abc/webhooks").status == 200);
}

BOOST_AUTO_TEST_CASE(options_tells_the_methods) {
    const http::Response response = send("OPTIONS", "/targets/abc/webhooks");
    BOOST_TEST(response.status == 204);
    BOOST_TEST(response.body.empty());
    BOOST_REQUIRE(response.headers.size() == 1U);
    BOOST_TEST(response.headers[0].first == "Allow");
    BOOST_TEST(response.headers[0].second == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(send("OPTIONS", "/nowhere/at/all").status == 404);
}

BOOST_AUTO_TEST_CASE(the_first_route_that_fits_is_taken) {
    BOOST_TEST(send("DELETE", "/webhooks/special/").body == "special");
    BOOST_TEST(send("DELETE", "/webhooks/other/").body == "delete|other");
    BOOST_TEST(send("PUT", "/webhooks/special/").body == "put|special");
}

BOOST_AUTO_TEST_CASE(a_long_path_is_no_route) {
    std::string path = "/targets/abc/webhooks";
    for (int i = 0; i < 1000; ++i) {
        path += "/x%41";
        BOOST_TEST(send("POST", path).status == 404);
    }
}

BOOST_AUTO_TEST_CASE(a_handler_may_answer_later) {
    std::unique_ptr<http::Reply> kept;
    const http::Router router({{"POST", "/x/", [&](http::Reply reply, http::PathParameters) {
                                    kept = std::make_unique<http::Reply>(std::move(reply));
                                }}});
    const auto in_hand = std::make_shared<CollectedReply>(
        http::Request{.id = "", .method = "POST", .uri = "/x", .headers = {}, .body = "content"});
    router.dispatch(http::Reply(in_hand));
    BOOST_TEST(!in_hand->is_answered());
    kept->answer({.status = 201, .body = kept->request().body});
    const auto response = in_hand->response();
    BOOST_TEST(response.status == 201);
    BOOST_TEST(response.body == "content");
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_500) {
    const http::Router router(
        {{"POST", "/x/", [](http::Reply, http::PathParameters) { throw std::runtime_error("away"); }}});
    const auto in_hand = std::make_shared<CollectedReply>(
        http::Request{.id = "", .method = "POST", .uri = "/x", .headers = {}, .body = ""});
    BOOST_CHECK_THROW(router.dispatch(http::Reply(in_hand)), std::runtime_error);
    BOOST_TEST(in_hand->response().status == 500);
}

BOOST_AUTO_TEST_CASE(a_router_without_routes_finds_nothing) {
    const auto response = collect({}, [](http::Reply reply) { http::Router({}).dispatch(std::move(reply)); });
    BOOST_TEST(response.status == 404);
}

BOOST_AUTO_TEST_SUITE_END()
