#define BOOST_TEST_MODULE operator_lists
#include "sql/webhooks/operator_lists.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

// The statements read the index of failing webhooks, or the newest webhooks, and no more than that.
BOOST_FIXTURE_TEST_CASE(every_statement_goes_by_an_index, testing::WebhookDatabase) {
    for (int n = 0; n < 100; ++n) add_webhook(n % 2 == 0 ? of_target() : of_account());
    connection.execute_text(
        "INSERT INTO failing_webhooks (webhook_id, since) SELECT id, UTC_TIMESTAMP(6) FROM webhooks");
    static_cast<void>(connection.query_text("ANALYZE TABLE webhooks, failing_webhooks"));
    testing::StatementLog log(connection);
    BOOST_TEST(db::find_all_webhooks(connection, {std::nullopt, 10, 10}).found.size() == 10U);
    for (const auto& owner : {std::optional<model::Owner>(), std::optional(of_target())}) {
        BOOST_TEST(db::list_failing_webhooks(connection, owner, {.offset = 10, .length = 10}).size() == 10U);
    }
    int lists = 0;
    for (const std::string& statement : log.statements()) {
        if (statement.find("OFFSET") == std::string::npos) continue;
        ++lists;
        for (const auto& step : log.explain(statement)) {
            BOOST_TEST_CONTEXT(statement << ": " << step.table << " " << step.type << " " << step.key) {
                if (step.table.starts_with("<")) continue;
                if (step.table == "w") BOOST_TEST(step.key == "PRIMARY");
                if (step.table == "f") BOOST_TEST(step.key == "failing_webhooks_since");
                BOOST_TEST(step.type != "ALL");
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
            }
        }
    }
    BOOST_TEST(lists >= 2);
}
