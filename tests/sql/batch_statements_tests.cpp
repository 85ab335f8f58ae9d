#define BOOST_TEST_MODULE batch_statements_tests
#include "sql/batch_statements.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

namespace {

std::size_t occurrences(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

BOOST_AUTO_TEST_CASE(a_question_is_one_row) {
    std::array<db::AccessQuestion, 3> questions{};
    questions[1].key.fill(0xab);
    questions[2].target_id = 77;
    const std::string statement = db::select_access(questions);
    BOOST_TEST(occurrences(statement, " UNION ALL ") == 2U);
    BOOST_TEST(occurrences(statement, "abababab") == 8U);
    BOOST_TEST(statement.find("SELECT 2 AS n, x'0000") != std::string::npos);
    BOOST_TEST(statement.find("77 AS target_id") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_webhook_is_one_row_whatever_its_text) {
    const db::NewWebhook plain{.url = "https://a.example/", .name = "a"};
    const db::NewWebhook nasty{
        .url = "https://b.example/'", .name = "'); DROP TABLE webhooks; --", .check_cert = false};
    const std::array rows{
        db::WebhookRow{
            .id = 1, .account_id = 2, .user_id = 3, .target_id = 4, .greeting_id = 5, .webhook = &plain},
        db::WebhookRow{
            .id = 6, .account_id = 7, .user_id = 8, .target_id = 9, .greeting_id = 10, .webhook = &nasty}};
    const std::string statement = db::insert_webhooks(rows, "2026-01-31 16:32:17.238553");
    BOOST_TEST(statement.ends_with(
        "VALUES (1, 2, 4, _utf8mb4 x'68747470733a2f2f612e6578616d706c652f', _utf8mb4 x'61', TRUE, _utf8mb4 "
        "x'7631', "
        "_utf8mb4 x'323032362d30312d33312031363a33323a31372e323338353533', 3), "
        "(6, 7, 9, _utf8mb4 x'68747470733a2f2f622e6578616d706c652f27', "
        "_utf8mb4 x'27293b2044524f50205441424c4520776562686f6f6b733b202d2d', FALSE, _utf8mb4 x'7631', "
        "_utf8mb4 x'323032362d30312d33312031363a33323a31372e323338353533', 8)"));
    BOOST_TEST(
        db::insert_greetings(rows, "").ends_with("VALUES (5, 1, _utf8mb4 x''), (10, 6, _utf8mb4 x'')"));
}

BOOST_AUTO_TEST_CASE(ids_are_a_list) {
    BOOST_TEST(db::count_webhooks(std::array<db::Id, 1>{1}).find("IN (1)") != std::string::npos);
    BOOST_TEST(db::count_webhooks(std::array<db::Id, 3>{1, 2, 3}).find("IN (1, 2, 3)") != std::string::npos);
}

}  // namespace
