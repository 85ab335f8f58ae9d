#define BOOST_TEST_MODULE event_list
#include "sql/events/event_list.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sql/connection/schema.hpp"
#include "sql/events/event_reader.hpp"
#include "tests/support/test_database.hpp"

namespace {

using db::EventFilter;
using model::DeliveryStatus;
using model::Owner;

constexpr model::Id kAccount = 1;
constexpr model::Id kOtherAccount = 2;
constexpr std::size_t kEvents = 600;

const std::vector<std::string> kTypes{"scan_started", "scan_completed", "finding_detected"};
// Few times, so that many events share one and differ only in their ids.
const std::vector<std::string> kTimes{"2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000001Z",
                                      "2026-02-03T04:05:06.700000Z", "2026-12-31T23:59:59.999999Z"};

struct KnownEvent {
    model::Id id;
    Owner owner;
    std::string event_type;
    std::string occurred_at;
    std::set<std::pair<model::Id, int>> deliveries;  // webhook, status

    [[nodiscard]] bool has(DeliveryStatus status) const {
        return std::ranges::any_of(deliveries,
                                   [&](const auto& one) { return one.second == static_cast<int>(status); });
    }
};

std::string text_of(const std::optional<model::Id>& id) {
    return id ? std::to_string(*id) : "NULL";
}

std::string database_time(std::string time) {
    time[time.find('T')] = ' ';
    time.pop_back();
    return "'" + time + "'";
}

// Random events of two accounts, some of targets, with up to five deliveries each.
struct Fixture {
    testing::TestSchema schema;
    db::Connection connection{schema.settings()};
    std::vector<KnownEvent> events;  // newest first

    Fixture() {
        db::migrate(connection);
        std::mt19937 random(4711);
        const auto random_below = [&random](std::size_t below) { return random() % below; };
        for (std::size_t i = 0; i < kEvents; ++i) {
            KnownEvent event{.id = 1000 + i,
                             .owner = {random_below(5) == 0 ? kOtherAccount : kAccount, std::nullopt},
                             .event_type = kTypes[random_below(kTypes.size())],
                             .occurred_at = kTimes[random_below(kTimes.size())],
                             .deliveries = {}};
            if (random_below(3) > 0) event.owner.target_id = event.owner.account_id * 10 + random_below(2);
            for (model::Id webhook = 1; webhook <= 5; ++webhook) {
                if (random_below(3) == 0)
                    event.deliveries.emplace(webhook, random_below(4) == 0 ? random_below(4) : 1);
            }
            events.push_back(std::move(event));
        }
        store();
        std::ranges::sort(events, std::greater<>(),
                          [](const KnownEvent& event) { return std::pair(event.occurred_at, event.id); });
    }

    void store() {
        for (int webhook = 1; webhook <= 5; ++webhook) {
            connection.execute_text(
                "INSERT INTO webhooks (id, account_id, url, name, check_cert, api_version, secret, created_at, "
                "created_by)"
                " VALUES (" +
                std::to_string(webhook) + ", 1, '', '', TRUE, 'v1', '', UTC_TIMESTAMP(6), 1)");
        }
        std::string rows;
        std::string delivery_rows;
        for (const KnownEvent& event : events) {
            const std::string account = std::to_string(event.owner.account_id);
            const std::string time = database_time(event.occurred_at);
            rows += (rows.empty() ? "(" : ", (") + std::to_string(event.id) + ", " + account + ", " +
                    text_of(event.owner.target_id) + ", '" + event.event_type + "', '{}', " + time + ")";
            for (const auto& [webhook, status] : event.deliveries) {
                delivery_rows += (delivery_rows.empty() ? "(" : ", (") + std::to_string(event.id) + ", " +
                                 std::to_string(webhook) + ", " + account + ", " + time + ", " +
                                 std::to_string(status) + ")";
            }
        }
        connection.execute_text(
            "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at) VALUES " +
            rows);
        connection.execute_text(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status) VALUES " +
            delivery_rows);
        connection.execute_text(
            "INSERT INTO counters (owner, owner_id, what, shard, n)"
            " SELECT 'account', account_id, event_type, 0, COUNT(*) FROM events GROUP BY account_id, "
            "event_type"
            " UNION ALL SELECT 'target', target_id, event_type, 0, COUNT(*) FROM events WHERE target_id IS "
            "NOT NULL"
            " GROUP BY target_id, event_type");
    }

    [[nodiscard]] std::vector<KnownEvent> chosen(const Owner& owner, const EventFilter& filter) const {
        std::vector<KnownEvent> found;
        for (const KnownEvent& event : events) {
            if (event.owner.account_id != owner.account_id) continue;
            if (owner.target_id && event.owner.target_id != owner.target_id) continue;
            if (filter.event_type && event.event_type != *filter.event_type) continue;
            if (filter.since && event.occurred_at < *filter.since) continue;
            if (filter.until && event.occurred_at >= *filter.until) continue;
            if (filter.status && !event.has(*filter.status)) continue;
            found.push_back(event);
        }
        return found;
    }

    std::vector<model::Event> list(const Owner& owner, const EventFilter& filter,
                                   const db::ListSlice& slice) {
        return read(db::find_events(connection, owner, filter, slice));
    }

    std::vector<model::Event> read(const db::ListPart& part) {
        std::vector<model::Id> ids;
        for (const db::Position& position : part.found) ids.push_back(position.id);
        return db::read_events(connection, ids);
    }
};

void check_same(const model::Event& event, const KnownEvent& known) {
    BOOST_TEST(event.id == known.id);
    BOOST_TEST(event.event_type == known.event_type);
    BOOST_TEST(event.occurred_at == known.occurred_at);
    BOOST_TEST(event.content == "{}");
    std::set<std::pair<model::Id, int>> deliveries;
    for (const model::Delivery& delivery : event.deliveries) {
        deliveries.emplace(delivery.webhook_id, static_cast<int>(delivery.status));
    }
    BOOST_CHECK(deliveries == known.deliveries);
    BOOST_CHECK(std::ranges::is_sorted(event.deliveries, {}, &model::Delivery::webhook_id));
}

std::vector<EventFilter> all_filters() {
    std::vector<EventFilter> filters;
    const std::vector<std::optional<std::string>> types{std::nullopt, kTypes[0], kTypes[2], "user_created"};
    const std::vector<std::optional<DeliveryStatus>> statuses{
        std::nullopt, DeliveryStatus::kScheduled, DeliveryStatus::kSucceeded, DeliveryStatus::kRescheduled,
        DeliveryStatus::kFailed};
    const std::vector<std::optional<std::string>> times{std::nullopt, kTimes[1], kTimes[2],
                                                        "2027-01-01T00:00:00.000000Z"};
    for (const auto& event_type : types) {
        for (const auto& status : statuses) {
            for (const auto& since : times) {
                for (const auto& until : times) filters.push_back({event_type, status, since, until});
            }
        }
    }
    return filters;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(every_filter_finds_the_right_events, Fixture) {
    const std::vector<Owner> owners{{kAccount, std::nullopt},      {kAccount, 10},      {kAccount, 11},
                                    {kOtherAccount, std::nullopt}, {kOtherAccount, 20}, {3, std::nullopt}};
    const std::vector<db::ListSlice> slices{
        {std::nullopt, 0, 10}, {std::nullopt, 10, 10}, {std::nullopt, 0, 100}, {std::nullopt, 3, 1}};
    std::size_t found = 0;
    for (const Owner& owner : owners) {
        for (const EventFilter& filter : all_filters()) {
            const std::vector<KnownEvent> expected = chosen(owner, filter);
            const db::ListCount count = db::count_events(connection, owner, filter);
            BOOST_REQUIRE(count.is_exact);
            BOOST_REQUIRE(count.count == expected.size());
            for (const db::ListSlice& slice : slices) {
                const db::ListPart part = db::find_events(connection, owner, filter, slice);
                const std::vector<model::Event> page = read(part);
                const std::size_t begin = std::min<std::size_t>(slice.offset, expected.size());
                const std::size_t length = std::min<std::size_t>(slice.length, expected.size() - begin);
                BOOST_REQUIRE(page.size() == length);
                BOOST_REQUIRE(part.resume.has_value() == (begin + length < expected.size()));
                for (std::size_t i = 0; i < length; ++i) check_same(page[i], expected[begin + i]);
                found += length;
                if (filter.status) continue;
                const db::EventPart together = db::read_event_part(connection, owner, filter, slice);
                BOOST_REQUIRE((together.part.found == part.found && together.part.resume == part.resume));
                BOOST_REQUIRE(together.events.size() == length);
                for (std::size_t i = 0; i < length; ++i) check_same(together.events[i], expected[begin + i]);
            }
        }
    }
    BOOST_TEST(found > 10'000U);  // most lists were not empty
}

BOOST_FIXTURE_TEST_CASE(pages_put_together_are_the_list, Fixture) {
    const Owner owner{kAccount, std::nullopt};
    const std::vector<KnownEvent> expected = chosen(owner, {});
    std::vector<model::Id> ids;
    for (std::uint64_t offset = 0; offset < expected.size(); offset += 7) {
        for (const model::Event& event : list(owner, {}, {std::nullopt, offset, 7})) ids.push_back(event.id);
    }
    BOOST_REQUIRE(ids.size() == expected.size());
    for (std::size_t i = 0; i < ids.size(); ++i) BOOST_TEST(ids[i] == expected[i].id);
}

BOOST_FIXTURE_TEST_CASE(positions_lead_through_the_list_whatever_is_added, Fixture) {
    for (const EventFilter& filter :
         {EventFilter{}, EventFilter{kTypes[0], DeliveryStatus::kSucceeded, kTimes[1], kTimes[3]}}) {
        const Owner owner{kAccount, 10};
        const std::vector<KnownEvent> expected = chosen(owner, filter);
        std::vector<model::Id> ids;
        db::ListSlice slice{.after = std::nullopt, .offset = 0, .length = 7};
        do {
            const db::ListPart part = db::find_events(connection, owner, filter, slice);
            for (const db::Position& position : part.found) ids.push_back(position.id);
            slice.after = part.resume;
            connection.execute_text(
                "INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)"
                " SELECT MAX(id) + 1, 1, 10, 'finding_fixed', '{}', '2027-01-01' FROM events");
        } while (slice.after);
        BOOST_REQUIRE(ids.size() == expected.size());
        for (std::size_t i = 0; i < ids.size(); ++i) BOOST_TEST(ids[i] == expected[i].id);
        connection.execute_text("DELETE FROM events WHERE occurred_at = '2027-01-01'");
    }
}
