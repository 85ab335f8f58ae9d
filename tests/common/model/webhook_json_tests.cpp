#define BOOST_TEST_MODULE webhook_json
#include "common/model/webhook_json.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using model::webhook_to_json;

namespace {

model::Webhook some_webhook() {
    return {.id = 1,
            .owner = {2, 3},
            .fields = {.url = "https://ci.example.com/hook", .name = "CI"},
            .enabled = true,
            .disabled_reason = std::nullopt,
            .created_at = "2026-03-01T09:00:00.000000Z",
            .created_by = {58, "ana@example.com", "Ana"},
            .changed_at = "2026-03-02T09:00:00.000001Z",
            .changed_by = {59, "bob@example.com", "Bob"}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_webhook_has_these_members_in_this_order) {
    BOOST_TEST(webhook_to_json(some_webhook()) ==
               R"({"id":"11111111112","name":"CI","url":"https://ci.example.com/hook","check_cert":true,)"
               R"("api_version":"v1","event_types":[],"ordered":false,"enabled":true,"disabled_reason":null,)"
               R"("failing_since":null,"created":"2026-03-01T09:00:00.000000Z",)"
               R"("created_by":{"id":"11111111121","email":"ana@example.com","name":"Ana"},)"
               R"("changed":"2026-03-02T09:00:00.000001Z",)"
               R"("changed_by":{"id":"11111111122","email":"bob@example.com","name":"Bob"}})");
}

BOOST_AUTO_TEST_CASE(a_disabled_one) {
    model::Webhook webhook = some_webhook();
    webhook.fields.check_cert = false;
    webhook.enabled = false;
    webhook.disabled_reason = "The receiver answered 410 Gone.";
    const std::string json = webhook_to_json(webhook);
    BOOST_TEST(json.find(R"("check_cert":false)") != std::string::npos);
    BOOST_TEST(json.find(R"("enabled":false,"disabled_reason":"The receiver answered 410 Gone.")") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_ordered_one_that_chooses_and_fails) {
    model::Webhook webhook = some_webhook();
    webhook.fields.event_types = model::parse_event_types("scan_failed,finding_fixed").value();
    webhook.fields.ordered = true;
    webhook.failing_since = "2026-03-03T09:00:00.000000Z";
    const std::string json = webhook_to_json(webhook);
    BOOST_TEST(json.find(R"("event_types":["scan_failed","finding_fixed"],"ordered":true,"enabled")") !=
               std::string::npos);
    BOOST_TEST(json.find(R"("failing_since":"2026-03-03T09:00:00.000000Z","created")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(texts_are_escaped) {
    model::Webhook webhook = some_webhook();
    webhook.fields.name = "\"\\\n\x01 M\xC3\xBC \xF0\x9F\x98\x80";
    BOOST_TEST(webhook_to_json(webhook).find("\"name\":\"\\\"\\\\\\n\\u0001 M\xC3\xBC \xF0\x9F\x98\x80\"") !=
               std::string::npos);
}
