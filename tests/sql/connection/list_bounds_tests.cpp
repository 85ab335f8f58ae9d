#define BOOST_TEST_MODULE list_bounds
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sql/connection/schema.hpp"
#include "sql/deliveries/attempt_list.hpp"
#include "sql/deliveries/delivery_list.hpp"
#include "sql/events/event_list.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/webhooks/webhook_store.hpp"
#include "tests/support/test_database.hpp"

// How many rows the server examines for long lists. The server counts them itself, so the load of the machine
// does not matter.

namespace {

using db::EventFilter;
using db::kMostExamined;
using db::ListSlice;
using model::DeliveryStatus;
using model::Owner;

constexpr std::uint64_t kRows = 120'000;  // of each kind
constexpr std::uint64_t kFirstId = 1'000;
// An entry is examined, its filter looks up another, and the result is counted.
// The search begins with fewer entries, which it examines twice.
constexpr std::uint64_t kMostRead = 6 * kMostExamined;
// Each of four ranges is read as far as the page, and the merged entries are sorted.
constexpr std::uint64_t kMostReadOfMerged = 10 * kMostExamined;
constexpr std::uint64_t kReadOfAPage = 1'000;

const Owner kAccount{1, std::nullopt};
const Owner kTarget{1, 10};
const Owner kQuietTarget{1, 11};  // has a tenth of the events, and no deliveries
// Half of the events occurred at the same time.
const std::string kMiddle = "2026-01-02T00:00:00.000000Z";

struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{settings(schema)};

    static db::ConnectionSettings settings(const testing::TestSchema& schema) {
        db::ConnectionSettings settings = schema.settings();
        settings.io_timeout = std::chrono::seconds(120);
        return settings;
    }

    Fixture() {
        db::migrate(connection);
        const std::string numbers =
            "(WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 399)"
            " SELECT a.n * 300 + b.n AS n FROM s a JOIN s b ON b.n < 300) numbers";
        connection.execute_text(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
            " SELECT 1000 + n, 1, IF(n MOD 10, 10, 11), IF(n MOD 3, 'scan_started', 'scan_failed'), '{}',"
            " '2026-01-01' + INTERVAL IF(n < 30000, n, IF(n < 90000, 86400, n)) SECOND FROM " +
            numbers);
        connection.execute_text(
            "INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret, enabled,"
            " created_at, created_by) SELECT 1 + n, 1, IF(n MOD 2, 10, NULL), IF(n < 5, 'https://x/', ''), "
            "'',"
            " TRUE, 'v1', '', n MOD 1000 < 999, UTC_TIMESTAMP(6), 1 FROM " +
            numbers);
        connection.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)"
            " SELECT id, 1, account_id, occurred_at, IF(id MOD 1001, 1, 3) FROM events WHERE target_id = 10");
        // One event has a delivery to every webhook.
        connection.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try)"
            " SELECT e.id, w.id, 1, e.occurred_at, 2, UTC_TIMESTAMP(6) FROM events e JOIN webhooks w"
            " WHERE e.id = 60001 AND w.id > 1");
        // One webhook, of another account and with events of its own, has many deliveries of each status.
        connection.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)"
            " SELECT id + 1000000, 900000, 2, occurred_at, id MOD 4 FROM events");
        connection.execute_text(
            "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us) SELECT n, 60001, 1,"
            " '2026-01-01' + INTERVAL n DIV 2 SECOND, n FROM " +
            numbers);
        connection.execute_text(
            "INSERT INTO counters (owner, owner_id, what, shard, n)"
            " SELECT 'account', 1, event_type, 0, COUNT(*) FROM events GROUP BY event_type"
            " UNION ALL SELECT 'target', target_id, event_type, 0, COUNT(*) FROM events GROUP BY target_id,"
            " event_type UNION ALL SELECT 'account', 1, 'webhook', 0, 60000"
            " UNION ALL SELECT 'target', 10, 'webhook', 0, 60000");
        (void)connection.query_text("ANALYZE TABLE events, deliveries, webhooks, attempts");
    }

    // The rows that this connection has read since it was opened.
    std::uint64_t rows_read() {
        const db::Rows rows = connection.query_text("SHOW SESSION STATUS LIKE 'Handler_read%'");
        std::uint64_t sum = 0;
        for (std::size_t row = 0; row < rows.size(); ++row) sum += rows.number(row, 1);
        return sum;
    }

    template <class Work>
    std::uint64_t rows_read_by(const Work& work) {
        const std::uint64_t before = rows_read();
        const std::uint64_t overhead = rows_read() - before;  // the query itself reads some as well
        work();
        return rows_read() - before - 2 * overhead;
    }
};

// Filled once for all tests, because no test changes it.
struct Shared {
    static Fixture& filled() {
        static Fixture fixture;
        return fixture;
    }
    db::Connection& connection = filled().connection;

    template <class Work>
    static std::uint64_t rows_read_by(const Work& work) {
        return filled().rows_read_by(work);
    }
};

std::vector<EventFilter> all_filters() {
    std::vector<EventFilter> filters;
    const std::vector<std::optional<std::string>> types{std::nullopt, "scan_started", "finding_fixed"};
    const std::vector<std::optional<DeliveryStatus>> statuses{
        std::nullopt, DeliveryStatus::kScheduled, DeliveryStatus::kSucceeded, DeliveryStatus::kRescheduled,
        DeliveryStatus::kFailed};
    for (const auto& type : types) {
        for (const auto& status : statuses) {
            for (const std::optional<std::string>& since : {std::optional<std::string>(), {kMiddle}}) {
                for (const std::optional<std::string>& until : {std::optional<std::string>(), {kMiddle}}) {
                    filters.push_back({type, status, since, until});
                }
            }
        }
    }
    return filters;
}

std::string text_of(const EventFilter& filter) {
    return filter.event_type.value_or("-") + " " +
           (filter.status ? std::string(model::name_of(*filter.status)) : "-") + " " +
           filter.since.value_or("-") + " " + filter.until.value_or("-");
}

const std::vector<ListSlice> kSlices{
    {std::nullopt, 0, 10},          {std::nullopt, 0, 100},
    {std::nullopt, 10'000, 100},    {{{kMiddle, 80'000}}, 0, 10},
    {{{kMiddle, kFirstId}}, 0, 10}, {{{"2026-01-01T00:00:05.000000Z", 0}}, 0, 10}};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(suite, Shared)

BOOST_AUTO_TEST_CASE(no_part_of_a_list_takes_more_work_than_its_bound) {
    for (const Owner& owner : {kAccount, kTarget, kQuietTarget}) {
        for (const EventFilter& filter : all_filters()) {
            BOOST_TEST_CONTEXT(owner.target_id.value_or(0) << " " << text_of(filter)) {
                BOOST_TEST(rows_read_by([&] { (void)db::count_events(connection, owner, filter); }) <
                           kMostRead);
                for (const ListSlice& slice : kSlices) {
                    BOOST_TEST(rows_read_by([&] {
                                   (void)db::find_events(connection, owner, filter, slice);
                               }) < kMostRead);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_page_costs_the_same_however_deep) {
    for (const Owner& owner : {kAccount, kTarget}) {
        for (const EventFilter& filter :
             {EventFilter{},
              EventFilter{.event_type = "scan_started", .status = {}, .since = {}, .until = {}},
              EventFilter{
                  .event_type = {}, .status = DeliveryStatus::kSucceeded, .since = {}, .until = {}}}) {
            for (const db::Position& after : {db::Position{kMiddle, 80'000}, db::Position{kMiddle, 40'000},
                                              db::Position{"2026-01-01T00:10:00.000000Z", 5000}}) {
                BOOST_TEST_CONTEXT(text_of(filter) << " " << after.time << " " << after.id) {
                    db::ListPart part;
                    const auto find = [&] {
                        part = db::find_events(connection, owner, filter, {after, 0, 10});
                    };
                    BOOST_TEST(rows_read_by(find) < kReadOfAPage);
                    BOOST_TEST(part.found.size() == 10U);
                    BOOST_TEST(part.resume.has_value());
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(counts_stop) {
    const auto count = [&](const Owner& owner, const EventFilter& filter) {
        return db::count_events(connection, owner, filter);
    };
    const EventFilter since{.event_type = {}, .status = {}, .since = kMiddle, .until = {}};
    BOOST_TEST(count(kAccount, since).count == kMostExamined);
    BOOST_TEST(!count(kAccount, since).is_exact);
    BOOST_TEST(count(kAccount, {}).count == kRows);
    BOOST_TEST(count(kAccount, {}).is_exact);
    const EventFilter failed{.event_type = {}, .status = DeliveryStatus::kFailed, .since = {}, .until = {}};
    BOOST_TEST(count(kAccount, failed).is_exact);
    BOOST_TEST(count(kAccount, failed).count ==
               connection.query_text("SELECT COUNT(*) FROM deliveries WHERE account_id = 1 AND status = 3")
                   .number(0, 0));
    const EventFilter few{
        .event_type = {}, .status = {}, .since = "2026-01-02T09:19:59.000000Z", .until = {}};
    BOOST_TEST(count(kAccount, few).is_exact);
    BOOST_TEST(count(kAccount, few).count == 1U);
}

BOOST_AUTO_TEST_CASE(parts_put_together_are_the_list) {
    const EventFilter rescheduled{
        .event_type = {}, .status = DeliveryStatus::kRescheduled, .since = {}, .until = {}};
    BOOST_TEST(db::find_events(connection, kAccount, rescheduled, {}).found.size() == 1U);
    for (const Owner& owner : {kAccount, kQuietTarget}) {
        for (const std::optional<DeliveryStatus>& status : {std::optional<DeliveryStatus>(),
                                                            {DeliveryStatus::kSucceeded},
                                                            {DeliveryStatus::kRescheduled}}) {
            const EventFilter filter{"scan_started", status, std::nullopt, std::nullopt};
            const db::Rows expected = connection.query_text(
                "SELECT COUNT(*) FROM events e WHERE event_type = 'scan_started' AND target_id " +
                std::string(owner.target_id ? "= 11" : "> 0") +
                (status ? " AND EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id AND d.status = " +
                              std::to_string(static_cast<int>(*status)) + ")"
                        : ""));
            std::set<model::Id> ids;
            ListSlice slice{.after = std::nullopt, .offset = 0, .length = 5000};
            do {
                const db::ListPart part = db::find_events(connection, owner, filter, slice);
                for (const db::Position& position : part.found) BOOST_REQUIRE(ids.insert(position.id).second);
                slice.after = part.resume;
            } while (slice.after);
            BOOST_TEST(ids.size() == expected.number(0, 0));
        }
    }
}

BOOST_AUTO_TEST_CASE(webhooks_are_found_within_the_bound) {
    for (const Owner& owner : {kAccount, kTarget}) {
        for (const db::WebhookFilter& filter :
             {db::WebhookFilter{}, db::WebhookFilter{.enabled = false}, db::WebhookFilter{.enabled = true},
              db::WebhookFilter{.url = "https://x/"},
              db::WebhookFilter{.enabled = true, .url = "https://\u00e9/"}}) {
            BOOST_TEST(rows_read_by([&] { (void)db::count_webhooks(connection, owner, filter); }) <
                       kMostRead);
            for (const ListSlice& slice : {ListSlice{}, ListSlice{std::nullopt, 10'000, 100},
                                           ListSlice{{{"", 30'000}}, 0, 10}, ListSlice{{{"", 20}}, 0, 10}}) {
                BOOST_TEST(rows_read_by([&] { (void)db::find_webhooks(connection, owner, filter, slice); }) <
                           kMostRead);
            }
        }
        BOOST_TEST(rows_read_by([&] {
                       (void)db::find_webhooks(connection, owner, {}, {{{"", 30'000}}, 0, 10});
                   }) < kReadOfAPage);
    }
    std::size_t found = 0;
    ListSlice slice{};
    do {
        const db::ListPart part = db::find_webhooks(connection, kTarget, {.url = "https://x/"}, slice);
        found += part.found.size();
        slice.after = part.resume;
    } while (slice.after);
    BOOST_TEST(found == 2U);
}

BOOST_AUTO_TEST_CASE(deliveries_and_attempts_are_found_within_the_bound) {
    std::vector<db::DeliveryFilter> filters;
    for (const EventFilter& filter : all_filters()) {
        if (!filter.event_type) filters.push_back({filter.status, filter.since, filter.until});
    }
    for (const model::Id webhook : {model::Id{1}, model::Id{900'000}}) {
        for (const db::DeliveryFilter& filter : filters) {
            BOOST_TEST(rows_read_by([&] {
                           (void)db::count_deliveries_of_webhook(connection, webhook, filter);
                       }) < kMostRead);
            for (const ListSlice& slice : kSlices) {
                const auto find = [&] {
                    (void)db::find_deliveries_of_webhook(connection, webhook, filter, slice);
                };
                BOOST_TEST(rows_read_by(find) < (slice.offset > 0 ? kMostReadOfMerged : kReadOfAPage));
            }
        }
    }
    const db::DeliveryKey delivery{.event_id = 60'001, .webhook_id = 1};
    BOOST_TEST(rows_read_by([&] { (void)db::count_deliveries_of_event(connection, 60'001); }) < kMostRead);
    BOOST_TEST(rows_read_by([&] { (void)db::count_attempts(connection, delivery); }) < kMostRead);
    for (const ListSlice& slice : kSlices) {
        const std::uint64_t most = slice.offset > 0 ? kMostRead : kReadOfAPage;
        BOOST_TEST(rows_read_by([&] { (void)db::find_deliveries_of_event(connection, 60'001, slice); }) <
                   most);
        BOOST_TEST(rows_read_by([&] { (void)db::find_attempts(connection, delivery, slice); }) < most);
    }
    std::vector<model::Id> ids(100);
    std::iota(ids.begin(), ids.end(), model::Id{60'001});
    BOOST_TEST(rows_read_by([&] { (void)db::read_deliveries_of_webhook(connection, 1, ids); }) <
               kReadOfAPage);
    BOOST_TEST(rows_read_by([&] { (void)db::read_attempts(connection, delivery, ids); }) < kReadOfAPage);
}

BOOST_AUTO_TEST_CASE(a_part_shows_the_count_where_it_can) {
    const auto part = [&](const EventFilter& filter, const ListSlice& slice) {
        return db::find_events(connection, kAccount, filter, slice).count;
    };
    const EventFilter few{
        .event_type = {}, .status = {}, .since = "2026-01-02T09:19:57.000000Z", .until = {}};
    const EventFilter many{.event_type = {}, .status = {}, .since = kMiddle, .until = {}};
    BOOST_TEST(part(few, {}).value().count == 3U);
    BOOST_TEST(part(few, {}).value().is_exact);
    BOOST_TEST(!part(few, {.after = std::nullopt, .offset = 1, .length = 10}).has_value());
    BOOST_TEST(!part(few, {.after = std::nullopt, .offset = 0, .length = 2}).has_value());
    BOOST_TEST(!part(many, {}).has_value());
    BOOST_TEST(!part(many, {.after = std::nullopt, .offset = 9'990, .length = 10}).has_value());
    const auto last = part(many, {.after = std::nullopt, .offset = 10'000, .length = 10});
    BOOST_TEST(last.value().count == kMostExamined);
    BOOST_TEST(!last.value().is_exact);
    const EventFilter rare{
        .event_type = "scan_started", .status = DeliveryStatus::kScheduled, .since = {}, .until = {}};
    BOOST_TEST(part(rare, {}).value().count == 0U);
}

BOOST_AUTO_TEST_CASE(an_event_is_read_with_its_first_deliveries) {
    const std::vector<model::Id> ids{60'001, 60'002};
    const auto events = db::read_events(connection, ids);
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].deliveries.size() == db::kMostDeliveriesListed);
    BOOST_TEST(events[0].webhooks_count.value() == kRows);
    BOOST_TEST(events[0].deliveries[0].webhook_id == 1U);
    BOOST_TEST(events[0].deliveries[99].webhook_id == 100U);
    BOOST_TEST(events[1].deliveries.size() == 1U);
    BOOST_TEST(events[1].webhooks_count.value() == 1U);
    const auto event = db::find_event(connection, kAccount, 60'001).value();
    BOOST_TEST(event.deliveries.size() == db::kMostDeliveriesShown);
    BOOST_TEST(event.webhooks_count.value() == kRows);
    const std::vector<model::Id> many{60'001};
    BOOST_TEST(db::count_by_status(connection, many).at(60'001)[2] == kRows - 1);
}

BOOST_AUTO_TEST_SUITE_END()
