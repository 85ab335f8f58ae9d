#define BOOST_TEST_MODULE repeat
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "common/base/sha256.hpp"
#include "common/model/event_json.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "sql/group_commit/group_commit.hpp"
#include "sql/webhooks/idempotency.hpp"
#include "tests/support/waiting_writes.hpp"
#include "tests/support/webhook_database.hpp"

// Writes with an Idempotency-Key, and publications with many webhooks.

namespace {

using namespace std::chrono_literals;
using testing::number;
using testing::WaitingWrites;
using Request = std::shared_ptr<testing::WaitingRequest>;

constexpr std::chrono::milliseconds kPatience = 30s;

void ignore(std::string_view /*event*/, std::string_view /*detail*/) {}

struct Fixture : testing::WebhookDatabase {
    Fixture() {
        db::AdminStore(connection)
            .create_key(user.id, "key", base::sha256("secret"), std::nullopt,
                        {.rights = {model::Right::kManage, model::Right::kPublish}});
        add_webhook(of_target());
    }

    db::GroupCommit::Settings settings(std::chrono::milliseconds patience = kPatience) {
        return {.connection = schema.settings(), .patience = patience};
    }

    db::Publication publication(const std::optional<std::string>& key = std::nullopt,
                                const std::string& request = "a request") const {
        db::Publication wanted{
            .key = base::sha256("secret"),
            .scope = {target.id},
            .event = db::PublishedEvent{.event_type = "scan_started", .content = "{}", .occurred_at = {}}};
        if (key) wanted.once = {base::sha256(*key), base::sha256(request)};
        return wanted;
    }

    db::Registration registration(const std::string& key, const std::string& request = "a request") const {
        return {.key = base::sha256("secret"),
                .scope = {target.id},
                .webhook = model::WebhookFields{.url = "https://ci.example.com/"},
                .once = db::IdempotentUse{base::sha256(key), base::sha256(request)}};
    }

    std::uint64_t registered() {
        return number(connection, "SELECT COUNT(*) FROM webhooks WHERE url = 'https://ci.example.com/'");
    }

    std::uint64_t published() {
        return number(connection, "SELECT COUNT(*) FROM events WHERE event_type = 'scan_started'");
    }

    // Another transaction that has claimed the key, but has not ended.
    db::IdempotencyKey claim(db::Connection& other, const std::string& key) {
        const db::IdempotencyKey claimed{target.account_id, base::sha256(key), base::sha256("a request")};
        BOOST_CHECK(std::holds_alternative<db::FirstUse>(db::claim_idempotency_key(other, claimed)));
        return claimed;
    }

    void fill(std::uint64_t webhooks) {
        db::SqlText statement(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
            " created_at, created_by) VALUES ");
        std::uint64_t id = 0;
        statement.list(", ", std::vector<int>(webhooks), [&](int) {
            statement.sql("(").number(++id).sql(", ").number(target.account_id).sql(", ").number(target.id);
            statement.sql(", '', '', TRUE, 'v1', '', '2020-01-01', 1)");
        });
        connection.execute_text(statement.str());
        connection.execute("UPDATE counters SET n = n + ? WHERE owner = 'target' AND what = 'webhook'",
                           {webhooks});
    }
};

std::string response_of(const db::WriteOutcome& outcome) {
    if (const auto* const event = std::get_if<model::Event>(&outcome)) return model::event_to_json(*event);
    BOOST_REQUIRE(std::holds_alternative<db::AnsweredBefore>(outcome));
    return std::get<db::AnsweredBefore>(outcome).response;
}

bool is_first(const db::WriteOutcome& outcome) {
    return std::holds_alternative<model::Event>(outcome);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_repeat_gets_the_answer_of_the_first, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    const auto first = writes.submit(publication("k"));
    BOOST_TEST(is_first(first));
    const auto repeat = writes.submit(publication("k"));
    BOOST_TEST(!is_first(repeat));
    BOOST_TEST(response_of(repeat) == response_of(first));
    BOOST_TEST(std::get<db::AnsweredBefore>(repeat).object_id == std::get<model::Event>(first).id);
    BOOST_CHECK(std::holds_alternative<db::OtherRequest>(writes.submit(publication("k", "another request"))));
    BOOST_TEST(is_first(writes.submit(publication("K"))));
    BOOST_TEST(published() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_key_is_free_again_after_24_hours, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    BOOST_TEST(is_first(writes.submit(publication("k"))));
    connection.execute_text("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 1 DAY");
    BOOST_TEST(is_first(writes.submit(publication("k", "another request"))));
    BOOST_CHECK(std::holds_alternative<db::OtherRequest>(writes.submit(publication("k"))));
    BOOST_TEST(published() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_refused_request_uses_no_key, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    auto wanted = publication("k");
    wanted.scope = {others_target.id};
    BOOST_CHECK(std::holds_alternative<db::NoSuchTarget>(writes.submit(wanted)));
    wanted.key = base::sha256("unknown");
    BOOST_CHECK(std::holds_alternative<db::Unauthorised>(writes.submit(wanted)));
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM idempotency_keys") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_repeated_registration_gets_the_answer_of_the_first, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    const auto first = writes.submit(registration("k"));
    BOOST_REQUIRE(is_first(first));
    const model::Id webhook = std::get<model::Event>(first).deliveries.at(0).webhook_id;
    connection.execute("UPDATE webhooks SET deleted_at = UTC_TIMESTAMP(6) WHERE id = ?", {webhook});
    const auto repeat = writes.submit(registration("k"));
    BOOST_TEST(!is_first(repeat));
    BOOST_TEST(response_of(repeat) == response_of(first));
    BOOST_TEST(std::get<db::AnsweredBefore>(repeat).object_id == webhook);
    BOOST_CHECK(
        std::holds_alternative<db::OtherRequest>(writes.submit(registration("k", "another request"))));
    BOOST_CHECK(std::holds_alternative<db::OtherRequest>(writes.submit(publication("k", "a publication"))));
    connection.execute_text("UPDATE idempotency_keys SET created_at = created_at - INTERVAL 1 DAY");
    BOOST_TEST(is_first(writes.submit(registration("k", "another request"))));
    BOOST_TEST(registered() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_registration_beyond_a_limit_uses_no_key, Fixture) {
    auto with_limits = settings();
    with_limits.limits = {.webhooks_of_target = 3};
    WaitingWrites writes(with_limits, cipher, ignore);
    connection.execute_text("INSERT INTO counters VALUES ('target', " + std::to_string(target.id) +
                            ", 'webhook', 50, 3)");
    BOOST_CHECK(std::holds_alternative<db::TooManyWebhooks>(writes.submit(registration("k"))));
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM idempotency_keys") == 0U);
    connection.execute_text("DELETE FROM counters WHERE shard = 50");
    const auto first = writes.submit(registration("k"));
    BOOST_TEST(is_first(first));
    connection.execute_text("INSERT INTO counters VALUES ('target', " + std::to_string(target.id) +
                            ", 'webhook', 50, 3)");
    BOOST_TEST(response_of(writes.submit(registration("k"))) == response_of(first));
}

// Each key is sent several times at once, to two processes with two writers each. Every other key is that of a
// registration.
BOOST_FIXTURE_TEST_CASE(one_of_several_concurrent_requests_is_the_first, Fixture) {
    constexpr int kKeys = 40;
    constexpr int kEach = 6;
    auto with_two = settings();
    with_two.writers = 2;
    WaitingWrites one(with_two, cipher, ignore);
    WaitingWrites other(with_two, cipher, ignore);
    std::vector<std::vector<Request>> requests(kKeys);
    for (int i = 0; i < kEach; ++i) {
        for (int key = 0; key < kKeys; ++key) {
            auto& writes = (i + key) % 2 == 0 ? one : other;
            auto& of_key = requests[static_cast<std::size_t>(key)];
            const std::string name = std::to_string(key);
            of_key.push_back(key % 2 == 0 ? writes.start(publication(name))
                                          : writes.start(registration(name)));
        }
    }
    for (const auto& of_key : requests) {
        std::vector<db::WriteOutcome> outcomes;
        for (const auto& request : of_key) outcomes.push_back(request->wait(kPatience));
        BOOST_TEST(std::ranges::count_if(outcomes, is_first) == 1);
        for (const auto& outcome : outcomes) BOOST_TEST(response_of(outcome) == response_of(outcomes[0]));
    }
    BOOST_TEST(published() == static_cast<unsigned>(kKeys / 2));
    BOOST_TEST(registered() == static_cast<unsigned>(kKeys / 2));
}

BOOST_FIXTURE_TEST_CASE(a_repeat_waits_for_the_first_without_delaying_others, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    db::Connection other(schema.settings());
    db::Transaction transaction(other);
    const auto claimed = claim(other, "k");
    const auto repeat = writes.start(publication("k"));
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) BOOST_TEST(is_first(writes.submit(publication(std::to_string(i)))));
    BOOST_CHECK(std::chrono::steady_clock::now() - start < 10s);
    db::remember_answer(other, claimed, {4711, "the answer"});
    transaction.commit();
    BOOST_TEST(response_of(repeat->wait(kPatience)) == "the answer");
    BOOST_TEST(published() == 20U);
}

BOOST_FIXTURE_TEST_CASE(a_repeat_does_what_the_first_has_undone, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    db::Connection other(schema.settings());
    std::vector<Request> repeats;
    {
        const db::Transaction transaction(other);
        claim(other, "k");
        for (int i = 0; i < 3; ++i) repeats.push_back(writes.start(registration("k")));
        BOOST_TEST(is_first(writes.submit(registration("l"))));
    }
    std::vector<db::WriteOutcome> outcomes;
    for (const auto& repeat : repeats) outcomes.push_back(repeat->wait(kPatience));
    BOOST_TEST(std::ranges::count_if(outcomes, is_first) == 1);
    for (const auto& outcome : outcomes) BOOST_TEST(response_of(outcome) == response_of(outcomes[0]));
    BOOST_TEST(registered() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_repeat_waits_no_longer_than_its_patience_and_stores_nothing, Fixture) {
    WaitingWrites writes(settings(), cipher, ignore);
    db::Connection other(schema.settings());
    {
        const db::Transaction transaction(other);
        claim(other, "k");
        const auto outcome = writes.submit(publication("k"), 500ms);
        BOOST_REQUIRE(std::holds_alternative<db::Unavailable>(outcome));
        BOOST_TEST(!std::get<db::Unavailable>(outcome).outcome_uncertain);
    }
    BOOST_TEST(is_first(writes.submit(publication("k"))));
    BOOST_TEST(published() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_event_with_many_webhooks_is_stored_alone, Fixture) {
    constexpr std::uint64_t kMany = db::kLargeFanOut + 500;
    fill(kMany);
    WaitingWrites writes(settings(), cipher, ignore);
    const auto outcome = writes.submit(publication("k"));
    BOOST_REQUIRE(is_first(outcome));
    const auto& event = std::get<model::Event>(outcome);
    BOOST_TEST(event.webhooks_count.value() == kMany + 1);
    BOOST_TEST(event.deliveries.size() == db::kMostDeliveriesShown);
    BOOST_TEST(response_of(writes.submit(publication("k"))) == response_of(outcome));
    BOOST_TEST(number(connection, "SELECT COUNT(*) FROM deliveries WHERE event_id = ?", {event.id}) ==
               kMany + 1);
}

// The client has left when the event is stored. Its repeats find the event.
BOOST_FIXTURE_TEST_CASE(a_large_event_is_stored_without_its_client, Fixture) {
    fill(db::kLargeFanOut + 500);
    WaitingWrites writes(settings(), cipher, ignore);
    connection.execute_text("LOCK TABLES deliveries WRITE");
    const auto first = writes.submit(publication("k"), 500ms);
    BOOST_REQUIRE(std::holds_alternative<db::Unavailable>(first));
    BOOST_TEST(std::get<db::Unavailable>(first).outcome_uncertain);
    BOOST_CHECK(std::holds_alternative<db::Unavailable>(writes.submit(publication("k"), 500ms)));
    connection.execute_text("UNLOCK TABLES");
    BOOST_TEST(!is_first(writes.submit(publication("k"))));
    BOOST_TEST(published() == 1U);
}

// Each event has few webhooks, but those of a batch have many together.
BOOST_FIXTURE_TEST_CASE(the_events_of_a_batch_have_few_webhooks_together, Fixture) {
    fill(db::kLargeFanOut / 2);
    WaitingWrites writes(settings(), cipher, ignore);
    std::vector<Request> requests;
    for (int i = 0; i < 12; ++i) requests.push_back(writes.start(publication()));
    for (const auto& request : requests) {
        const auto outcome = request->wait(kPatience);
        BOOST_REQUIRE(is_first(outcome));
        BOOST_TEST(std::get<model::Event>(outcome).webhooks_count.value() == db::kLargeFanOut / 2 + 1);
    }
}
