#define BOOST_TEST_MODULE webhook_statements
#include "sql/group_commit/webhook_statements.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

namespace {

BOOST_AUTO_TEST_CASE(a_webhook_is_one_row_whatever_its_text) {
    const model::WebhookFields plain{.url = "https://a.example/", .name = "a"};
    const model::WebhookFields nasty{
        .url = "https://b.example/'", .name = "'); DROP TABLE webhooks; --", .check_cert = false};
    const std::array rows{db::WebhookRow{.id = 1,
                                         .caller = {3, {2, 4}},
                                         .greeting_id = 5,
                                         .greeted_at = "2025-12-31T23:59:59.000001Z",
                                         .secret = std::string("\x01\xff", 2),
                                         .now = "2026-01-31 16:32:17.238553",
                                         .webhook = &plain},
                          db::WebhookRow{.id = 6,
                                         .caller = {8, {7, std::nullopt}},
                                         .greeting_id = 10,
                                         .greeted_at = "2025-12-31T23:59:59.000002Z",
                                         .secret = "",
                                         .now = "",
                                         .webhook = &nasty}};
    const std::string statement = db::insert_webhooks(rows).str();
    BOOST_TEST(statement.ends_with(
        "VALUES (1, 2, 4, _utf8mb4 x'68747470733a2f2f612e6578616d706c652f', _utf8mb4 x'61', TRUE, _utf8mb4 "
        "x'7631', _utf8mb4 x'', FALSE, x'01ff', "
        "_utf8mb4 x'323032362d30312d33312031363a33323a31372e323338353533', 3), "
        "(6, 7, NULL, _utf8mb4 x'68747470733a2f2f622e6578616d706c652f27', "
        "_utf8mb4 x'27293b2044524f50205441424c4520776562686f6f6b733b202d2d', FALSE, _utf8mb4 x'7631', _utf8mb4 x'', FALSE, x'', "
        "_utf8mb4 x'', 8)"));
    BOOST_TEST(db::insert_greetings(rows).str().ends_with(
        "VALUES (5, 1, 2, _utf8mb4 x'323032352d31322d33312032333a35393a35392e303030303031', "
        "_utf8mb4 x'323032362d30312d33312031363a33323a31372e323338353533'), "
        "(10, 6, 7, _utf8mb4 x'323032352d31322d33312032333a35393a35392e303030303032', _utf8mb4 x'')"));
}

BOOST_AUTO_TEST_CASE(ids_are_a_list) {
    BOOST_TEST(db::select_stored_webhooks(std::array<model::Id, 1>{1}).str().find("IN (1)") !=
               std::string::npos);
    BOOST_TEST(db::select_stored_webhooks(std::array<model::Id, 3>{1, 2, 3}).str().find("IN (1, 2, 3)") !=
               std::string::npos);
}

}  // namespace
