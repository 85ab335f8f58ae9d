#define BOOST_TEST_MODULE access
#include "sql/webhooks/access.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/event_json.hpp"
#include "common/model/permissions.hpp"
#include "common/model/webhook_json.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using model::Right;

constexpr std::array kRights{Right::kRead, Right::kManage, Right::kPublish};

struct Fixture : testing::WebhookDatabase {
    db::AdminStore store{connection};

    Fixture() { store.create_key(user.id, "key", base::sha256("key"), std::nullopt); }

    db::AccessOutcome ask(const db::Scope& scope, std::optional<Right> right = Right::kRead,
                          std::string_view key = "key") {
        return db::check_access(connection, {base::sha256(key), scope}, right);
    }

    // What was read together with the access.
    db::Rows read(const db::Scope& scope, const db::JoinedRead& read) {
        return db::check_access(connection, {base::sha256("key"), scope}, Right::kRead, read).rows;
    }
    bool finds_webhook(const db::Scope& scope, model::Id webhook) {
        const auto found = db::webhook_read(read(scope, db::read_webhook(webhook)), kFirst);
        if (!found) return false;
        const auto expected = db::find_webhook(connection, found->owner, webhook);
        BOOST_TEST(model::webhook_to_json(*found) == model::webhook_to_json(expected.value()));
        return true;
    }
    bool finds_event(const db::Scope& scope, model::Id event) {
        const bool has_id = !read(scope, db::read_event_id(event)).is_null(0, kFirst);
        const auto found = db::event_read(connection, read(scope, db::read_event(event)), kFirst);
        BOOST_TEST(found.has_value() == has_id);
        if (!found) return false;
        const auto expected = db::find_event(connection, {target.account_id, scope.target_id}, event);
        BOOST_TEST(model::event_to_json(*found) == model::event_to_json(expected.value()));
        return true;
    }
    std::uint64_t count(const db::Scope& scope, const db::JoinedRead& counted) {
        return read(scope, counted).number(0, kFirst);
    }
    static constexpr std::size_t kFirst = db::JoinedAccess::kFirstColumn;

    void set(const std::string& columns) { connection.execute_text("UPDATE api_keys SET " + columns); }

    void limit_to(model::Id target_id) {
        set("limited = TRUE");
        connection.execute("INSERT INTO api_key_targets (key_id, target_id) SELECT id, ? FROM api_keys",
                           {target_id});
    }
};

template <class Outcome>
bool is(const db::AccessOutcome& outcome) {
    return std::holds_alternative<Outcome>(outcome);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_valid_key_identifies_caller_and_scope, Fixture) {
    const auto about_target = ask({target.id});
    BOOST_REQUIRE(is<model::Caller>(about_target));
    BOOST_TEST(std::get<model::Caller>(about_target).user_id == user.id);
    BOOST_TEST(std::get<model::Caller>(about_target).owner.account_id == target.account_id);
    BOOST_TEST((std::get<model::Caller>(about_target).owner.target_id == target.id));
    const auto about_account = ask({});
    BOOST_REQUIRE(is<model::Caller>(about_account));
    BOOST_TEST(std::get<model::Caller>(about_account).owner.account_id == target.account_id);
    BOOST_TEST(!std::get<model::Caller>(about_account).owner.target_id.has_value());
}

BOOST_FIXTURE_TEST_CASE(unknown_revoked_and_expired_keys, Fixture) {
    for (const db::Scope& scope : {db::Scope{target.id}, db::Scope{}, db::Scope{db::kNoId}}) {
        BOOST_TEST(is<db::Unauthorised>(ask(scope, Right::kRead, "another")));
        set("expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 MICROSECOND");
        BOOST_TEST(is<db::Unauthorised>(ask(scope)));
        set("expires_at = NULL, revoked_at = UTC_TIMESTAMP(6)");
        BOOST_TEST(is<db::Unauthorised>(ask(scope)));
        set("expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, revoked_at = NULL");
        BOOST_TEST(!is<db::Unauthorised>(ask(scope)));
    }
}

BOOST_FIXTURE_TEST_CASE(a_key_does_what_it_has_the_right_to, Fixture) {
    const std::vector<std::pair<std::string, std::array<bool, 3>>> cases{
        {"read", {true, false, false}},
        {"manage", {false, true, false}},
        {"publish", {false, false, true}},
        {"read,manage", {true, true, false}},
        {"manage,read", {true, true, false}},
        {"read,publish", {true, false, true}},
        {"manage,publish", {false, true, true}},
        {"read,manage,publish", {true, true, true}},
        {"", {false, false, false}}};
    for (const auto& [rights, expected] : cases) {
        set("rights = '" + rights + "'");
        for (std::size_t i = 0; i < kRights.size(); ++i) {
            BOOST_TEST_CONTEXT(rights << ", " << model::name_of(kRights[i])) {
                BOOST_TEST(is<model::Caller>(ask({target.id}, kRights[i])) == expected[i]);
                BOOST_TEST(is<model::Caller>(ask({}, kRights[i])) == expected[i]);
                BOOST_TEST(is<db::Forbidden>(ask({target.id}, kRights[i])) != expected[i]);
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(the_default_is_to_read_and_to_manage, Fixture) {
    BOOST_TEST(is<model::Caller>(ask({}, Right::kRead)));
    BOOST_TEST(is<model::Caller>(ask({}, Right::kManage)));
    BOOST_TEST(is<db::Forbidden>(ask({}, Right::kPublish)));
}

BOOST_FIXTURE_TEST_CASE(targets_of_others_are_not_found, Fixture) {
    for (const model::Id id : {others_target.id, db::kNoId, model::generate_id()}) {
        BOOST_TEST(is<db::NoSuchTarget>(ask({id})));
    }
    BOOST_TEST(is<model::Caller>(ask({other_target.id})));
    store.delete_target(target.id);
    BOOST_TEST(is<db::NoSuchTarget>(ask({target.id})));
    BOOST_TEST(is<model::Caller>(ask({})));
}

BOOST_FIXTURE_TEST_CASE(a_limited_key_keeps_to_its_targets, Fixture) {
    set("limited = TRUE");
    BOOST_TEST(is<db::Forbidden>(ask({target.id})));
    limit_to(target.id);
    BOOST_TEST(is<model::Caller>(ask({target.id})));
    BOOST_TEST(is<db::Forbidden>(ask({})));
    // The answer does not reveal whether the target exists.
    for (const model::Id id : {other_target.id, others_target.id, db::kNoId, model::generate_id()}) {
        BOOST_TEST(is<db::Forbidden>(ask({id})));
    }
    store.delete_target(target.id);
    BOOST_TEST(is<db::NoSuchTarget>(ask({target.id})));
}

BOOST_FIXTURE_TEST_CASE(a_limit_does_not_reach_other_accounts, Fixture) {
    limit_to(others_target.id);
    BOOST_TEST(is<db::NoSuchTarget>(ask({others_target.id})));
}

BOOST_FIXTURE_TEST_CASE(missing_rights_come_before_missing_targets, Fixture) {
    BOOST_TEST(is<db::Forbidden>(ask({db::kNoId}, Right::kPublish)));
    BOOST_TEST(is<db::Unauthorised>(ask({db::kNoId}, Right::kPublish, "another")));
}

BOOST_FIXTURE_TEST_CASE(what_takes_no_right_is_for_every_valid_key, Fixture) {
    set("rights = ''");
    BOOST_TEST(is<model::Caller>(ask({}, std::nullopt)));
    BOOST_TEST(is<model::Caller>(ask({target.id}, std::nullopt)));
    BOOST_TEST(is<db::NoSuchTarget>(ask({others_target.id}, std::nullopt)));
    BOOST_TEST(is<db::Unauthorised>(ask({}, std::nullopt, "another")));
    limit_to(target.id);
    const auto about_account = ask({}, std::nullopt);
    BOOST_REQUIRE(is<model::Caller>(about_account));
    BOOST_TEST(std::get<model::Caller>(about_account).limited);
    BOOST_TEST(is<model::Caller>(ask({target.id}, std::nullopt)));
    for (const model::Id id : {other_target.id, others_target.id, db::kNoId}) {
        BOOST_TEST(is<db::Forbidden>(ask({id}, std::nullopt)));
    }
}

BOOST_FIXTURE_TEST_CASE(many_requests_in_one_statement, Fixture) {
    const std::array requests{db::AccessRequest{base::sha256("key"), {target.id}},
                              db::AccessRequest{base::sha256("none"), {target.id}},
                              db::AccessRequest{base::sha256("key"), {}},
                              db::AccessRequest{base::sha256("key"), {others_target.id}}};
    const db::Rows rows = connection.query_text(db::select_access(requests).str());
    BOOST_REQUIRE(rows.size() == 3U);
    using Column = db::AccessColumn;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::size_t n = rows.number(row, Column::kIndex);
        BOOST_TEST_CONTEXT(n) {
            BOOST_TEST(n != 1U);
            const auto outcome = db::access_of(rows, row, requests.at(n), Right::kRead);
            BOOST_TEST(is<db::NoSuchTarget>(outcome) == (n == 3));
            BOOST_TEST(rows.is_null(row, Column::kEvent) == (n == 3));
            if (n != 3) {
                BOOST_TEST(rows.number(row, Column::kEvent) ==
                           (n == 0 ? target_greeting() : user_greeting()));
            }
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_webhook_is_read_in_its_scope, Fixture) {
    const model::Id of_the_target = add_webhook(of_target());
    const model::Id of_the_account = add_webhook(of_account());
    const model::Id of_others = add_webhook({others_target.account_id, others_target.id});
    const db::Scope scopes[] = {{target.id}, {}, {other_target.id}, {others_target.id}, {db::kNoId}};
    for (const db::Scope& scope : scopes) {
        BOOST_TEST(finds_webhook(scope, of_the_target) == (scope == db::Scope{target.id}));
        // For a target that there is not, access is refused anyway.
        if (!scope.target_id) BOOST_TEST(finds_webhook(scope, of_the_account));
        BOOST_TEST(!finds_webhook(scope, of_others));
        BOOST_TEST(!finds_webhook(scope, 1));
    }
    BOOST_TEST(!finds_webhook({target.id}, of_the_account));
    BOOST_TEST(db::remove_webhook(connection, of_target(), of_the_target));
    BOOST_TEST(!finds_webhook({target.id}, of_the_target));
}

BOOST_FIXTURE_TEST_CASE(an_event_is_read_in_its_scope, Fixture) {
    add_webhook(of_target());
    const model::Id event = record("scan_started");
    BOOST_TEST(finds_event({target.id}, event));
    BOOST_TEST(finds_event({}, event));
    BOOST_TEST(!finds_event({other_target.id}, event));
    BOOST_TEST(finds_event({}, user_greeting()));
    BOOST_TEST(!finds_event({target.id}, user_greeting()));
    BOOST_TEST(!finds_event({target.id}, 1));
    BOOST_TEST(!finds_event({}, 1));
    const model::Id others =
        testing::number(connection, "SELECT created_event_id FROM targets WHERE id = ?", {others_target.id});
    BOOST_TEST(!finds_event({}, others));
}

BOOST_FIXTURE_TEST_CASE(counts_are_read_in_their_scope, Fixture) {
    add_webhook(of_target());
    add_webhook(of_target());
    add_webhook(of_account());
    record("scan_started");
    BOOST_TEST(count({target.id}, db::read_webhook_count(true)) == 2U);
    BOOST_TEST(count({}, db::read_webhook_count(false)) == 1U);
    BOOST_TEST(count({other_target.id}, db::read_webhook_count(true)) == 0U);
    for (const std::optional<std::string>& type :
         {std::optional<std::string>(), std::optional<std::string>("scan_started")}) {
        BOOST_TEST(count({target.id}, db::read_event_count(true, type)) ==
                   db::count_events(connection, of_target(), type));
        BOOST_TEST(count({}, db::read_event_count(false, type)) ==
                   db::count_events(connection, of_account(), type));
    }
    BOOST_TEST(count({target.id}, db::read_event_count(true, "scan_started")) == 1U);
}
