#define BOOST_TEST_MODULE account
#include "common/model/account.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_CASE(a_target) {
    model::Target target{.id = 1,
                         .name = "Caf\xc3\xa9 \"T\"",
                         .url = "https://shop.example.com",
                         .verified_at = {},
                         .created_at = "2026-01-31T16:32:17.238553Z"};
    BOOST_TEST(
        model::target_to_json(target) ==
        "{\"id\":\"11111111112\",\"name\":\"Caf\xc3\xa9 \\\"T\\\"\",\"url\":\"https://shop.example.com\","
        "\"verified\":null,\"created\":\"2026-01-31T16:32:17.238553Z\"}");
    target.verified_at = "2026-02-01T00:00:00.000000Z";
    BOOST_TEST(model::target_to_json(target).find(R"("verified":"2026-02-01T00:00:00.000000Z")") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key) {
    model::KeyDetails key{.id = 3,
                          .name = "CI",
                          .rights = {model::Right::kRead, model::Right::kPublish},
                          .expires_at = {},
                          .targets = {},
                          .account_id = 1,
                          .account_name = "Example",
                          .user = {.id = 2, .email = "ana@example.com", .name = "Ana"}};
    BOOST_TEST(
        model::key_to_json(key) ==
        R"({"account":{"id":"11111111112","name":"Example"},)"
        R"("user":{"id":"11111111113","email":"ana@example.com","name":"Ana"},)"
        R"("key":{"id":"11111111114","name":"CI","rights":["read","publish"],"expires":null,"targets":null}})");
    key.rights.clear();
    key.expires_at = "2027-01-01T00:00:00.000000Z";
    key.targets.emplace();
    BOOST_TEST(model::key_to_json(key).ends_with(
        R"("rights":[],"expires":"2027-01-01T00:00:00.000000Z","targets":[]}})"));
    key.targets = {{5, 4}};
    BOOST_TEST(model::key_to_json(key).ends_with(R"("targets":["11111111116","11111111115"]}})"));
}
