#define BOOST_TEST_MODULE test_event
#include "sql/webhooks/test_event.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "common/model/event_types.hpp"
#include "sql/events/counters.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using testing::number;

struct Fixture : testing::WebhookDatabase {
    [[nodiscard]] std::optional<model::Event> test(const model::Owner& owner, model::Id webhook,
                                                   const std::string& event_type) {
        db::Transaction transaction(connection);
        auto event = db::test_webhook(connection, {user.id, owner}, webhook, event_type);
        transaction.commit();
        return event;
    }
    [[nodiscard]] std::uint64_t generation(model::Id webhook) {
        return number(connection, "SELECT generation FROM webhooks WHERE id = ?", {webhook});
    }
};

bool is_test(const model::Event& event) {
    return event.content.starts_with("{\"id\":\"") && event.content.ends_with(",\"test\":true}");
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_type_is_recorded_and_goes_to_this_webhook_alone, Fixture) {
    for (const model::Owner& owner : {of_target(), of_account()}) {
        const model::Id webhook = add_webhook(owner);
        add_webhook(owner);
        for (const std::string_view type : model::kEventTypes) {
            const std::string event_type(type);
            const std::uint64_t before = db::count_events(connection, owner, event_type);
            const auto event = test(owner, webhook, event_type).value();
            BOOST_TEST(event.event_type == event_type);
            BOOST_TEST(is_test(event), event.content);
            BOOST_REQUIRE(event.deliveries.size() == 1U);
            BOOST_TEST(event.deliveries[0].webhook_id == webhook);
            BOOST_CHECK(event.deliveries[0].status == model::DeliveryStatus::kScheduled);
            BOOST_TEST(event.deliveries[0].next_try.has_value());
            BOOST_TEST(event.webhooks_count.value() == 1U);
            BOOST_TEST(db::count_events(connection, owner, event_type) == before + 1);
            BOOST_TEST(number(connection,
                              "SELECT COUNT(*) FROM events e JOIN deliveries d ON d.event_id = e.id AND"
                              " d.occurred_at = e.occurred_at AND d.account_id = e.account_id"
                              " WHERE e.id = ? AND e.account_id = ? AND e.target_id <=> ?",
                              {event.id, owner.account_id, db::nullable(owner.target_id)}) == 1U);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(the_content_is_the_object_at_hand, Fixture) {
    const model::Id of_the_target = add_webhook(of_target());
    const model::Id of_the_account = add_webhook(of_account());
    const std::string ana =
        R"({"id":")" + model::to_base58(user.id) + R"(","email":"ana@example.com","name":"Ana","test":true})";
    BOOST_TEST(test(of_account(), of_the_account, "user_deleted").value().content == ana);
    const std::string shop = R"({"id":")" + model::to_base58(target.id) + "\"";
    BOOST_TEST(test(of_target(), of_the_target, "target_verified").value().content.starts_with(shop));
    for (const std::string type : {"target_created", "scan_started", "finding_fixed"}) {
        const auto first = test(of_account(), of_the_account, type).value();
        BOOST_TEST(first.content != test(of_account(), of_the_account, type).value().content);
    }
}

BOOST_FIXTURE_TEST_CASE(a_greeting_is_of_the_owners_kind, Fixture) {
    BOOST_TEST(db::greeting_type(of_target()) == "target_created");
    BOOST_TEST(db::greeting_type(of_account()) == "user_created");
}

BOOST_FIXTURE_TEST_CASE(what_the_webhook_filters_does_not_matter, Fixture) {
    model::WebhookFields fields{.url = "https://example.com"};
    fields.event_types = model::parse_event_types("scan_failed").value();
    const model::Id webhook = add_webhook(of_target(), fields);
    BOOST_TEST(test(of_target(), webhook, "scan_started").value().deliveries.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_webhook_starts_afresh_and_what_waits_is_due, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    connection.execute(
        "UPDATE deliveries SET status = 2, next_try = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR"
        " WHERE webhook_id = ?",
        {webhook});
    BOOST_TEST(test(of_target(), webhook, "scan_started").has_value());
    BOOST_TEST(generation(webhook) > 0U);
    BOOST_TEST(number(connection,
                      "SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND next_try <= UTC_TIMESTAMP(6)",
                      {webhook}) == 2U);
}

BOOST_FIXTURE_TEST_CASE(the_delivery_of_a_disabled_webhook_has_failed, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    BOOST_TEST(db::disable_any_webhook(connection, webhook, "x").has_value());
    const auto event = test(of_target(), webhook, "scan_started").value();
    BOOST_CHECK(event.deliveries.at(0).status == model::DeliveryStatus::kFailed);
    BOOST_TEST(!event.deliveries.at(0).next_try.has_value());
    BOOST_TEST(number(connection,
                      "SELECT COUNT(*) FROM deliveries WHERE event_id = ? AND reason = 'disabled'",
                      {event.id}) == 1U);
    BOOST_TEST(generation(webhook) == 0U);
}

BOOST_FIXTURE_TEST_CASE(each_owner_tests_its_own, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    const std::uint64_t before = number(connection, "SELECT COUNT(*) FROM events");
    for (const model::Owner& neighbour : {of_account(), of_other_target(), of_other_account()}) {
        BOOST_TEST(!test(neighbour, webhook, "scan_started").has_value());
    }
    BOOST_TEST(db::remove_webhook(connection, of_target(), webhook));
    BOOST_TEST(!test(of_target(), webhook, "scan_started").has_value());
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM events") == before);
}

BOOST_FIXTURE_TEST_CASE(an_id_in_use_is_replaced, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    const model::Id used = test(of_target(), webhook, "scan_started").value().id;
    int tries = 0;
    db::Transaction transaction(connection);
    const auto event = db::test_webhook(connection, caller(), webhook, "scan_started",
                                        [&] { return tries++ == 0 ? used : model::generate_id(); });
    transaction.commit();
    BOOST_TEST(event.value().id != used);
    BOOST_TEST(tries == 2);
}

BOOST_FIXTURE_TEST_CASE(the_rights_of_the_api_and_the_operator_are_enough, Fixture) {
    const model::Id webhook = add_webhook(of_target());
    for (const char* const program : {"api", "admin"}) {
        db::Connection own(schema.settings_of(program));
        for (const std::string type : {"user_created", "target_created", "scan_started"}) {
            db::Transaction transaction(own);
            BOOST_TEST(db::test_webhook(own, caller(), webhook, type).has_value());
            transaction.commit();
        }
    }
}
