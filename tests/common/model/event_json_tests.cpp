#define BOOST_TEST_MODULE event_json
#include "common/model/event_json.hpp"

#include <rapidjson/document.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "common/model/id.hpp"

using model::event_to_json;

namespace {

model::Event greeting() {
    return {.id = 1,
            .event_type = "target_created",
            .occurred_at = "2026-01-31T16:32:17.238553Z",
            .content = R"({"id": "5Kd3NBUAdUn",  "name": "Shop"})",
            .deliveries = {{.webhook_id = 57,
                            .api_version = "v1",
                            .status = model::DeliveryStatus::kScheduled,
                            .next_try = "2026-03-01T09:00:00.000000Z",
                            .retries = 0}}};
}

rapidjson::Document parse(const std::string& json) {
    rapidjson::Document document;
    document.Parse(json.data(), json.size());
    BOOST_REQUIRE_MESSAGE(!document.HasParseError(), json);
    return document;
}

std::string object_type_of(const std::string& event_type) {
    model::Event event = greeting();
    event.event_type = event_type;
    return parse(event_to_json(event))["object_type"].GetString();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_greeting_has_the_shape_of_the_contract) {
    BOOST_TEST(event_to_json(greeting()) ==
               R"({"id":"11111111112","event_type":"target_created",)"
               R"("occurred_at":"2026-01-31T16:32:17.238553Z","object_type":"target",)"
               R"("content":{"id": "5Kd3NBUAdUn",  "name": "Shop"},)"
               R"("webhooks":[{"id":"1111111111z","api_version":"v1","status":"scheduled",)"
               R"("next_try":"2026-03-01T09:00:00.000000Z","retries":0}]})");
}

BOOST_AUTO_TEST_CASE(the_count_of_all_deliveries_comes_last) {
    model::Event event = greeting();
    event.webhooks_count = 100'000;
    BOOST_TEST(event_to_json(event).ends_with(R"("retries":0}],"webhooks_count":100000})"));
}

BOOST_AUTO_TEST_CASE(the_object_type_is_the_first_word_of_the_event_type) {
    BOOST_TEST(object_type_of("user_created") == "user");
    BOOST_TEST(object_type_of("target_verification_failed") == "target");
    BOOST_TEST(object_type_of("scan_started") == "scan");
    BOOST_TEST(object_type_of("finding_detected") == "finding");
}

BOOST_AUTO_TEST_CASE(every_status_has_its_name) {
    model::Event event = greeting();
    const model::Delivery delivery = event.deliveries[0];
    event.deliveries.assign(4, delivery);
    event.deliveries[1].status = model::DeliveryStatus::kSucceeded;
    event.deliveries[2].status = model::DeliveryStatus::kRescheduled;
    event.deliveries[3].status = model::DeliveryStatus::kFailed;
    const auto document = parse(event_to_json(event));
    const auto& webhooks = document["webhooks"];
    BOOST_REQUIRE(webhooks.Size() == 4);
    BOOST_TEST(webhooks[0]["status"].GetString() == "scheduled");
    BOOST_TEST(webhooks[1]["status"].GetString() == "succeeded");
    BOOST_TEST(webhooks[2]["status"].GetString() == "rescheduled");
    BOOST_TEST(webhooks[3]["status"].GetString() == "failed");
}

BOOST_AUTO_TEST_CASE(no_next_try_is_null) {
    model::Event event = greeting();
    event.deliveries[0].next_try = std::nullopt;
    BOOST_TEST(parse(event_to_json(event))["webhooks"][0]["next_try"].IsNull());
}

BOOST_AUTO_TEST_CASE(an_event_without_deliveries_has_an_empty_array) {
    model::Event event = greeting();
    event.deliveries.clear();
    const auto document = parse(event_to_json(event));
    BOOST_TEST(document["webhooks"].IsArray());
    BOOST_TEST(document["webhooks"].Empty());
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_are_written_whole) {
    model::Event event = greeting();
    event.id = std::numeric_limits<model::Id>::max();
    event.deliveries[0].retries = std::numeric_limits<std::int32_t>::max();
    const auto document = parse(event_to_json(event));
    BOOST_TEST(document["id"].GetString() == model::to_base58(event.id));
    BOOST_TEST(document["webhooks"][0]["retries"].GetInt() == event.deliveries[0].retries);
}

BOOST_AUTO_TEST_CASE(content_is_inserted_unchanged) {
    model::Event event = greeting();
    event.content = "{\"name\":\"\\u00e9 \xc3\xa9 \\\"\", \"n\":1.50e+01, \"a\":[{}, null]}";
    BOOST_TEST(event_to_json(event).find(event.content) != std::string::npos);
    event.content = "{}";
    BOOST_TEST(parse(event_to_json(event))["content"].ObjectEmpty());
}
