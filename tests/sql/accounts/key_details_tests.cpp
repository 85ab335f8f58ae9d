#define BOOST_TEST_MODULE key_details
#include "sql/accounts/key_details.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sql/webhooks/access.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

struct Fixture : testing::WebhookDatabase {
    db::AdminStore store{connection};

    // Reads the key as the API's user, which shows that its rights suffice.
    model::KeyDetails read(const std::string& key) { return read(key, api); }
    static model::KeyDetails read(const std::string& key, db::Connection& by) {
        const auto access = db::check_access(by, {base::sha256(key), {}}, std::nullopt, db::read_key());
        BOOST_REQUIRE(std::holds_alternative<model::Caller>(access.outcome));
        return db::key_read(by, access.rows, db::JoinedAccess::kFirstColumn);
    }

    db::Connection api{schema.settings_of("api")};
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_key_of_a_user, Fixture) {
    const auto made = store.create_key(user.id, "CI", base::sha256("key"), "2099-01-31T16:32:17.238553Z");
    const model::KeyDetails key = read("key");
    BOOST_TEST(key.id == made.id);
    BOOST_TEST(key.name == "CI");
    BOOST_TEST((key.rights == std::vector{model::Right::kRead, model::Right::kManage}));
    BOOST_TEST(key.expires_at.value() == "2099-01-31T16:32:17.238553Z");
    BOOST_TEST(!key.targets.has_value());
    BOOST_TEST(key.account_id == target.account_id);
    BOOST_TEST(key.account_name ==
               connection.query("SELECT name FROM accounts WHERE id = ?", {target.account_id}).text(0, 0));
    BOOST_TEST(key.user.id == user.id);
    BOOST_TEST(key.user.email == user.email);
    BOOST_TEST(key.user.name == user.name);
}

BOOST_FIXTURE_TEST_CASE(rights_are_in_their_order, Fixture) {
    (void)store.create_key(user.id, "", base::sha256("key"), std::nullopt,
                           {.rights = {model::Right::kPublish, model::Right::kRead}, .targets = {}});
    BOOST_TEST((read("key").rights == std::vector{model::Right::kRead, model::Right::kPublish}));
    BOOST_TEST(!read("key").expires_at.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_limited_key_names_its_targets, Fixture) {
    (void)store.create_key(user.id, "", base::sha256("key"), std::nullopt,
                           {.rights = {model::Right::kRead}, .targets = {target.id, other_target.id}});
    BOOST_TEST((read("key").targets == std::vector{other_target.id, target.id}));
    store.delete_target(target.id);
    BOOST_TEST((read("key").targets == std::vector{other_target.id}));
    store.delete_target(other_target.id);
    BOOST_TEST((read("key").targets == std::vector<model::Id>()));
}

BOOST_FIXTURE_TEST_CASE(the_targets_of_a_key_are_read_by_their_keys, Fixture) {
    (void)store.create_key(user.id, "", base::sha256("key"), std::nullopt,
                           {.rights = {model::Right::kRead}, .targets = {target.id}});
    connection.execute_text(
        "INSERT INTO targets (id, account_id, name, url, created_event_id, created_at) WITH RECURSIVE s (n) AS"
        " (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 900) SELECT n, " +
        std::to_string(target.account_id) + ", '', '', 1, UTC_TIMESTAMP(6) FROM s");
    connection.execute_text(
        "INSERT INTO api_key_targets SELECT k.id, t.id FROM api_keys k JOIN targets t ON t.id < 900");
    (void)connection.query_text("ANALYZE TABLE targets, api_key_targets");
    testing::StatementLog log(connection);
    BOOST_TEST(read("key", connection).targets.value().size() == 900U);
    const auto statements = log.statements();
    BOOST_TEST(statements.size() == 2U);
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            for (const testing::PlanStep& step : log.explain(statement)) {
                BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
                BOOST_TEST((step.type != "ALL" && step.type != "index" && !step.key.empty()));
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
            }
        }
    }
}
