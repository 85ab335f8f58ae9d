#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/model/event_json.hpp"
#include "fcgi/http/body.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/bad_body.hpp"
#include "handlers/events/event_fields.hpp"
#include "handlers/events/event_operations.hpp"
#include "handlers/events/idempotency_key.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "sql/events/idempotency.hpp"
#include "sql/webhooks/access.hpp"
#include "sql/webhooks/account_limits.hpp"

namespace handlers {
namespace {

struct Publication {
    PublishedEvent event;
    std::optional<db::IdempotencyKey> key;
};

using PublicationOrRefusal = base::Result<Publication, http::Response>;

PublicationOrRefusal read_publication(const http::Request& request, const model::Owner& owner) {
    const auto form = http::decode_body(request, kEventFields);
    if (!form) return bad_body(form.error());
    const auto key = read_idempotency_key(request);
    if (!key) return http::bad_request(key.error());
    auto event = parse_published_event(form.value());
    if (!event) return bad_fields(request, std::move(event.error()));

    Publication publication{std::move(event.value()), std::nullopt};
    if (key.value()) {
        publication.key = {.account_id = owner.account_id,
                           .target_id = owner.target_id.value_or(db::kNoId),
                           .key = *key.value(),
                           .request = digest_of(publication.event)};
    }
    return publication;
}

http::Response stored(model::Id event, std::string body) {
    http::Response response{.status = 200, .body = std::move(body)};
    response.log = {{"event", model::to_base58(event)}};
    return response;
}

struct Repeat {
    std::optional<http::Response> operator()(const db::FirstUse&) const { return std::nullopt; }
    std::optional<http::Response> operator()(const db::AnsweredBefore& answer) const {
        http::Response response = stored(answer.event_id, answer.response);
        response.log.emplace_back("repeat", "yes");
        return response;
    }
    std::optional<http::Response> operator()(const db::OtherRequest&) const {
        return http::bad_request("The Idempotency-Key was used for another request.");
    }
};

// The answer to a request that was answered before, or can't be. REQUIRES: a transaction is open.
std::optional<http::Response> answer_repeat(const Call& call, const std::optional<db::IdempotencyKey>& key) {
    if (!key) return std::nullopt;
    return std::visit(Repeat{}, db::claim_idempotency_key(call.database, *key));
}

// REQUIRES: a transaction is open.
http::Response record(const Call& call, const PublishedEvent& event,
                      const std::optional<db::IdempotencyKey>& key) {
    const model::Owner& owner = call.caller.owner;
    const model::Id id = call.drawn.id;
    db::record_event(call.database,
                     {.owner = owner,
                      .event_type = event.event_type,
                      .content = event.content,
                      .occurred_at = event.occurred_at},
                     [id] { return id; });
    const auto recorded = db::find_event(call.database, owner, id);
    http::Response response = stored(id, model::event_to_json(recorded.value()));
    response.log.emplace_back("deliveries", std::to_string(recorded->webhooks_count.value()));
    call.if_uncertain = [id, response](db::Connection& other) {
        return db::is_event_stored(other, id) ? std::optional(response) : std::nullopt;
    };
    if (key) db::remember_answer(call.database, *key, {id, response.body});
    return response;
}

}  // namespace

http::Response publish_event(const Call& call) {
    const PublicationOrRefusal publication = read_publication(call.request, call.caller.owner);
    if (!publication) return publication.error();
    const auto& [event, key] = publication.value();

    db::Transaction transaction(call.database);
    if (auto answer = answer_repeat(call, key)) return std::move(*answer);
    if (!db::count_publication(call.database, call.services.limits, call.caller.key_id)) {
        return http::throttled();
    }
    http::Response response = record(call, event, key);
    transaction.commit();
    call.services.nudge.send();
    return response;
}

}  // namespace handlers
