#define BOOST_TEST_MODULE routes
#include "handlers/routes.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/collected_reply.hpp"
#include "tests/support/idle_services.hpp"

namespace {

struct Service {
    Service() = default;

    [[nodiscard]] http::Response ask(std::string method, std::string uri) const {
        http::Request request;
        request.method = std::move(method);
        request.uri = std::move(uri);
        return collect(std::move(request), [this](http::Reply reply) { router.dispatch(std::move(reply)); });
    }

    IdleServices services;
    http::Router router = handlers::make_router(services.all);
};

}  // namespace

// The requests have no credentials, so a 401 shows that the operation was reached.
BOOST_AUTO_TEST_CASE(a_targets_webhooks_are_posted_to) {
    const Service service;
    BOOST_TEST(service.ask("POST", "/targets/1111111115Q/webhooks/").status == 401);
    BOOST_TEST(service.ask("POST", "/targets/1111111115Q/webhooks").status == 401);
    BOOST_TEST(service.ask("POST", "/targets/1111111115Q/webhooks/?page=1").status == 401);
    BOOST_TEST(service.ask("POST", "/targets/not%20an%20id/%77ebhooks/").status == 401);
}

BOOST_AUTO_TEST_CASE(events_are_read_below_both_owners_and_published_below_targets) {
    const Service service;
    for (const auto& [uri, allow] :
         {std::pair{"/events/", "GET, HEAD, OPTIONS"},
          std::pair{"/targets/1111111115Q/events/", "GET, HEAD, POST, OPTIONS"},
          std::pair{"/events/x/", "GET, HEAD, OPTIONS"},
          std::pair{"/targets/1111111115Q/events/x/", "GET, HEAD, OPTIONS"},
          std::pair{"/events/x/webhooks/", "GET, HEAD, OPTIONS"},
          std::pair{"/targets/1111111115Q/events/x/webhooks/", "GET, HEAD, OPTIONS"},
          std::pair{"/events/x/webhooks/y/attempts/", "GET, HEAD, OPTIONS"},
          std::pair{"/targets/1111111115Q/events/x/webhooks/y/attempts/", "GET, HEAD, OPTIONS"},
          std::pair{"/events/x/webhooks/y/retry/", "POST, OPTIONS"},
          std::pair{"/targets/1111111115Q/events/x/webhooks/y/retry/", "POST, OPTIONS"}}) {
        BOOST_TEST((service.ask("OPTIONS", uri).headers == http::NamedTexts{{"Allow", allow}}), uri);
        for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
            const bool allowed = std::string(allow).find(method) != std::string::npos;
            BOOST_TEST(service.ask(method, uri).status == (allowed ? 401 : 405), method << " " << uri);
        }
    }
    for (const auto* uri : {"/events/x/webhooks/y/", "/events/x/retry/", "/event/"}) {
        BOOST_TEST(service.ask("GET", uri).status == 404, uri);
    }
}

BOOST_AUTO_TEST_CASE(webhooks_have_the_same_operations_below_both_owners) {
    const Service service;
    for (const std::string owner : {"/targets/1111111115Q", ""}) {
        for (const auto& [path, allow] :
             {std::pair{"", "GET, HEAD, POST, OPTIONS"},
              std::pair{"x/", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
              std::pair{"x/secret/", "GET, HEAD, OPTIONS"}, std::pair{"x/secret/rotate/", "POST, OPTIONS"},
              std::pair{"x/headers/", "GET, HEAD, PUT, OPTIONS"}, std::pair{"x/disable/", "POST, OPTIONS"},
              std::pair{"x/deliveries/", "GET, HEAD, OPTIONS"}, std::pair{"x/enable/", "POST, OPTIONS"},
              std::pair{"x/test/", "POST, OPTIONS"}}) {
            const std::string uri = owner + "/webhooks/" + path;
            const auto options = service.ask("OPTIONS", uri);
            BOOST_TEST(options.status == 204, uri);
            BOOST_TEST((options.headers == http::NamedTexts{{"Allow", allow}}), uri);
            for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
                const bool allowed = std::string(allow).find(method) != std::string::npos;
                BOOST_TEST(service.ask(method, uri).status == (allowed ? 401 : 405), method << " " << uri);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_key_is_for_is_only_read) {
    const Service service;
    for (const std::string uri :
         {"/me/", "/me", "/m%65/", "/targets/", "/targets", "/targets?page=1", "/targets/1111111115Q/",
          "/targets/1111111115Q", "/targets/not%20an%20id/"}) {
        for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
            const bool allowed = method == "GET" || method == "HEAD";
            BOOST_TEST(service.ask(method, uri).status == (allowed ? 401 : 405), method << " " << uri);
        }
        BOOST_TEST((service.ask("OPTIONS", uri).headers == http::NamedTexts{{"Allow", "GET, HEAD, OPTIONS"}}),
                   uri);
    }
}

BOOST_AUTO_TEST_CASE(other_methods_are_not_allowed) {
    const Service service;
    for (const char* method : {"PUT", "PATCH", "DELETE", "TRACE", "post"}) {
        const auto response = service.ask(method, "/targets/1111111115Q/webhooks/");
        BOOST_TEST(response.status == 405, method);
        BOOST_TEST(response.body == R"({"detail":"Method \")" + std::string(method) + R"(\" not allowed."})");
    }
}

BOOST_AUTO_TEST_CASE(other_paths_have_no_route) {
    const Service service;
    for (const char* uri : {"/", "", "/me/x/", "/mex", "/targets/1111111115Q/me/", "/targets//", "/webhook/",
                            "/targets//webhooks/", "/targets/1111111115Q//webhooks/",
                            "/targets/1111111115Q/webhooks//", "/targets/1111111115Q/webhooks/x/y/",
                            "/targets/1111111115Q/x%2Fwebhooks/", "/x/../targets/1111111115Q/webhooks/",
                            "/Targets/1111111115Q/webhooks/", "targets/1111111115Q/webhooks/"}) {
        BOOST_TEST(service.ask("POST", uri).status == 404, uri);
    }
}
