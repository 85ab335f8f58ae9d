#define BOOST_TEST_MODULE webhook_store
#include "sql/webhooks/webhook_store.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/events/counters.hpp"
#include "sql/events/event_store.hpp"
#include "sql/webhooks/test_event.hpp"
#include "sql/webhooks/webhook_secrets.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using testing::number;
using Fixture = testing::WebhookDatabase;

std::vector<model::Id> ids_of(const std::vector<model::Webhook>& webhooks) {
    std::vector<model::Id> ids;
    for (const model::Webhook& webhook : webhooks) ids.push_back(webhook.id);
    return ids;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_new_webhook_is_found_with_all_it_has, Fixture) {
    const model::Id id = add_webhook(of_target(), {.url = "https://ci.example.com/", .name = "M\xC3\xBC"});
    const auto webhook = db::find_webhook(connection, of_target(), id);
    BOOST_REQUIRE(webhook.has_value());
    BOOST_TEST(webhook->id == id);
    BOOST_TEST(webhook->owner.account_id == target.account_id);
    BOOST_TEST((webhook->owner.target_id == target.id));
    BOOST_TEST(webhook->fields.url == "https://ci.example.com/");
    BOOST_TEST(webhook->fields.name == "M\xC3\xBC");
    BOOST_TEST(webhook->fields.check_cert);
    BOOST_TEST(webhook->fields.api_version == "v1");
    BOOST_TEST(webhook->enabled);
    BOOST_TEST(!webhook->disabled_reason.has_value());
    BOOST_TEST(webhook->created_by.id == user.id);
    BOOST_TEST(webhook->created_by.email == "ana@example.com");
    BOOST_TEST(webhook->created_by.name == "Ana");
    BOOST_TEST(webhook->changed_at == webhook->created_at);
    BOOST_TEST(webhook->changed_by.id == user.id);
}

BOOST_FIXTURE_TEST_CASE(every_field_is_stored_and_changed, Fixture) {
    const auto set = [](auto& fields, std::string_view text, bool flag, std::string_view type_names) {
        const auto types = model::parse_event_types(type_names).value();
        model::for_each_webhook_field(
            [&](std::string_view, auto& value) {
                if constexpr (requires { value = text; }) {
                    value = text;
                } else if constexpr (requires { value = types; }) {
                    value = types;
                } else {
                    value = flag;
                }
            },
            fields);
    };
    model::WebhookFields fields;
    set(fields, "first", false, "");
    const model::Id id = add_webhook(of_target(), fields);
    BOOST_TEST((db::find_webhook(connection, of_target(), id).value().fields == fields));
    set(fields, "second", true, "scan_failed,finding_fixed");
    const auto changed = db::change_webhook(connection, caller(), id, model::replacement(fields));
    BOOST_TEST((changed.value().fields == fields));
}

BOOST_FIXTURE_TEST_CASE(each_owner_has_its_own, Fixture) {
    const model::Id of_the_target = add_webhook(of_target());
    const model::Id of_the_account = add_webhook(of_account());
    BOOST_TEST(db::find_webhook(connection, of_account(), of_the_account).has_value());
    for (const model::Owner& neighbour : {of_account(), of_other_target(), of_other_account()}) {
        const model::Caller caller{user.id, neighbour};
        BOOST_TEST(!db::find_webhook(connection, neighbour, of_the_target).has_value());
        BOOST_TEST(!db::change_webhook(connection, caller, of_the_target, {.name = "mine"}).has_value());
        BOOST_TEST(!db::change_webhook(connection, caller, of_the_target, {}).has_value());
        BOOST_TEST(!db::enable_webhook(connection, caller, of_the_target).has_value());
        BOOST_TEST(!db::webhook_secret(connection, cipher, neighbour, of_the_target, {}).has_value());
        BOOST_TEST(!db::rotate_webhook_secret(connection, cipher, neighbour, of_the_target, {}).has_value());
        BOOST_TEST(!db::remove_webhook(connection, neighbour, of_the_target));
    }
    BOOST_TEST(!db::find_webhook(connection, of_target(), of_the_account).has_value());
    BOOST_TEST(db::find_webhook(connection, of_target(), of_the_target).value().fields.name.empty());
}

BOOST_FIXTURE_TEST_CASE(lists_are_pages_newest_first, Fixture) {
    std::vector<model::Id> ids;
    for (int i = 0; i < 7; ++i) ids.push_back(add_webhook(of_target()));
    add_webhook(of_account());
    add_webhook(of_other_target());
    BOOST_TEST(db::remove_webhook(connection, of_target(), ids[3]));
    ids.erase(ids.begin() + 3);
    std::ranges::reverse(ids);

    const auto list = [&](const model::Owner& owner, const db::WebhookFilter& filter,
                          const db::ListSlice& slice) {
        std::vector<model::Id> found;
        const db::ListPart part = db::find_webhooks(connection, owner, filter, slice);
        for (const db::Position& position : part.found) found.push_back(position.id);
        const db::WebhookPart together = db::read_webhook_part(connection, owner, slice);
        BOOST_TEST((together.part.found == part.found && together.part.resume == part.resume));
        BOOST_TEST(ids_of(together.webhooks) == found, boost::test_tools::per_element());
        return found;
    };
    BOOST_TEST(db::count_webhooks(connection, of_target(), {}).count == 6U);
    BOOST_TEST(list(of_target(), {}, {std::nullopt, 0, 100}) == ids, boost::test_tools::per_element());
    BOOST_TEST(ids_of(db::read_webhooks(connection, ids)) == ids, boost::test_tools::per_element());
    const std::vector middle{ids[2], ids[3]};
    BOOST_TEST(list(of_target(), {}, {std::nullopt, 2, 2}) == middle, boost::test_tools::per_element());
    BOOST_TEST(list(of_target(), {}, {{{"", ids[1]}}, 0, 2}) == middle, boost::test_tools::per_element());
    BOOST_TEST(list(of_target(), {}, {std::nullopt, 5, 10}).size() == 1U);
    BOOST_TEST(list(of_target(), {}, {std::nullopt, 6, 10}).empty());
    BOOST_TEST(db::count_webhooks(connection, of_account(), {}).count == 1U);
    BOOST_TEST(db::count_webhooks(connection, of_other_account(), {}).count == 0U);
    BOOST_TEST(list(of_other_account(), {}, {}).empty());
}

BOOST_FIXTURE_TEST_CASE(lists_can_be_narrowed, Fixture) {
    const model::Id first = add_webhook(of_target(), {.url = "https://one.example.com/a%20b"});
    const model::Id second = add_webhook(of_target(), {.url = "https://two.example.com"});
    BOOST_TEST(db::disable_any_webhook(connection, second, "x").has_value());
    const auto list = [&](const db::WebhookFilter& filter) {
        const auto part = db::find_webhooks(connection, of_target(), filter, {});
        BOOST_TEST(db::count_webhooks(connection, of_target(), filter).count == part.found.size());
        return part.found.size() == 1 ? part.found[0].id : part.found.size();
    };
    BOOST_TEST(list({.enabled = true}) == first);
    BOOST_TEST(list({.enabled = false}) == second);
    BOOST_TEST(list({.url = "https://one.example.com/a%20b"}) == first);
    BOOST_TEST(list({.url = "https://ONE.example.com/a%20b"}) == 0U);
    BOOST_TEST(list({.url = "https://one.example.com/\u00e9"}) == 0U);
    BOOST_TEST(list({.enabled = true, .url = "https://two.example.com"}) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_change_touches_the_fields_it_names, Fixture) {
    const model::Id id = add_webhook(of_target(), {.url = "https://old.example.com/", .name = "old"});
    const auto before = db::find_webhook(connection, of_target(), id).value();
    const model::Caller other{other_user.id, of_target()};

    const auto renamed = db::change_webhook(connection, other, id, {.name = "n\xC3\xA9w"}).value();
    BOOST_TEST(renamed.fields.name == "n\xC3\xA9w");
    BOOST_TEST(renamed.fields.url == "https://old.example.com/");
    BOOST_TEST(renamed.fields.check_cert);
    BOOST_TEST(renamed.created_at == before.created_at);
    BOOST_TEST(renamed.created_by.id == user.id);
    BOOST_TEST(renamed.changed_at > before.created_at);
    BOOST_TEST(renamed.changed_by.id == other_user.id);
    BOOST_TEST(renamed.changed_by.email == "bob@example.com");

    const model::WebhookChange all{
        .url = "https://new.example.com/", .name = "", .check_cert = false, .api_version = "v1"};
    const auto changed = db::change_webhook(connection, caller(), id, all).value();
    BOOST_TEST(changed.fields.url == "https://new.example.com/");
    BOOST_TEST(changed.fields.name.empty());
    BOOST_TEST(!changed.fields.check_cert);
    BOOST_TEST(changed.changed_by.id == user.id);

    const auto same = db::change_webhook(connection, other, id, {}).value();
    BOOST_TEST(same.changed_at == changed.changed_at);
    BOOST_TEST(same.changed_by.id == user.id);
    BOOST_TEST(db::change_webhook(connection, other, id, {.check_cert = true}).value().fields.check_cert);
}

BOOST_FIXTURE_TEST_CASE(nothing_changes_unless_the_condition_holds, Fixture) {
    const model::Id id = add_webhook(of_target(), {.url = "https://old.example.com/", .name = "old"});
    const auto never = [](const model::Webhook& found) { return found.fields.name != "old"; };
    BOOST_TEST(!db::change_webhook(connection, caller(), id, {.name = "new"}, never).has_value());
    BOOST_TEST(!db::change_webhook(connection, caller(), id, {}, never).has_value());
    BOOST_TEST(!db::remove_webhook(connection, of_target(), id, never));
    BOOST_TEST(db::find_webhook(connection, of_target(), id).value().fields.name == "old");
    const auto is_old = [](const model::Webhook& found) { return found.fields.name == "old"; };
    BOOST_TEST(db::change_webhook(connection, caller(), id, {.name = "new"}, is_old).value().fields.name ==
               "new");
    BOOST_TEST(!db::change_webhook(connection, caller(), id, {.name = "newer"}, is_old).has_value());
    BOOST_TEST(!db::remove_webhook(connection, of_target(), id, is_old));
    BOOST_TEST(db::remove_webhook(connection, of_target(), id, never));
}

BOOST_FIXTURE_TEST_CASE(a_removed_webhook_keeps_no_address_name_or_secret, Fixture) {
    const model::Id id =
        add_webhook(of_target(), {.url = "https://ana:password@example.com/", .name = "mine"});
    BOOST_TEST(db::rotate_webhook_secret(connection, cipher, of_target(), id, {}).has_value());
    BOOST_TEST(db::disable_any_webhook(connection, id, "Too many failures.").has_value());
    BOOST_TEST(db::remove_webhook(connection, of_target(), id));
    BOOST_TEST(number(connection,
                      "SELECT COUNT(*) FROM webhooks WHERE id = ? AND url = '' AND name = '' AND secret = ''"
                      " AND disabled_reason IS NULL",
                      {id}) == 1U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM retired_secrets WHERE webhook_id = ?", {id}) == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_removed_webhook_is_gone_but_for_its_history, Fixture) {
    const model::Id id = add_webhook(of_target());
    record("scan_started");
    record("scan_completed");
    connection.execute(
        "UPDATE deliveries d JOIN events e ON e.id = d.event_id SET d.status = 1, d.next_try = NULL"
        " WHERE d.webhook_id = ? AND e.event_type = 'scan_started'",
        {id});
    const std::uint64_t others = add_webhook(of_target());
    record("scan_failed");

    BOOST_TEST(db::remove_webhook(connection, of_target(), id));
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ?", {id}) == 1U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ?", {others}) == 2U);
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM webhooks WHERE id = ? AND deleted_at IS NOT NULL",
                      {id}) == 1U);
    BOOST_TEST(db::count_webhooks(connection, of_target()) == 1U);

    BOOST_TEST(!db::find_webhook(connection, of_target(), id).has_value());
    BOOST_TEST(!db::find_any_webhook(connection, id).has_value());
    BOOST_TEST(!db::change_webhook(connection, caller(), id, {.name = "late"}).has_value());
    BOOST_TEST(!db::webhook_secret(connection, cipher, of_target(), id, {}).has_value());
    BOOST_TEST(!db::enable_any_webhook(connection, id).has_value());
    BOOST_TEST(!db::disable_any_webhook(connection, id, "late").has_value());
    BOOST_TEST(!db::remove_webhook(connection, of_target(), id));
    BOOST_TEST(db::count_webhooks(connection, of_target()) == 1U);
    record("scan_canceled");
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ?", {id}) == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_starts_afresh_by_what_makes_earlier_outcomes_worthless, Fixture) {
    const model::Id id = add_webhook(of_target(), {.url = "https://ci.example.com/", .name = ""});
    const auto generation = [&] {
        return number(connection, "SELECT generation FROM webhooks WHERE id = ?", {id});
    };
    std::uint64_t before = generation();
    BOOST_TEST(before == 0U);
    const auto started = [&] {
        const std::uint64_t now = generation();
        return std::exchange(before, now) < now;
    };
    const auto change = [&](const model::WebhookChange& fields) {
        BOOST_TEST(db::change_webhook(connection, caller(), id, fields).has_value());
    };
    change({.url = "https://ci.example.com/", .name = "x", .check_cert = true});
    BOOST_TEST(!started());
    change({.url = "https://ci.example.com/new"});
    BOOST_TEST(started());
    change({.check_cert = false});
    BOOST_TEST(started());
    (void)db::webhook_secret(connection, cipher, of_target(), id, {});
    BOOST_TEST(!started());
    BOOST_TEST(db::enable_webhook(connection, caller(), id).has_value());
    BOOST_TEST(started());
    BOOST_TEST(db::enable_any_webhook(connection, id).has_value());
    BOOST_TEST(started());
    change({.enabled = true});
    BOOST_TEST(!started());
    change({.enabled = false});
    BOOST_TEST(!started());
    change({.enabled = true});
    BOOST_TEST(started());
    change({.event_types = model::parse_event_types("scan_failed")});
    BOOST_TEST(!started());
    // Independently of the clock.
    connection.execute("UPDATE webhooks SET generation = ? WHERE id = ?", {std::uint64_t{1} << 62, id});
    BOOST_TEST(started());
    BOOST_TEST(db::enable_webhook(connection, caller(), id).has_value());
    BOOST_TEST(started());
}

BOOST_FIXTURE_TEST_CASE(how_long_it_has_failed_is_forgotten_with_its_receiver, Fixture) {
    const model::Id id = add_webhook(of_target(), {.url = "https://ci.example.com/", .name = ""});
    const auto fails = [&] { return number(connection, "SELECT COUNT(*) FROM failing_webhooks", {}) == 1; };
    const auto fail = [&] {
        connection.execute(
            "REPLACE INTO failing_webhooks (webhook_id, since) VALUES (?, '2026-03-01 09:00:00.5')", {id});
    };
    fail();
    BOOST_TEST(db::find_any_webhook(connection, id)->failing_since.value() == "2026-03-01T09:00:00.500000Z");
    // A failure after these would be one more.
    BOOST_TEST(db::change_webhook(connection, caller(), id, {.name = "x"}).has_value());
    {
        db::Transaction transaction(connection);
        BOOST_TEST(db::test_webhook(connection, caller(), id, "scan_started").has_value());
        transaction.commit();
    }
    BOOST_TEST(db::disable_any_webhook(connection, id, "Why not?").has_value());
    BOOST_TEST(fails());
    BOOST_TEST(!db::enable_webhook(connection, caller(), id)->failing_since);
    BOOST_TEST(!fails());
    fail();
    BOOST_TEST(db::change_webhook(connection, caller(), id, {.enabled = false})->failing_since.has_value());
    BOOST_TEST(!db::change_webhook(connection, caller(), id, {.enabled = true})->failing_since);
    BOOST_TEST(!fails());
    fail();
    BOOST_TEST(!db::enable_any_webhook(connection, id)->failing_since);
    BOOST_TEST(!fails());
    fail();
    BOOST_TEST(
        !db::change_webhook(connection, caller(), id, {.url = "https://a.example.com"})->failing_since);
    BOOST_TEST(!fails());
    fail();
    BOOST_TEST(!db::change_webhook(connection, caller(), id, {.check_cert = false})->failing_since);
    BOOST_TEST(!fails());
    fail();
    BOOST_TEST(db::remove_webhook(connection, of_target(), id));
    BOOST_TEST(!fails());
}

BOOST_FIXTURE_TEST_CASE(thousands_of_scheduled_deliveries_are_dropped, Fixture) {
    const model::Id id = add_webhook(of_target());
    connection.execute(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
        " SELECT seq.n, ?, 1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM (WITH RECURSIVE s (n) AS"
        " (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 950) SELECT n FROM s) seq",
        {id});
    for (const std::uint64_t offset : {1000ULL, 2000ULL, 4000ULL}) {
        connection.execute(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, next_try)"
            " SELECT event_id + ?, webhook_id, account_id, occurred_at, next_try FROM deliveries"
            " WHERE webhook_id = ? AND event_id < 8000",
            {offset, id});
    }
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ?", {id}) == 7601U);
    BOOST_TEST(db::remove_webhook(connection, of_target(), id));
    // However slow the machine is, the first ones are dropped with the webhook itself.
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ?", {id}) <= 6601U);
}

BOOST_FIXTURE_TEST_CASE(a_disabled_webhook_tells_why_until_it_is_enabled, Fixture) {
    const model::Id id = add_webhook(of_target());
    const auto before = db::find_any_webhook(connection, id).value();
    const auto disabled = db::disable_any_webhook(connection, id, "Too many failures.").value();
    BOOST_TEST(!disabled.enabled);
    BOOST_TEST(disabled.disabled_reason.value() == "Too many failures.");
    BOOST_TEST(disabled.changed_at == before.changed_at);

    const auto enabled = db::enable_webhook(connection, {other_user.id, of_target()}, id).value();
    BOOST_TEST(enabled.enabled);
    BOOST_TEST(!enabled.disabled_reason.has_value());
    BOOST_TEST(enabled.changed_by.id == other_user.id);
    BOOST_TEST(enabled.changed_at > before.changed_at);

    const auto again = db::enable_webhook(connection, caller(), id).value();
    BOOST_TEST(again.changed_by.id == other_user.id);
    BOOST_TEST(again.changed_at == enabled.changed_at);

    const auto by_user =
        db::disable_webhook(connection, {other_user.id, of_target()}, id, "No more.").value();
    BOOST_TEST(!by_user.enabled);
    BOOST_TEST(by_user.disabled_reason.value() == "No more.");
    BOOST_TEST(by_user.changed_at > again.changed_at);
    BOOST_TEST(!db::disable_webhook(connection, {user.id, of_account()}, id, "x").has_value());
    BOOST_TEST(!db::disable_any_webhook(connection, id, "Once more.").value().enabled);
    const auto by_operator = db::enable_any_webhook(connection, id).value();
    BOOST_TEST(by_operator.enabled);
    BOOST_TEST(!by_operator.disabled_reason.has_value());
    BOOST_TEST(by_operator.changed_by.id == other_user.id);
}

BOOST_FIXTURE_TEST_CASE(a_change_can_disable_and_enable, Fixture) {
    const model::Id id = add_webhook(of_target());
    const auto change = [&](const model::WebhookChange& fields) {
        return db::change_webhook(connection, caller(), id, fields).value();
    };
    const auto disabled = change({.enabled = false});
    BOOST_TEST(!disabled.enabled);
    BOOST_TEST(disabled.disabled_reason.value() == "disabled by a user");
    BOOST_TEST(!change({.name = "x"}).enabled);
    const auto enabled = change({.enabled = true});
    BOOST_TEST(enabled.enabled);
    BOOST_TEST(!enabled.disabled_reason.has_value());

    (void)db::disable_any_webhook(connection, id, "Too many failures.");
    BOOST_TEST(change({.enabled = false}).disabled_reason.value() == "Too many failures.");
}

BOOST_FIXTURE_TEST_CASE(the_rights_of_the_api_are_enough, Fixture) {
    db::Connection api(schema.settings_of("api"));
    const model::Id id = add_webhook(of_target());
    BOOST_TEST(db::count_webhooks(api, of_target(), {}).count == 1U);
    BOOST_TEST(db::change_webhook(api, caller(), id, {.name = "x"}).has_value());
    BOOST_TEST(db::enable_webhook(api, caller(), id).has_value());
    BOOST_TEST(db::disable_webhook(api, caller(), id, "x").has_value());
    for (int i = 0; i < 12; ++i) {
        BOOST_TEST(db::rotate_webhook_secret(api, cipher, of_target(), id, {}).has_value());
    }
    BOOST_TEST(db::webhook_secret(api, cipher, of_target(), id, {}).has_value());
    BOOST_TEST(db::remove_webhook(api, of_target(), id));
}

BOOST_FIXTURE_TEST_CASE(the_rights_of_the_operator_are_enough, Fixture) {
    db::Connection admin(schema.settings_of("admin"));
    const model::Id id = add_webhook(of_target());
    BOOST_TEST(db::count_webhooks(admin, of_target(), {}).count == 1U);
    BOOST_TEST(db::find_any_webhook(admin, id).has_value());
    BOOST_TEST(db::disable_any_webhook(admin, id, "No more.").has_value());
    BOOST_TEST(db::enable_any_webhook(admin, id).has_value());
}
