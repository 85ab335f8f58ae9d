#define BOOST_TEST_MODULE delivery_json
#include "handlers/delivery_json.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <utility>

using handlers::attempt_to_json;
using handlers::delivery_to_json;
using namespace std::string_literals;

namespace {

db::Attempt attempt_with(std::optional<std::string> answer) {
    return {.id = 1,
            .made_at = "2026-03-02T10:15:00.250000Z",
            .duration_us = 12'499,
            .status = 503,
            .failure = {},
            .detail = {},
            .answer = std::move(answer)};
}

// The value of the member "answer", as JSON.
std::string shown(const db::Attempt& attempt) {
    constexpr std::string_view kName = "\"answer\":";
    const std::string json = attempt_to_json(attempt, true);
    const std::size_t begin = json.find(kName) + kName.size();
    return json.substr(begin, json.size() - 1 - begin);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_delivery_names_its_event_and_the_reason) {
    db::ListedDelivery delivery{.event_id = 2,
                                .webhook_id = 1,
                                .account_id = 3,
                                .api_version = "v1",
                                .event_type = "scan_completed",
                                .occurred_at = "2026-03-02T10:15:00.000000Z",
                                .status = model::DeliveryStatus::kRescheduled,
                                .next_try = "2026-03-02T10:17:01.250000Z",
                                .retries = 2,
                                .reason = "http 503"};
    BOOST_TEST(delivery_to_json(delivery) ==
               R"({"id":"11111111112","api_version":"v1","status":"rescheduled",)"
               R"("next_try":"2026-03-02T10:17:01.250000Z","retries":2,"event_id":"11111111113",)"
               R"("event_type":"scan_completed","occurred_at":"2026-03-02T10:15:00.000000Z",)"
               R"("webhook_id":"11111111112","reason":"http 503"})");
    delivery.reason.reset();
    delivery.next_try.reset();
    const std::string json = delivery_to_json(delivery);
    BOOST_TEST(json.find(R"("next_try":null)") != std::string::npos);
    BOOST_TEST(json.find(R"("reason":null)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_attempt_with_and_without_its_answer) {
    db::Attempt attempt = attempt_with("Down.");
    BOOST_TEST(attempt_to_json(attempt, false) ==
               R"({"made_at":"2026-03-02T10:15:00.250000Z","duration_ms":12,"status":503,"failure":null,)"
               R"("detail":null})");
    BOOST_TEST(shown(attempt) == "\"Down.\"");
    attempt.status.reset();
    attempt.failure = "tls";
    attempt.detail = "certificate has expired";
    attempt.answer.reset();
    attempt.duration_us = 12'500;
    BOOST_TEST(attempt_to_json(attempt, true) ==
               R"({"made_at":"2026-03-02T10:15:00.250000Z","duration_ms":13,"status":null,"failure":"tls",)"
               R"("detail":"certificate has expired","answer":null})");
}

BOOST_AUTO_TEST_CASE(an_answer_from_an_address_that_only_the_allow_list_names_is_not_shown) {
    db::Attempt attempt = attempt_with("a secret");
    attempt.by_allow_list = true;
    BOOST_TEST(shown(attempt) == "null");
}

BOOST_AUTO_TEST_CASE(an_answer_is_text_whatever_its_bytes_are) {
    const std::string filling(1020, 'x');
    for (const auto& [bytes, text] : {
             std::pair{""s, "\"\""s},
             std::pair{"caf\xC3\xA9"s, "\"caf\xC3\xA9\""s},
             std::pair{"a\xFF\0z"s, "\"a\xEF\xBF\xBD\\u0000z\""s},
             // It was not cut, so the sequence was never complete.
             std::pair{"a\xE2\x82"s, "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""s},
             std::pair{filling + "ab\xE2\x82", "\"" + filling + "ab\""},
             std::pair{filling + "a\xE2\x82\xAC", "\"" + filling + "a\xE2\x82\xAC\""},
             std::pair{filling + "abc\xFF", "\"" + filling + "abc\xEF\xBF\xBD\""},
         }) {
        BOOST_TEST(shown(attempt_with(bytes)) == text);
    }
}
