#define BOOST_TEST_MODULE routes
#include "handlers/routes.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace {

struct Service {
    Service() : registrar(without_database(), [](std::string_view, std::string_view) {}) {}

    // A registrar without writers needs no database.
    static db::RegistrarSettings without_database() {
        db::RegistrarSettings settings;
        settings.writers = 0;
        return settings;
    }

    [[nodiscard]] http::Response ask(std::string method, std::string uri) const {
        http::Request request;
        request.method = std::move(method);
        request.uri = std::move(uri);
        return router.dispatch(request);
    }

    db::Registrar registrar;
    http::Router router = handlers::make_router(registrar);
};

}  // namespace

// No credentials are sent: a 401 tells that the operation was reached.
BOOST_AUTO_TEST_CASE(a_targets_webhooks_are_posted_to) {
    const Service service;
    BOOST_TEST(service.ask("POST", "/targets/1111111115Q/webhooks/").status == 401);
    BOOST_TEST(service.ask("POST", "/targets/1111111115Q/webhooks").status == 401);
    BOOST_TEST(service.ask("POST", "/targets/1111111115Q/webhooks/?page=1").status == 401);
    BOOST_TEST(service.ask("POST", "/targets/not%20an%20id/%77ebhooks/").status == 401);
}

BOOST_AUTO_TEST_CASE(other_methods_are_not_allowed) {
    const Service service;
    for (const char* method : {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post"}) {
        const auto response = service.ask(method, "/targets/1111111115Q/webhooks/");
        BOOST_TEST(response.status == 405, method);
        BOOST_TEST(response.body == R"({"detail":"Method \")" + std::string(method) + R"(\" not allowed."})");
    }
}

BOOST_AUTO_TEST_CASE(other_paths_are_no_routes) {
    const Service service;
    for (const char* uri : {"/", "", "/targets", "/targets/", "/targets/1111111115Q/", "/webhooks/",
                            "/targets//webhooks/", "/targets/1111111115Q//webhooks/",
                            "/targets/1111111115Q/webhooks//", "/targets/1111111115Q/webhooks/x/",
                            "/targets/1111111115Q%2Fwebhooks/", "/x/../targets/1111111115Q/webhooks/",
                            "/Targets/1111111115Q/webhooks/", "targets/1111111115Q/webhooks/"}) {
        BOOST_TEST(service.ask("POST", uri).status == 404, uri);
    }
}
