#define BOOST_TEST_MODULE delivery_queue
#include "sql/deliveries/delivery_queue.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "sql/deliveries/delivery_statements.hpp"
#include "tests/support/delivery_queue_fixture.hpp"

using namespace testing::delivery_queue;

BOOST_FIXTURE_TEST_CASE(a_claim_has_everything_that_is_needed_to_send, Fixture) {
    const DeliveryKey key = add_some(1)[0];
    admin.execute_text(
        "INSERT INTO retired_secrets VALUES (50, 1, x'00', UTC_TIMESTAMP(6) - INTERVAL 1 SECOND)");
    admin.execute("INSERT INTO retired_secrets VALUES (50, 2, UNHEX(?), UTC_TIMESTAMP(6) + INTERVAL 1 HOUR)",
                  {db::Bytes{kSecrets.seal(kWebhook, "former")}});
    Worker worker(schema, kOurs);
    const auto outcome = worker.claim({key});
    BOOST_REQUIRE(outcome.claimed.size() == 1U);
    const db::ClaimedDelivery& claim = outcome.claimed[0];
    BOOST_CHECK(claim.key == key);
    BOOST_TEST(claim.account_id == 1U);
    BOOST_TEST(claim.url == "https://example.com/");
    BOOST_TEST(claim.check_cert);
    BOOST_TEST((claim.opened.secrets == std::vector<std::string>{kSecret, "former"}));
    BOOST_TEST(claim.opened.headers->empty());
    BOOST_TEST(claim.bytes() == std::string("{\"a\": 1}").size());
    BOOST_TEST(!claim.since_first_try);
    BOOST_TEST(claim.event.event_type == "scan_completed");
    BOOST_TEST(claim.event.occurred_at == "2026-01-31T16:32:17.238553Z");
    BOOST_TEST(claim.event.content == "{\"a\": 1}");
    BOOST_TEST(claim.delivery().webhook_id == kWebhook);
    BOOST_TEST(claim.delivery().api_version == "v1");
    BOOST_TEST(claim.delivery().next_try.value().size() == 27U);
    BOOST_TEST(value(key, "lease") == "1001");
    BOOST_TEST(
        value(key,
              "lease_until BETWEEN UTC_TIMESTAMP(6) + INTERVAL 20 SECOND AND UTC_TIMESTAMP(6) + INTERVAL"
              " 30 SECOND") == "1");
    BOOST_TEST(value(key, "next_try IS NOT NULL AND status = 0") == "1");
}

BOOST_FIXTURE_TEST_CASE(the_claims_of_a_webhook_share_its_headers, Fixture) {
    const auto keys = add_some(2);
    const std::string sealed = kSecrets.seal(kWebhook, R"({"X-Api-Key":"abc"})", security::Purpose::kHeaders);
    admin.execute("UPDATE webhooks SET headers = UNHEX(?)", {db::Bytes{sealed}});
    Worker worker(schema, kOurs);
    const auto claimed = worker.claim(keys).claimed;
    BOOST_REQUIRE(claimed.size() == 2U);
    BOOST_TEST((*claimed[0].opened.headers == model::WebhookHeaders{{"X-Api-Key", "abc"}}));
    BOOST_TEST(claimed[0].opened.headers == claimed[1].opened.headers);
    BOOST_TEST(claimed[0].bytes() == claimed[0].event.content.size() + 12);
}

BOOST_FIXTURE_TEST_CASE(a_lease_keeps_others_off_until_it_runs_out, Fixture) {
    const DeliveryKey key = add_some(1)[0];
    Worker ours(schema, kOurs);
    Worker others(schema, kOthers);
    BOOST_TEST(ours.claim({key}).claimed.size() == 1U);
    const auto refused = others.claim({key});
    BOOST_TEST(refused.claimed.empty());
    BOOST_REQUIRE(refused.busy.size() == 1U);
    BOOST_TEST((refused.busy[0].for_another > seconds{20}));
    // The same batch again, as after a commit with an unknown outcome.
    BOOST_TEST(ours.claim({key}, std::chrono::microseconds{1}).claimed.size() == 1U);
    BOOST_TEST(others.claim({key}).claimed.size() == 1U);
    BOOST_TEST(ours.record(finished(key, DeliveryStatus::kSucceeded)).recorded == 0U);
    BOOST_TEST(value(key, "status") == "0");
    BOOST_TEST(others.record(finished(key, DeliveryStatus::kSucceeded)).recorded == 1U);
    BOOST_TEST(value(key, "status") == "1");
}

BOOST_FIXTURE_TEST_CASE(rows_locked_by_others_are_skipped, Fixture) {
    const auto keys = add_some(2);
    const db::Transaction transaction(admin);
    admin.query("SELECT 1 FROM deliveries WHERE event_id = 1 FOR UPDATE");
    Worker worker(schema, kOurs);
    const auto outcome = worker.claim(keys);
    BOOST_REQUIRE(outcome.claimed.size() == 1U);
    BOOST_CHECK(outcome.claimed[0].key == keys[1]);
    BOOST_REQUIRE(outcome.busy.size() == 1U);
    BOOST_CHECK(outcome.busy[0].key == keys[0]);
}

BOOST_FIXTURE_TEST_CASE(a_request_without_an_answer_leaves_an_attempt_of_its_own, Fixture) {
    const DeliveryKey key = add_some(1)[0];
    Worker worker(schema, kOurs);
    BOOST_REQUIRE(worker.claim({key}).claimed.size() == 1U);
    db::FinishedDelivery one = finished(key, DeliveryStatus::kSucceeded);
    one.unanswered = {.attempt_id = one.attempt_id - 1,
                      .duration = std::chrono::milliseconds{500},
                      .failure = "connect",
                      .detail = "closed",
                      .by_allow_list = true};
    for (int times = 0; times < 2; ++times) static_cast<void>(worker.record(one));
    const db::Rows attempts = admin.query(
        "SELECT CONCAT_WS(',', duration_us, COALESCE(status, '-'), COALESCE(failure, '-'), COALESCE(detail, "
        "'-'), by_allow_list)"
        " FROM attempts ORDER BY made_at");
    BOOST_REQUIRE(attempts.size() == 2U);
    BOOST_TEST(attempts.text(0, 0) == "500000,-,connect,closed,1");
    BOOST_TEST(attempts.text(1, 0) == "1500000,200,-,-,0");
}

BOOST_FIXTURE_TEST_CASE(outcomes_are_recorded_with_their_attempts, Fixture) {
    const auto keys = add_some(3);
    Worker worker(schema, kOurs);
    BOOST_TEST(worker.claim(keys).claimed.size() == 3U);
    auto retried = finished(keys[1], DeliveryStatus::kRescheduled);
    retried.http_status = 0;
    retried.failure = "tls";
    retried.detail = "certificate has expired";
    retried.reason = "tls (certificate has expired)";
    retried.next_try_in = seconds{30};
    auto gone = finished(keys[2], DeliveryStatus::kFailed);
    gone.http_status = 410;
    gone.reason = "gone";
    gone.webhook_gone = true;
    gone.retries = 3;
    gone.by_allow_list = true;
    const db::ClaimBatch batch{.finished = {finished(keys[0], DeliveryStatus::kSucceeded), retried, gone},
                               .given_back = {},
                               .wanted = {},
                               .lease_time = {}};
    BOOST_TEST(worker.queue.record_and_claim(batch).recorded == 3U);

    BOOST_TEST(
        value(keys[0], "CONCAT_WS(',', status, retries, next_try IS NULL, reason IS NULL, lease = 0)") ==
        "1,0,1,1,1");
    BOOST_TEST(value(keys[0], "ROUND(TIMESTAMPDIFF(MICROSECOND, first_try, changed_at) / 1000000, 1)") ==
               "1.5");
    BOOST_TEST(value(keys[1], "CONCAT_WS(',', status, retries, reason, lease = 0)") ==
               "2,0,tls (certificate has expired),1");
    BOOST_TEST(value(keys[1],
                     "next_try BETWEEN UTC_TIMESTAMP(6) + INTERVAL 25 SECOND AND UTC_TIMESTAMP(6) + INTERVAL"
                     " 30 SECOND") == "1");
    BOOST_TEST(value(keys[2], "CONCAT_WS(',', status, retries, next_try IS NULL, reason)") == "3,3,1,gone");

    const db::Rows attempts = admin.query(
        "SELECT CONCAT_WS(',', event_id, duration_us, COALESCE(status, '-'), COALESCE(failure, '-'),"
        " COALESCE(detail, '-'), COALESCE(HEX(answer), '-'), by_allow_list) FROM attempts ORDER BY event_id");
    BOOST_REQUIRE(attempts.size() == 3U);
    BOOST_TEST(attempts.text(0, 0) == "1,1500000,200,-,-,00FF,0");
    BOOST_TEST(attempts.text(1, 0) == "2,1500000,-,tls,certificate has expired,-,0");
    BOOST_TEST(attempts.text(2, 0) == "3,1500000,410,-,-,00FF,1");
    const db::Rows webhook = admin.query("SELECT enabled, disabled_reason FROM webhooks");
    BOOST_TEST(webhook.number(0, 0) == 0U);
    BOOST_TEST(webhook.text(0, 1) == "The receiver answered 410 Gone.");

    // A repetition changes nothing.
    BOOST_TEST(worker.queue.record_and_claim(batch).recorded == 0U);
    BOOST_TEST(admin.query("SELECT COUNT(*) FROM attempts").number(0, 0) == 3U);
    BOOST_TEST(value(keys[0], "status") == "1");
}

BOOST_FIXTURE_TEST_CASE(a_request_that_is_not_charged_sets_no_first_try, Fixture) {
    const DeliveryKey key = add_some(1)[0];
    Worker worker(schema, kOurs);
    BOOST_TEST(worker.claim({key}).claimed.size() == 1U);
    auto one = finished(key, DeliveryStatus::kRescheduled);
    one.charged = false;
    one.next_try_in = std::chrono::microseconds{0};
    BOOST_TEST(worker.record(one).recorded == 1U);
    BOOST_TEST(value(key, "first_try IS NULL") == "1");
    BOOST_TEST(!worker.claim({key}).claimed.at(0).since_first_try);
    one.charged = true;
    BOOST_TEST(worker.record(one).recorded == 1U);
    admin.execute_text("UPDATE deliveries SET first_try = first_try - INTERVAL 1 HOUR");
    BOOST_TEST((worker.claim({key}).claimed.at(0).since_first_try.value() >= std::chrono::hours{1}));
}

BOOST_FIXTURE_TEST_CASE(a_released_delivery_is_as_if_never_claimed, Fixture) {
    const DeliveryKey key = add_some(1)[0];
    Worker ours(schema, kOurs);
    Worker others(schema, kOthers);
    const std::string before = value(key, "CONCAT_WS(',', status, next_try, retries)");
    BOOST_TEST(ours.claim({key}).claimed.size() == 1U);
    const auto outcome =
        ours.queue.record_and_claim({.finished = {}, .given_back = {key}, .wanted = {}, .lease_time = {}});
    BOOST_TEST(value(key, "CONCAT_WS(',', status, next_try, retries)") == before);
    BOOST_TEST(value(key, "lease") == "0");
    BOOST_TEST(others.claim({key}).claimed.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(deliveries_that_can_not_be_sent_are_recorded, Fixture) {
    for (const model::Id event : {1U, 2U, 3U, 4U, 5U, 7U}) add_event(event);
    add_webhook(51, "deleted_at = UTC_TIMESTAMP(6)");
    add_webhook(52, "enabled = FALSE");
    add_webhook(53, "secret = x'0102'");
    add_webhook(54);
    add_webhook(55, "headers = secret");  // sealed for another purpose
    const std::array<DeliveryKey, 7> keys{{{1, 51}, {2, 52}, {3, 53}, {4, 54}, {5, 54}, {6, 54}, {7, 55}}};
    for (const DeliveryKey& key : keys)
        add_delivery(key, key.event_id == 5 ? "UTC_TIMESTAMP(6) + INTERVAL 1 HOUR" : "UTC_TIMESTAMP(6)");
    Worker worker(schema, kOurs);
    const auto outcome = worker.claim({keys.begin(), keys.end()});
    BOOST_TEST((outcome.removed ==
                std::vector<DeliveryKey>{keys[0], keys[5]}));  // the event of the last one is missing
    BOOST_TEST(value(keys[0], "1") == "no row");
    BOOST_TEST((outcome.disabled == std::vector<DeliveryKey>{keys[1]}));
    BOOST_TEST(value(keys[1], "CONCAT_WS(',', status, reason, next_try IS NULL)") == "3,disabled,1");
    BOOST_TEST((outcome.unreadable == std::vector<DeliveryKey>{keys[2], keys[6]}));
    for (const DeliveryKey& key : outcome.unreadable) {
        BOOST_TEST(value(key, "status = 0 AND next_try > UTC_TIMESTAMP(6) + INTERVAL 4 MINUTE") == "1");
    }
    BOOST_TEST((outcome.not_due == std::vector<DeliveryKey>{keys[4]}));
    BOOST_REQUIRE(outcome.claimed.size() == 1U);
    BOOST_TEST((outcome.claimed[0].key == keys[3]));
}

BOOST_FIXTURE_TEST_CASE(a_scan_sees_each_once_page_by_page, Fixture) {
    add_webhook(kWebhook);
    add_webhook(kWebhook + 1);
    for (model::Id event = 1; event <= 10; ++event) {
        // Ties in all three columns of the order.
        const std::string due = "'2026-01-01 00:00:00." + std::to_string(100'000 + event / 4) + "'";
        add_delivery({event, kWebhook}, due);
        add_delivery({event, kWebhook + 1}, due);
    }
    add_delivery({11, kWebhook}, "UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    add_delivery({12, kWebhook}, "NULL");
    Worker worker(schema, kOurs);
    for (const std::size_t most : {1U, 3U, 7U, 100U}) {
        std::vector<DeliveryKey> seen;
        auto position = worker.queue.position_before_now(std::nullopt);
        for (auto page = worker.queue.scan(position, most); !page.empty();
             page = worker.queue.scan(position, most)) {
            BOOST_TEST(page.size() <= most);
            for (const db::DueDelivery& one : page) seen.push_back(one.key);
            position = page.back();
        }
        BOOST_TEST(seen.size() == 20U);
        BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
    }
    BOOST_TEST(worker.queue.scan(worker.queue.position_before_now(seconds{60}), 10).empty());
    BOOST_TEST((worker.queue.oldest_due().value() > std::chrono::hours{1}));
}

BOOST_FIXTURE_TEST_CASE(the_due_deliveries_of_a_webhook_are_in_the_order_of_time, Fixture) {
    add_webhook(kWebhook);
    add_webhook(kWebhook + 1);
    for (model::Id event = 1; event <= 5; ++event) {
        add_delivery({event, kWebhook}, "UTC_TIMESTAMP(6) - INTERVAL " + std::to_string(event) + " SECOND");
        add_delivery({event, kWebhook + 1},
                     event == 3 ? "UTC_TIMESTAMP(6)" : "UTC_TIMESTAMP(6) + INTERVAL 1 HOUR");
    }
    Worker worker(schema, kOurs);
    const std::vector<DeliveryKey> expected{{5, kWebhook}, {4, kWebhook}, {3, kWebhook + 1}};
    const auto due = worker.queue.due_of({{kWebhook, 2, {}}, {kWebhook + 1, 2, {}}});
    BOOST_CHECK(keys_of(due) == expected);
    const auto behind = worker.queue.due_of({{kWebhook, 2, due[1]}});
    BOOST_CHECK((keys_of(behind) == std::vector<DeliveryKey>{{3, kWebhook}, {2, kWebhook}}));
    BOOST_TEST(worker.queue.due_of({}).empty());
    const auto addresses = worker.queue.addresses({kWebhook, 99});
    BOOST_REQUIRE_EQUAL(addresses.size(), 1U);
    BOOST_TEST(addresses[0].account_id == 1U);
    BOOST_TEST(addresses[0].url == "https://example.com/");
}

BOOST_FIXTURE_TEST_CASE(deliveries_due_at_the_same_time_are_in_the_order_of_events, Fixture) {
    for (const model::Id event : {1U, 2U, 3U, 4U, 5U}) {
        add_delivery({event, kWebhook}, event == 5 ? "'2026-01-02'" : "'2026-01-01'");
    }
    Worker worker(schema, kOurs);
    auto due = worker.queue.due_of({{kWebhook, 2, {}}});
    BOOST_CHECK((keys_of(due) == std::vector<DeliveryKey>{{1, kWebhook}, {2, kWebhook}}));
    due = worker.queue.due_of({{kWebhook, 2, due.back()}});
    BOOST_CHECK((keys_of(due) == std::vector<DeliveryKey>{{3, kWebhook}, {4, kWebhook}}));
    due = worker.queue.due_of({{kWebhook, 2, due.back()}});
    BOOST_CHECK((keys_of(due) == std::vector<DeliveryKey>{{5, kWebhook}}));
}

BOOST_FIXTURE_TEST_CASE(no_statement_reads_more_than_it_needs, Fixture) {
    const auto keys = add_some(3);
    admin.execute_text(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at)"
        " WITH RECURSIVE n AS (SELECT 1000 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1900)"
        " SELECT i, i, 1, UTC_TIMESTAMP(6) FROM n");
    (void)admin.query_text("ANALYZE TABLE deliveries");
    std::vector<db::FinishedDelivery> outcomes;
    std::vector<const db::FinishedDelivery*> recorded;
    for (const DeliveryKey& key : keys) outcomes.push_back(finished(key, DeliveryStatus::kSucceeded));
    for (const db::FinishedDelivery& outcome : outcomes) recorded.push_back(&outcome);
    BOOST_TEST(Worker(schema, kOurs).claim(keys).claimed.size() == keys.size());
    const db::DuePosition position{"2026-01-01 00:00:00.000000", {1, 2}};
    const std::array wanted{db::DueOf{kWebhook, 10, {}}, db::DueOf{7, 10, position}};
    for (const std::string& statement :
         {db::select_due(position, 10), db::select_due_of(wanted), db::lock_deliveries(keys, kOurs),
          db::lease_deliveries(keys, kOurs, seconds{1}), db::release_deliveries(keys, kOurs),
          db::record_successes(recorded, kOurs), db::record_others(recorded, kOurs),
          db::remove_deliveries(keys), db::fail_deliveries(keys)}) {
        BOOST_TEST_CONTEXT(statement) {
            const db::Rows plan = admin.query_text("EXPLAIN FORMAT=TRADITIONAL " + statement);
            std::size_t on_deliveries = 0;
            for (std::size_t row = 0; row < plan.size(); ++row) {
                const std::string table = plan.cell(row, 2).value_or("");
                if (table != "deliveries" && table != "d") continue;
                ++on_deliveries;
                // MySQL's plans have two more columns, so values are searched for in all columns.
                for (std::size_t column = 3; column < 12 && column < plan.columns(); ++column) {
                    const std::string cell = plan.cell(row, column).value_or("");
                    BOOST_TEST((cell != "ALL" && cell != "index"));
                    BOOST_TEST(cell.find("filesort") == std::string::npos);
                }
            }
            BOOST_TEST(on_deliveries >= 1U);
        }
    }
}
