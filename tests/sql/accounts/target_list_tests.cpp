#define BOOST_TEST_MODULE target_list
#include "sql/accounts/target_list.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sql/webhooks/access.hpp"
#include "tests/support/statement_log.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

struct Fixture : testing::WebhookDatabase {
    db::AdminStore store{connection};
    db::Connection api{schema.settings_of("api")};

    // The caller by a new key, limited to these targets if there are any.
    model::Caller caller_with(const std::vector<model::Id>& targets) {
        const auto key = store.create_key(user.id, "", base::sha256(std::to_string(++keys)), std::nullopt,
                                          {.rights = {model::Right::kRead}, .targets = targets});
        return {.user_id = user.id, .owner = of_account(), .limited = !targets.empty(), .key_id = key.id};
    }
    int keys = 0;

    std::vector<model::Id> list(const model::Caller& caller, const db::ListSlice& slice = {}) {
        std::vector<model::Id> ids;
        for (const db::Position& position : db::find_targets(api, caller, slice).found)
            ids.push_back(position.id);
        return ids;
    }

    // Targets with the ids 1 to 9,999, most of them deleted.
    void add_many() {
        connection.execute_text(
            "INSERT INTO targets (id, account_id, name, url, created_event_id, created_at, deleted_at) WITH RECURSIVE s (n)"
            " AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 99) SELECT 100 * a.n + b.n, " +
            std::to_string(target.account_id) +
            ", '', '', 1, UTC_TIMESTAMP(6), IF(b.n MOD 10, UTC_TIMESTAMP(6), NULL) FROM s a JOIN s b"
            " WHERE a.n + b.n > 0");
        connection.execute_text(
            "INSERT INTO api_key_targets SELECT k.id, t.id FROM api_keys k JOIN targets t"
            " ON t.id < 10000 WHERE k.limited");
        (void)connection.query_text("ANALYZE TABLE targets, api_key_targets");
    }
};

using Ids = std::vector<model::Id>;

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_key_lists_the_targets_of_its_account, Fixture) {
    const auto caller = caller_with({});
    BOOST_CHECK((list(caller) == Ids{other_target.id, target.id}));
    BOOST_TEST(db::count_targets(api, caller).count == 2U);
    BOOST_CHECK((list(caller, {.offset = 1}) == Ids{target.id}));
    BOOST_CHECK((list(caller, {.after = db::Position{"", other_target.id}}) == Ids{target.id}));
    const auto page = db::find_targets(api, caller, {.length = 1});
    BOOST_TEST(page.resume.value().id == other_target.id);
    store.delete_target(other_target.id);
    BOOST_CHECK((list(caller) == Ids{target.id}));
    BOOST_TEST(db::count_targets(api, caller).count == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_limited_key_lists_its_own_targets, Fixture) {
    const auto one = caller_with({target.id});
    const auto both = caller_with({target.id, other_target.id});
    BOOST_CHECK((list(one) == Ids{target.id}));
    BOOST_CHECK((list(both) == Ids{other_target.id, target.id}));
    BOOST_TEST(db::count_targets(api, both).count == 2U);
    store.delete_target(target.id);
    BOOST_CHECK(list(one).empty());
    BOOST_CHECK((list(both) == Ids{other_target.id}));
    BOOST_TEST(db::count_targets(api, both).count == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_target_as_it_is, Fixture) {
    store.verify_target(target.id);
    const Ids ids{target.id, other_target.id};
    const auto targets = db::read_targets(api, ids);
    BOOST_REQUIRE(targets.size() == 2U);
    BOOST_TEST(targets[0].id == other_target.id);
    BOOST_TEST(!targets[0].verified_at.has_value());
    BOOST_TEST(targets[1].id == target.id);
    BOOST_TEST(targets[1].name == target.name);
    BOOST_TEST(targets[1].url == target.url);
    BOOST_TEST(targets[1].verified_at.value() >= targets[1].created_at);

    (void)store.create_key(user.id, "", base::sha256("key"), std::nullopt);
    const auto access =
        db::check_access(api, {base::sha256("key"), {target.id}}, std::nullopt, db::read_target());
    const model::Target one = db::target_read(access.rows, db::JoinedAccess::kFirstColumn);
    BOOST_TEST(model::target_to_json(one) == model::target_to_json(targets[1]));
    store.delete_target(target.id);
    BOOST_TEST(db::read_targets(api, ids).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(every_statement_goes_by_an_index, Fixture) {
    const auto all = caller_with({});
    const auto limited = caller_with({target.id});
    add_many();
    testing::StatementLog log(connection);
    for (const model::Caller& caller : {all, limited}) {
        BOOST_TEST(db::count_targets(connection, caller).count >= 1000U);
        const auto part = db::find_targets(connection, caller, {std::nullopt, 500, 100});
        BOOST_TEST(part.found.size() == 100U);
        BOOST_TEST(db::find_targets(connection, caller, {part.resume, 0, 10}).found.size() == 10U);
        const Ids ids{part.found[0].id, part.found[1].id};
        BOOST_TEST(db::read_targets(connection, ids).size() == 2U);
    }
    const auto statements = log.statements();
    BOOST_TEST(statements.size() >= 6U);
    for (const std::string& statement : statements) {
        BOOST_TEST_CONTEXT(statement) {
            for (const testing::PlanStep& step : log.explain(statement)) {
                if (step.table.empty() || step.table.starts_with("<")) continue;
                BOOST_TEST_INFO(step.table << " " << step.type << " " << step.key << " " << step.extra);
                BOOST_TEST((step.type != "ALL" && step.type != "index" && !step.key.empty()));
                BOOST_TEST(step.extra.find("filesort") == std::string::npos);
                BOOST_TEST(step.extra.find("temporary") == std::string::npos);
            }
        }
    }
}
