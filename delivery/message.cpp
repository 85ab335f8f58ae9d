#include "delivery/message.hpp"

#include "common/model/event_json.hpp"
#include "delivery/http/signature.hpp"

namespace delivery {

Request message_of(const db::ClaimedDelivery& claim, std::uint64_t tag, std::int64_t unix_seconds) {
    Request request{.tag = tag,
                    .url = claim.url,
                    .check_cert = claim.check_cert,
                    .headers = {},
                    .body = model::event_to_json(claim.event),
                    .account = claim.account_id};
    const std::string id = model::to_base58(claim.event.id);
    request.headers = {
        "content-type: application/json", "webhook-id: " + id,
        "webhook-timestamp: " + std::to_string(unix_seconds),
        "webhook-signature: " + signature_header(claim.opened.secrets, id, unix_seconds, request.body)};
    for (const model::WebhookHeader& header : *claim.opened.headers) {
        request.headers.push_back(header.text.empty() ? header.name + ";" : header.name + ": " + header.text);
    }
    return request;
}

}  // namespace delivery
