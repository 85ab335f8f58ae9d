#define BOOST_TEST_MODULE publication
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/sha256.hpp"
#include "common/model/event_json.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/group_commit/group_commit.hpp"
#include "sql/webhooks/idempotency.hpp"
#include "tests/support/database_proxy.hpp"
#include "tests/support/waiting_writes.hpp"
#include "tests/support/webhook_database.hpp"

namespace {

using namespace std::chrono_literals;
using AtCommit = testing::DatabaseProxy::AtCommit;
using testing::number;
using Outcomes = std::vector<db::WriteOutcome>;

constexpr std::chrono::milliseconds kPatience = 30s;
const db::KeyScope kScope{.rights = {model::Right::kManage, model::Right::kPublish}, .targets = {}};

void ignore(std::string_view /*event*/, std::string_view /*detail*/) {}

struct Fixture : testing::WebhookDatabase {
    testing::DatabaseProxy proxy{schema.settings()};

    Fixture() {
        db::AdminStore store(connection);
        store.create_key(user.id, "key", base::sha256("secret"), std::nullopt, kScope);
        const model::Id other = store.create_user(others_target.account_id, "eve@example.com", "Eve").id;
        store.create_key(other, "key", base::sha256("other"), std::nullopt, kScope);
    }

    db::GroupCommit::Settings settings(std::chrono::milliseconds patience = kPatience) {
        return {.connection = proxy.settings(), .patience = patience};
    }

    db::Publication publication(const std::string& type = "scan_started",
                                const std::optional<std::string>& once = std::nullopt) const {
        db::Publication wanted{
            .key = base::sha256("secret"),
            .scope = {target.id},
            .event = db::PublishedEvent{.event_type = type, .content = R"({"n":"'\\é"})", .occurred_at = {}}};
        if (once) wanted.once = {base::sha256(*once), base::sha256("request")};
        return wanted;
    }

    db::Registration registration(const std::string& name = "",
                                  const std::optional<std::string>& once = std::nullopt) const {
        db::Registration wanted{
            .key = base::sha256("secret"),
            .scope = {target.id},
            .webhook = model::WebhookFields{.url = "https://ci.example.com/", .name = name}};
        if (once) wanted.once = {base::sha256(*once), base::sha256("request")};
        return wanted;
    }

    std::uint64_t count(const std::string& from) {
        return number(connection, "SELECT COUNT(*) FROM " + from);
    }
    std::uint64_t published() { return count("events WHERE event_type LIKE 'scan%'"); }

    // Submits all while the first one holds the writer, so that the others make one batch.
    template <class Submit>
    Outcomes in_one_batch(testing::WaitingWrites& writes, std::size_t many, const Submit& submit) {
        connection.execute_text("LOCK TABLES webhooks WRITE");
        const auto first = writes.start(registration("first"));
        std::this_thread::sleep_for(200ms);
        std::vector<std::shared_ptr<testing::WaitingRequest>> requests;
        for (std::size_t i = 0; i < many; ++i) requests.push_back(submit(i));
        connection.execute_text("UNLOCK TABLES");
        BOOST_CHECK(std::holds_alternative<model::Event>(first->wait(kPatience)));
        Outcomes outcomes;
        for (const auto& request : requests) outcomes.push_back(request->wait(kPatience));
        return outcomes;
    }

    void check_stored(const db::WriteOutcome& outcome, const model::Owner& owner) {
        BOOST_REQUIRE(std::holds_alternative<model::Event>(outcome));
        const auto& event = std::get<model::Event>(outcome);
        const auto stored = db::find_event(connection, owner, event.id);
        BOOST_REQUIRE(stored.has_value());
        BOOST_TEST(model::event_to_json(event) == model::event_to_json(*stored));
    }
};

const model::Event& event_of(const db::WriteOutcome& outcome) {
    BOOST_REQUIRE(std::holds_alternative<model::Event>(outcome));
    return std::get<model::Event>(outcome);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_answer_is_what_is_stored, Fixture) {
    testing::WaitingWrites writes(settings(), cipher, ignore);
    check_stored(writes.submit(publication()), of_target());
    add_webhook(of_account());
    add_webhook(of_target());
    add_webhook(of_other_target());
    add_webhook(of_other_account());
    const auto outcome = writes.submit(publication());
    check_stored(outcome, of_target());
    BOOST_TEST(event_of(outcome).deliveries.size() == 2U);
    BOOST_TEST(event_of(outcome).webhooks_count.value() == 2U);
    BOOST_TEST(number(connection,
                      "SELECT SUM(n) FROM counters WHERE owner = 'target' AND what = 'scan_started'") == 2U);
}

BOOST_FIXTURE_TEST_CASE(each_event_of_a_batch_goes_to_its_webhooks, Fixture) {
    const model::Id of_account = add_webhook(this->of_account());
    const model::Id disabled = add_webhook(of_other_target());
    const model::Id of_target = add_webhook(this->of_target());
    const model::Id foreign = add_webhook(of_other_account());
    connection.execute("UPDATE webhooks SET enabled = FALSE WHERE id = ?", {disabled});
    const std::string long_ago = "2020-01-31T16:32:17.238553Z";
    testing::WaitingWrites writes(settings(), cipher, ignore);
    const Outcomes outcomes = in_one_batch(writes, 6, [&](std::size_t i) {
        db::Publication wanted = publication(i == 3 ? "target_created" : "scan_failed");
        if (i == 1) wanted.scope = {other_target.id};
        if (i == 2) wanted.scope = {};
        if (i == 4) wanted.event->occurred_at = long_ago;
        if (i == 5) {
            wanted.key = base::sha256("other");
            wanted.scope = {others_target.id};
        }
        return writes.start(std::move(wanted));
    });
    const auto webhooks_of = [&](std::size_t i) {
        std::set<model::Id> webhooks;
        for (const auto& delivery : event_of(outcomes[i]).deliveries) webhooks.insert(delivery.webhook_id);
        // The registration that held the writer.
        if (i == 0) webhooks.erase(number(connection, "SELECT id FROM webhooks WHERE name = 'first'"));
        return webhooks;
    };
    using Ids = std::set<model::Id>;
    BOOST_CHECK((webhooks_of(0) == Ids{of_account, of_target}));
    BOOST_CHECK((webhooks_of(1) == Ids{of_account, disabled}));
    BOOST_CHECK((webhooks_of(2) == Ids{of_account}));
    BOOST_CHECK((webhooks_of(3) == Ids{of_account}));
    BOOST_CHECK((webhooks_of(4) == Ids{}));
    BOOST_CHECK((webhooks_of(5) == Ids{foreign}));
    for (const auto& delivery : event_of(outcomes[1]).deliveries) {
        BOOST_CHECK(delivery.status == (delivery.webhook_id == disabled ? model::DeliveryStatus::kFailed
                                                                        : model::DeliveryStatus::kScheduled));
    }
    BOOST_TEST(event_of(outcomes[4]).occurred_at == long_ago);
}

BOOST_FIXTURE_TEST_CASE(a_batch_may_be_mixed_and_one_bad_among_many_fails_alone, Fixture) {
    connection.execute_text(
        "CREATE TRIGGER poison BEFORE INSERT ON events FOR EACH ROW BEGIN IF NEW.event_type = 'poison' THEN"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poisoned'; END IF; END");
    testing::WaitingWrites writes(settings(), cipher, ignore);
    const Outcomes outcomes = in_one_batch(writes, 30, [&](std::size_t i) {
        if (i % 3 == 0) return writes.start(registration());
        db::Publication wanted = publication(i == 16 ? "poison" : "scan_started");
        if (i == 17) wanted.key = base::sha256("unknown");
        if (i == 19) wanted.scope = {others_target.id};
        if (i == 20) wanted.event.reset();
        return writes.start(std::move(wanted));
    });
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        BOOST_TEST_CONTEXT(i) {
            if (i == 16) BOOST_CHECK(std::holds_alternative<db::Unavailable>(outcomes[i]));
            if (i == 17) BOOST_CHECK(std::holds_alternative<db::Unauthorised>(outcomes[i]));
            if (i == 19) BOOST_CHECK(std::holds_alternative<db::NoSuchTarget>(outcomes[i]));
            if (i == 20) BOOST_CHECK(std::holds_alternative<db::Allowed>(outcomes[i]));
            if (i < 16 || i > 20) BOOST_CHECK(std::holds_alternative<model::Event>(outcomes[i]));
        }
    }
    BOOST_TEST(count("webhooks") == 11U);
    BOOST_TEST(published() == 16U);
}

// Only an idempotency key makes it more.
BOOST_FIXTURE_TEST_CASE(a_write_takes_two_round_trips, Fixture) {
    auto with_limits = settings();
    with_limits.writers = 1;  // which has begun before the round trips are counted
    with_limits.limits = {.webhooks_of_target = 1000, .webhooks_of_account = 10'000};
    testing::WaitingWrites writes(with_limits, cipher, ignore);
    const auto trips_of = [&](const auto& wanted) {
        const unsigned before = proxy.commands();
        BOOST_CHECK(std::holds_alternative<model::Event>(writes.submit(wanted)));
        return proxy.commands() - before;
    };
    (void)trips_of(registration());
    BOOST_TEST(trips_of(registration()) == 2U);
    BOOST_TEST(trips_of(publication()) == 2U);
    BOOST_TEST(trips_of(publication("scan_started", "k")) == 4U);
    BOOST_TEST(trips_of(registration("", "l")) == 3U);
    const auto trips_of_repeat = [&](const auto& wanted) {
        const unsigned before = proxy.commands();
        BOOST_CHECK(std::holds_alternative<db::AnsweredBefore>(writes.submit(wanted)));
        return proxy.commands() - before;
    };
    BOOST_TEST(trips_of_repeat(publication("scan_started", "k")) <= 3U);
    BOOST_TEST(trips_of_repeat(registration("", "l")) <= 3U);
}

BOOST_FIXTURE_TEST_CASE(a_commit_without_answer_is_found_or_done_again, Fixture) {
    add_webhook(of_target());
    testing::WaitingWrites writes(settings(), cipher, ignore);
    std::uint64_t stored = 0;
    for (const bool with_key : {false, true}) {
        for (const AtCommit action : {AtCommit::kCutBefore, AtCommit::kCutAfter}) {
            const auto wanted =
                with_key ? publication("scan_started", std::to_string(stored)) : publication();
            proxy.at_next_commit(action);
            check_stored(writes.submit(wanted), of_target());
            BOOST_TEST(published() == ++stored);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_registration_whose_commit_had_no_answer_is_remembered, Fixture) {
    testing::WaitingWrites writes(settings(), cipher, ignore);
    for (const AtCommit action : {AtCommit::kCutBefore, AtCommit::kCutAfter}) {
        const std::string key = action == AtCommit::kCutBefore ? "before" : "after";
        proxy.at_next_commit(action);
        const auto first = writes.submit(registration(key, key));
        const auto repeat = writes.submit(registration(key, key));
        BOOST_REQUIRE(std::holds_alternative<db::AnsweredBefore>(repeat));
        BOOST_TEST(std::get<db::AnsweredBefore>(repeat).response == model::event_to_json(event_of(first)));
        BOOST_TEST(count("webhooks WHERE name = '" + key + "'") == 1U);
    }
}

BOOST_FIXTURE_TEST_CASE(a_batch_of_all_kinds_remembers_those_with_keys, Fixture) {
    add_webhook(of_target());
    testing::WaitingWrites writes(settings(), cipher, ignore);
    const auto wanted = [&](std::size_t i) -> std::optional<std::string> {
        return i % 4 < 2 ? std::nullopt : std::optional("key " + std::to_string(i));
    };
    const auto start = [&](std::size_t i) {
        return i % 2 == 0 ? writes.start(publication("scan_started", wanted(i)))
                          : writes.start(registration("of the batch", wanted(i)));
    };
    const Outcomes outcomes = in_one_batch(writes, 16, start);
    BOOST_TEST(published() == 8U);
    BOOST_TEST(count("webhooks WHERE name = 'of the batch'") == 8U);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (i % 2 == 0) check_stored(outcomes[i], of_target());
        if (!wanted(i)) continue;
        const auto repeat = start(i)->wait(kPatience);
        BOOST_REQUIRE(std::holds_alternative<db::AnsweredBefore>(repeat));
        BOOST_TEST(std::get<db::AnsweredBefore>(repeat).response ==
                   model::event_to_json(event_of(outcomes[i])));
    }
    BOOST_TEST(count("idempotency_keys") == 8U);
}

BOOST_FIXTURE_TEST_CASE(too_many_writes_of_a_second_are_throttled, Fixture) {
    auto with_limits = settings();
    with_limits.writers = 1;  // which has begun before the round trips are counted
    with_limits.limits = {.registrations_per_second = 2, .publications_per_second = 3};
    testing::WaitingWrites writes(with_limits, cipher, ignore);
    const Outcomes outcomes = in_one_batch(writes, 20, [&](std::size_t i) {
        return i % 2 == 0 ? writes.start(publication()) : writes.start(registration());
    });
    std::size_t throttled = 0;
    for (const auto& outcome : outcomes) throttled += std::holds_alternative<db::Throttled>(outcome) ? 1 : 0;
    BOOST_TEST(published() == 3U);
    BOOST_TEST(count("webhooks") >= 2U);  // with that of another second, which held the writer
    BOOST_TEST(count("webhooks") <= 3U);
    BOOST_TEST(throttled == 20 - published() - (count("webhooks") - 1));
}

BOOST_FIXTURE_TEST_CASE(limits_are_exact_however_many_processes_register, Fixture) {
    auto with_limits = settings();
    with_limits.writers = 1;  // which has begun before the round trips are counted
    with_limits.limits = {.webhooks_of_target = 12, .webhooks_of_account = 20};
    constexpr int kEach = 10;
    std::map<model::Id, int> stored;
    {
        testing::WaitingWrites one(with_limits, cipher, ignore);
        testing::WaitingWrites other(with_limits, cipher, ignore);
        std::vector<std::pair<model::Id, std::shared_ptr<testing::WaitingRequest>>> requests;
        for (int i = 0; i < kEach; ++i) {
            for (const model::Id target_id : {target.id, other_target.id}) {
                for (testing::WaitingWrites* const writes : {&one, &other}) {
                    db::Registration wanted = registration();
                    wanted.scope = {target_id};
                    requests.emplace_back(target_id, writes->start(std::move(wanted)));
                }
            }
        }
        for (const auto& [target_id, request] : requests) {
            const auto outcome = request->wait(kPatience);
            if (std::holds_alternative<model::Event>(outcome))
                ++stored[target_id];
            else
                BOOST_CHECK(std::holds_alternative<db::TooManyWebhooks>(outcome));
        }
    }
    BOOST_TEST(stored[target.id] + stored[other_target.id] == 20);
    BOOST_TEST(stored[target.id] <= 12);
    BOOST_TEST(stored[other_target.id] <= 12);
    BOOST_TEST(count("webhooks") == 20U);
}
