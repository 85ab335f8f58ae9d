#define BOOST_TEST_MODULE message
#include "delivery/message.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "delivery/http/signature.hpp"

BOOST_AUTO_TEST_CASE(the_event_is_posted_with_this_delivery_only_and_signed) {
    db::ClaimedDelivery claim;
    claim.key = {1, 57};
    claim.url = "https://example.com/hook";
    claim.check_cert = false;
    claim.opened = {.secrets = {"current", "former"},
                    .headers = std::make_shared<const model::WebhookHeaders>(
                        model::WebhookHeaders{{"X-Api-Key", "a: b"}, {"X-Empty", ""}})};
    claim.event = {.id = 1,
                   .event_type = "scan_completed",
                   .occurred_at = "2026-01-31T16:32:17.238553Z",
                   .content = R"({"id": 7})",
                   .deliveries = {{.webhook_id = 57,
                                   .api_version = "v1",
                                   .status = model::DeliveryStatus::kRescheduled,
                                   .next_try = "2026-03-01T09:00:00.000000Z",
                                   .retries = 2}}};
    const delivery::Request request = delivery::message_of(claim, 9, 1'614'265'330);
    BOOST_TEST(request.tag == 9U);
    BOOST_TEST(request.url == claim.url);
    BOOST_TEST(!request.check_cert);
    const std::string body =
        R"({"id":"11111111112","event_type":"scan_completed","occurred_at":"2026-01-31T16:32:17.238553Z",)"
        R"("object_type":"scan","content":{"id": 7},"webhooks":[{"id":"1111111111z","api_version":"v1",)"
        R"("status":"rescheduled","next_try":"2026-03-01T09:00:00.000000Z","retries":2}]})";
    BOOST_TEST(request.body == body);
    const std::string id = "11111111112";
    const std::vector<std::string> headers{
        "content-type: application/json",
        "webhook-id: " + id,
        "webhook-timestamp: 1614265330",
        "webhook-signature: " + delivery::sign("current", id, 1'614'265'330, body) + " " +
            delivery::sign("former", id, 1'614'265'330, body),
        "X-Api-Key: a: b",
        "X-Empty;"};
    BOOST_TEST(request.headers == headers, boost::test_tools::per_element());
}
