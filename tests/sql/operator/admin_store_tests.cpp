#define BOOST_TEST_MODULE admin_store
#include "sql/operator/admin_store.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <string>

#include "common/base/sha256.hpp"
#include "common/model/permissions.hpp"
#include "sql/connection/schema.hpp"
#include "sql/webhooks/access.hpp"
#include "tests/support/test_database.hpp"

namespace {

constexpr model::Id kNobody = 4711;

// Generates ids that grow even within a millisecond, so that lists are in the order of creation.
db::IdSource growing() {
    return [last = model::Id{0}]() mutable { return last = std::max(last + 1, model::generate_id()); };
}

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};
    db::AdminStore store{connection, growing()};
    db::Account account;

    Fixture() {
        db::migrate(connection);
        account = store.create_account("Example");
    }

    // "type account target content" of an event; "" if there is no such event.
    std::string event(model::Id id) {
        const db::Rows rows = connection.query(
            "SELECT CONCAT_WS(' ', event_type, account_id, COALESCE(target_id, '-'), content) FROM events "
            "WHERE id = ?",
            {id});
        return rows.empty() ? "" : rows.text(0, 0);
    }
    std::string only_event_of_type(const std::string& event_type) {
        const db::Rows rows = connection.query("SELECT id FROM events WHERE event_type = ?", {event_type});
        return rows.size() == 1 ? event(rows.number(0, 0)) : std::to_string(rows.size()) + " events";
    }
    std::uint64_t count(const std::string& table) {
        return connection.query("SELECT COUNT(*) FROM " + table).number(0, 0);
    }
};

// Returns these ids one after the other, then new ones.
db::IdSource these(std::initializer_list<model::Id> ids) {
    return [queue = std::deque<model::Id>(ids)]() mutable {
        if (queue.empty()) return model::generate_id();
        const model::Id id = queue.front();
        queue.pop_front();
        return id;
    };
}

template <class Call>
void check_refused(const Call& call, std::string_view message) {
    BOOST_CHECK_EXCEPTION(call(), db::Refused, [message](const db::Refused& refused) {
        BOOST_TEST_INFO(refused.what());
        return std::string_view(refused.what()).find(message) != std::string_view::npos;
    });
}

std::string shop_content(model::Id id) {
    return "{\"id\":\"" + model::to_base58(id) + "\",\"name\":\"Shop\",\"url\":\"https://shop.example.com\"}";
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(accounts_are_created_and_listed, Fixture) {
    const db::Account second = store.create_account("M\xC3\xBC \xF0\x9F\x98\x80");
    const auto accounts = store.list_accounts();
    BOOST_REQUIRE(accounts.size() == 2U);
    BOOST_TEST(accounts[0].id == account.id);
    BOOST_TEST(accounts[0].name == "Example");
    BOOST_TEST(accounts[0].created_at == account.created_at);
    BOOST_TEST(accounts[1].id == second.id);
    BOOST_TEST(accounts[1].name == "M\xC3\xBC \xF0\x9F\x98\x80");
    BOOST_TEST(account.created_at.size() == std::string_view("2026-01-31T16:32:17.238553Z").size());
    BOOST_TEST(account.created_at.ends_with('Z'));
    BOOST_TEST(count("events") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_user_is_created_with_its_event, Fixture) {
    const db::User user = store.create_user(account.id, "ana@example.com", "Ana \"A\"");
    BOOST_TEST(user.account_id == account.id);
    BOOST_TEST(user.email == "ana@example.com");
    BOOST_TEST(user.name == "Ana \"A\"");
    const model::Id event_id =
        connection.query("SELECT created_event_id FROM users WHERE id = ?", {user.id}).number(0, 0);
    BOOST_TEST(event(event_id) == "user_created " + std::to_string(account.id) + " - {\"id\":\"" +
                                      model::to_base58(user.id) +
                                      "\",\"email\":\"ana@example.com\",\"name\":\"Ana \\\"A\\\"\"}");
    BOOST_TEST(store.list_users(account.id).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_email_address_is_used_once_in_an_account, Fixture) {
    store.create_user(account.id, "ana@example.com", "Ana");
    check_refused([&] { store.create_user(account.id, "ana@example.com", "Another"); },
                  "e-mail address already");
    BOOST_TEST(count("users") == 1U);
    BOOST_TEST(count("events") == 1U);
    const db::Account other = store.create_account("Other");
    BOOST_TEST(store.create_user(other.id, "ana@example.com", "Ana").account_id == other.id);
}

BOOST_FIXTURE_TEST_CASE(a_user_needs_an_account, Fixture) {
    check_refused([&] { store.create_user(kNobody, "ana@example.com", "Ana"); }, "no such account: 11111111");
    check_refused([&] { store.list_users(kNobody); }, "no such account");
    BOOST_TEST(count("events") == 0U);
}

BOOST_FIXTURE_TEST_CASE(an_account_is_renamed, Fixture) {
    const db::Account renamed = store.rename_account(account.id, "Other");
    BOOST_TEST(renamed.name == "Other");
    BOOST_TEST(renamed.created_at == account.created_at);
    BOOST_TEST(store.find_account(account.id).name == "Other");
    check_refused([&] { store.rename_account(kNobody, "x"); }, "no such account");
    check_refused([&] { static_cast<void>(store.find_account(kNobody)); }, "no such account");
}

BOOST_FIXTURE_TEST_CASE(an_account_that_is_being_deleted_gets_nothing_new, Fixture) {
    const db::User user = store.create_user(account.id, "ana@example.com", "Ana");
    connection.execute_text("UPDATE accounts SET deleted_at = UTC_TIMESTAMP(6)");
    check_refused([&] { store.create_user(account.id, "bob@example.com", "Bob"); }, "no such account");
    check_refused([&] { store.create_target(account.id, "Shop", "https://shop.example.com"); },
                  "no such account");
    check_refused([&] { store.create_key(user.id, "k", base::sha256("a"), std::nullopt); }, "no such user");
    check_refused([&] { store.rename_account(account.id, "x"); }, "no such account");
    BOOST_TEST(store.list_accounts().at(0).deleted_at.has_value());
}

BOOST_FIXTURE_TEST_CASE(a_user_is_renamed, Fixture) {
    const db::User ana = store.create_user(account.id, "ana@example.com", "Ana");
    const db::User ben = store.create_user(account.id, "ben@example.com", "Ben");
    db::User renamed = store.rename_user(ana.id, "Ana Lima", std::nullopt);
    BOOST_TEST(renamed.name == "Ana Lima");
    BOOST_TEST(renamed.email == "ana@example.com");
    renamed = store.rename_user(ana.id, std::nullopt, "lima@example.com");
    BOOST_TEST(renamed.name == "Ana Lima");
    BOOST_TEST(renamed.email == "lima@example.com");
    BOOST_TEST(store.rename_user(ana.id, "Ana", "lima@example.com").email == "lima@example.com");
    check_refused([&] { store.rename_user(ana.id, std::nullopt, "ben@example.com"); },
                  "e-mail address already: ben@example.com");
    check_refused([&] { store.rename_user(kNobody, "x", std::nullopt); }, "no such user");
    BOOST_TEST(store.list_users(account.id).at(1).email == ben.email);
}

BOOST_FIXTURE_TEST_CASE(a_deleted_user_leaves_a_row_without_name_and_address, Fixture) {
    const db::User user = store.create_user(account.id, "ana@example.com", "Ana");
    store.create_key(user.id, "build", base::sha256("a"), std::nullopt);
    const db::ApiKey revoked =
        store.revoke_key(store.create_key(user.id, "old", base::sha256("b"), std::nullopt).id);
    BOOST_TEST(store.delete_user(user.id).email == "ana@example.com");
    const auto keys = store.list_keys_of_account(account.id);
    BOOST_REQUIRE(keys.size() == 2U);
    BOOST_TEST(keys[0].state == "revoked");
    BOOST_TEST(keys[1].revoked_at.value_or("") == revoked.revoked_at.value_or("-"));

    const std::string id = model::to_base58(user.id);
    const db::Rows rows = connection.query_text("SELECT email, name FROM users");
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows.text(0, 0) == id + "@deleted.invalid");
    BOOST_TEST(rows.text(0, 1) == "Deleted user");
    const std::string begin = " " + std::to_string(account.id) + " - {\"id\":\"" + id + "\",\"email\":\"";
    BOOST_TEST(only_event_of_type("user_deleted") ==
               "user_deleted" + begin + "ana@example.com\",\"name\":\"Ana\"}");
    BOOST_TEST(only_event_of_type("user_created") ==
               "user_created" + begin + id + "@deleted.invalid\",\"name\":\"Deleted user\"}");

    BOOST_TEST(store.list_users(account.id).empty());
    for (const model::Id gone : {user.id, kNobody}) {
        check_refused([&] { store.delete_user(gone); }, "no such user");
        check_refused([&] { store.rename_user(gone, "x", std::nullopt); }, "no such user");
        check_refused([&] { store.create_key(gone, "k", base::sha256("c"), std::nullopt); }, "no such user");
    }
    // The address is free again.
    BOOST_TEST(store.create_user(account.id, "ana@example.com", "Ana").id != user.id);
}

BOOST_FIXTURE_TEST_CASE(a_key_is_stored_as_its_digest, Fixture) {
    const db::User user = store.create_user(account.id, "ana@example.com", "Ana");
    const db::ApiKey key = store.create_key(user.id, "build", base::sha256("abc"), std::nullopt);
    BOOST_TEST(key.account_id == account.id);
    BOOST_TEST(key.user_id == user.id);
    BOOST_TEST(key.name == "build");
    BOOST_TEST(key.state == "active");
    BOOST_TEST(!key.expires_at.has_value());
    BOOST_TEST(!key.revoked_at.has_value());
    const db::Rows rows = connection.query("SELECT LOWER(HEX(digest)) FROM api_keys WHERE id = ?", {key.id});
    BOOST_TEST(rows.text(0, 0) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_FIXTURE_TEST_CASE(a_key_may_expire, Fixture) {
    const db::User user = store.create_user(account.id, "ana@example.com", "Ana");
    const std::string future = "2999-01-31T12:34:56.000789Z";
    const db::ApiKey key = store.create_key(user.id, "build", base::sha256("a"), future);
    BOOST_TEST(key.expires_at.value_or("") == future);
    BOOST_TEST(key.state == "active");
    connection.execute("UPDATE api_keys SET expires_at = '2001-01-01'");
    BOOST_TEST(store.list_keys_of_user(user.id).at(0).state == "expired");
    check_refused(
        [&] { store.create_key(user.id, "late", base::sha256("b"), "2001-01-31T00:00:00.000000Z"); },
        "expired already");
    BOOST_TEST(count("api_keys") == 1U);
}

BOOST_FIXTURE_TEST_CASE(keys_are_listed_by_account_and_by_user, Fixture) {
    const db::User ana = store.create_user(account.id, "ana@example.com", "Ana");
    const db::User ben = store.create_user(account.id, "ben@example.com", "Ben");
    store.create_key(ana.id, "1", base::sha256("1"), std::nullopt);
    store.create_key(ben.id, "2", base::sha256("2"), std::nullopt);
    BOOST_TEST(store.list_keys_of_account(account.id).size() == 2U);
    BOOST_REQUIRE(store.list_keys_of_user(ben.id).size() == 1U);
    BOOST_TEST(store.list_keys_of_user(ben.id)[0].name == "2");
    check_refused([&] { store.list_keys_of_account(kNobody); }, "no such account");
    check_refused([&] { store.list_keys_of_user(kNobody); }, "no such user");
    check_refused([&] { store.create_key(kNobody, "3", base::sha256("3"), std::nullopt); }, "no such user");
}

BOOST_FIXTURE_TEST_CASE(a_key_has_rights_and_may_be_limited_to_targets, Fixture) {
    const model::Id user = store.create_user(account.id, "ana@example.com", "Ana").id;
    const model::Id shop = store.create_target(account.id, "Shop", "https://shop.example.com").id;
    const model::Id blog = store.create_target(account.id, "Blog", "https://blog.example.com").id;
    const auto plain = store.create_key(user, "plain", base::sha256("1"), std::nullopt);
    BOOST_TEST(model::format_rights(plain.scope.rights) == "read,manage");
    BOOST_TEST(plain.scope.targets.empty());
    const auto limited = store.create_key(user, "limited", base::sha256("2"), std::nullopt,
                                          {.rights = {model::Right::kPublish}, .targets = {blog, shop}});
    BOOST_TEST(model::format_rights(limited.scope.rights) == "publish");
    BOOST_CHECK(limited.scope.targets == (std::vector<model::Id>{shop, blog}));
    for (const auto& keys : {store.list_keys_of_user(user), store.list_keys_of_account(account.id)}) {
        BOOST_REQUIRE(keys.size() == 2U);
        BOOST_TEST(keys[0].scope.targets.empty());
        BOOST_CHECK(keys[1].scope.targets == limited.scope.targets);
    }
    BOOST_CHECK(store.revoke_key(limited.id).scope.targets == limited.scope.targets);

    const auto may = [this](const std::string& key, std::optional<model::Id> target, model::Right right) {
        const auto outcome = db::check_access(connection, {base::sha256(key), {target}}, right);
        return std::holds_alternative<model::Caller>(outcome);
    };
    BOOST_TEST(may("1", std::nullopt, model::Right::kManage));
    BOOST_TEST(!may("1", shop, model::Right::kPublish));
    store.create_key(user, "active", base::sha256("3"), std::nullopt,
                     {.rights = {model::Right::kPublish}, .targets = {shop}});
    BOOST_TEST(may("3", shop, model::Right::kPublish));
    BOOST_TEST(!may("3", shop, model::Right::kRead));
    BOOST_TEST(!may("3", blog, model::Right::kPublish));
    BOOST_TEST(!may("3", std::nullopt, model::Right::kPublish));
}

BOOST_FIXTURE_TEST_CASE(a_key_is_limited_to_targets_of_its_account, Fixture) {
    const model::Id user = store.create_user(account.id, "ana@example.com", "Ana").id;
    const model::Id shop = store.create_target(account.id, "Shop", "https://shop.example.com").id;
    const model::Id gone = store.create_target(account.id, "Gone", "https://gone.example.com").id;
    store.delete_target(gone);
    const model::Id foreign =
        store.create_target(store.create_account("Other").id, "Other", "https://other.example.com").id;
    for (const model::Id target : {gone, foreign, kNobody}) {
        check_refused(
            [&] {
                store.create_key(user, "k", base::sha256("k"), std::nullopt, {.targets = {shop, target}});
            },
            "the user's account has no such target: " + model::to_base58(target));
    }
    BOOST_TEST(count("api_keys") == 0U);
    BOOST_TEST(count("api_key_targets") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_key_is_revoked_once, Fixture) {
    const db::User user = store.create_user(account.id, "ana@example.com", "Ana");
    const model::Id key = store.create_key(user.id, "build", base::sha256("a"), std::nullopt).id;
    const db::ApiKey revoked = store.revoke_key(key);
    BOOST_TEST(revoked.state == "revoked");
    BOOST_REQUIRE(revoked.revoked_at.has_value());
    check_refused([&] { store.revoke_key(key); }, "revoked already, at " + *revoked.revoked_at);
    check_refused([&] { store.revoke_key(kNobody); }, "no such key");
}

BOOST_FIXTURE_TEST_CASE(a_target_is_created_with_its_greeting, Fixture) {
    const db::Target target = store.create_target(account.id, "Shop", "https://shop.example.com");
    BOOST_TEST(target.account_id == account.id);
    BOOST_TEST(target.name == "Shop");
    BOOST_TEST(target.url == "https://shop.example.com");
    BOOST_TEST(!target.verified_at.has_value());
    const model::Id event_id =
        connection.query("SELECT created_event_id FROM targets WHERE id = ?", {target.id}).number(0, 0);
    BOOST_TEST(event(event_id) == "target_created " + std::to_string(account.id) + " " +
                                      std::to_string(target.id) + " " + shop_content(target.id));
    check_refused([&] { store.create_target(kNobody, "Shop", "https://shop.example.com"); },
                  "no such account");
    BOOST_TEST(count("events") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_target_is_verified_once, Fixture) {
    const model::Id target = store.create_target(account.id, "Shop", "https://shop.example.com").id;
    const db::Target verified = store.verify_target(target);
    BOOST_REQUIRE(verified.verified_at.has_value());
    BOOST_TEST(only_event_of_type("target_verified") == "target_verified " + std::to_string(account.id) +
                                                            " " + std::to_string(target) + " " +
                                                            shop_content(target));
    check_refused([&] { store.verify_target(target); }, "verified already, at " + *verified.verified_at);
    check_refused([&] { store.verify_target(kNobody); }, "no such target");
    BOOST_TEST(count("events") == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_target_is_renamed, Fixture) {
    const model::Id target = store.create_target(account.id, "Shop", "https://shop.example.com").id;
    BOOST_TEST(store.rename_target(target, "Web shop").name == "Web shop");
    BOOST_TEST(store.list_targets(account.id).at(0).name == "Web shop");
    BOOST_TEST(only_event_of_type("target_created").ends_with(shop_content(target)));
    store.delete_target(target);
    check_refused([&] { store.rename_target(target, "x"); }, "no such target");
    check_refused([&] { store.rename_target(kNobody, "x"); }, "no such target");
}

BOOST_FIXTURE_TEST_CASE(a_deleted_target_keeps_only_its_row, Fixture) {
    const model::Id target = store.create_target(account.id, "Shop", "https://shop.example.com").id;
    const model::Id other = store.create_target(account.id, "Blog", "https://blog.example.com").id;
    BOOST_TEST(store.list_targets(account.id).size() == 2U);
    store.delete_target(target);
    BOOST_TEST(only_event_of_type("target_deleted") == "target_deleted " + std::to_string(account.id) + " " +
                                                           std::to_string(target) + " " +
                                                           shop_content(target));
    check_refused([&] { store.delete_target(target); }, "no such target: " + model::to_base58(target));
    check_refused([&] { store.verify_target(target); }, "no such target");
    BOOST_REQUIRE(store.list_targets(account.id).size() == 1U);
    BOOST_TEST(store.list_targets(account.id)[0].id == other);
    BOOST_TEST(count("targets") == 2U);
    BOOST_TEST(count("events") == 3U);
    check_refused([&] { store.list_targets(kNobody); }, "no such account");
}

BOOST_FIXTURE_TEST_CASE(ids_that_are_taken_are_generated_again, Fixture) {
    const db::User ana = store.create_user(account.id, "ana@example.com", "Ana");
    const model::Id event_of_ana =
        connection.query("SELECT created_event_id FROM users WHERE id = ?", {ana.id}).number(0, 0);

    db::AdminStore unlucky(connection, these({account.id, 21,         // an account
                                              ana.id, 22,             // a user
                                              event_of_ana, 23,       // its event
                                              24, 24, 25, 23, 26}));  // a key, a key, a target, its event
    BOOST_TEST(unlucky.create_account("Second").id == 21U);
    const db::User ben = unlucky.create_user(21, "ana@example.com", "Ben");
    BOOST_TEST(ben.id == 22U);
    BOOST_TEST(event(23).starts_with("user_created 21 - "));
    BOOST_TEST(unlucky.create_key(22, "first", base::sha256("1"), std::nullopt).id == 24U);
    BOOST_TEST(unlucky.create_key(22, "second", base::sha256("2"), std::nullopt).id == 25U);
    db::AdminStore lucky(connection, these({31, 23, 32}));
    BOOST_TEST(lucky.create_target(21, "Shop", "https://shop.example.com").id == 31U);
    BOOST_TEST(event(32) == "target_created 21 31 " + shop_content(31));
}

BOOST_FIXTURE_TEST_CASE(a_deadlock_is_tried_again_from_the_start, Fixture) {
    int generates = 0;
    // When the event's id is generated, the user's row is already inserted. There the deadlock occurs twice.
    db::AdminStore unlucky(connection, [&generates]() -> model::Id {
        ++generates;
        if (generates == 2 || generates == 4) throw db::Error(1213, "deadlock");
        return model::generate_id();
    });
    const db::User user = unlucky.create_user(account.id, "ana@example.com", "Ana");
    BOOST_TEST(generates == 6);
    BOOST_TEST(count("users") == 1U);
    BOOST_TEST(count("events") == 1U);
    BOOST_TEST(store.list_users(account.id).at(0).id == user.id);
}

BOOST_FIXTURE_TEST_CASE(deadlocks_without_end_and_other_errors_are_passed_on, Fixture) {
    int generates = 0;
    int code = 1213;
    db::AdminStore unlucky(connection, [&]() -> model::Id {
        if (++generates % 2 == 0) throw db::Error(code, "as told");
        return model::generate_id();
    });
    BOOST_CHECK_THROW(unlucky.create_user(account.id, "ana@example.com", "Ana"), db::Error);
    BOOST_TEST(generates == 10);
    generates = 0;
    code = 1054;
    BOOST_CHECK_THROW(unlucky.create_user(account.id, "ana@example.com", "Ana"), db::Error);
    BOOST_TEST(generates == 2);
    BOOST_TEST(count("users") == 0U);
    BOOST_TEST(count("events") == 0U);
}
