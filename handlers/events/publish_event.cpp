// POST events/: records a published event and its deliveries. An Idempotency-Key makes it safe to repeat.
#include <memory>
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

// The decoded request. The account and target of its key are set after the access check.
struct Publication {
    PublishedEvent event;
    std::optional<db::IdempotencyKey> key;
};

using PublicationOrError = base::Result<Publication, http::Response>;

PublicationOrError read_publication(const http::Request& request) {
    const auto form = http::decode_body(request, kEventFields);
    if (!form) return bad_body(form.error());
    const auto key = read_idempotency_key(request);
    if (!key) return http::bad_request(key.error());
    auto event = parse_published_event(form.value());
    if (!event) return bad_fields(request, std::move(event.error()));

    Publication publication{std::move(event.value()), std::nullopt};
    if (key.value()) publication.key = {.key = *key.value(), .request = digest_of(publication.event)};
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

// Returns the stored response if the request is a repetition, a 400 if its key belongs to another request, or
// nullopt. REQUIRES: a transaction is open.
std::optional<http::Response> answer_repeat(const Call& call, const std::optional<db::IdempotencyKey>& key) {
    if (!key) return std::nullopt;
    return std::visit(Repeat{}, db::claim_idempotency_key(call.database, *key));
}

// Records the event and its deliveries. REQUIRES: a transaction is open.
http::Response record(const Call& call, const PublishedEvent& event) {
    const model::Owner& owner = call.caller.owner;
    const model::Id id = call.generated.id;
    db::record_event(call.database,
                     {.owner = owner,
                      .event_type = event.event_type,
                      .content = event.content,
                      .occurred_at = event.occurred_at},
                     [id] { return id; });
    const auto recorded = db::find_event(call.database, owner, id);
    http::Response response = stored(id, model::event_to_json(recorded.value()));
    response.log.emplace_back("deliveries", std::to_string(recorded->webhooks_count.value()));
    return response;
}

// One request to publish, with all of its tries.
class PublishEvent {
  public:
    explicit PublishEvent(PublicationOrError publication) : publication_(std::move(publication)) {}

    http::Response run(const Call& call) {
        if (!publication_) return publication_.error();
        const PublishedEvent& event = publication_.value().event;
        const auto key = key_of(call.caller.owner);

        db::Transaction transaction(call.database);
        if (auto answer = answer_repeat(call, key)) return std::move(*answer);
        if (!db::count_publication(call.database, call.services.limits, call.caller.key_id)) {
            return http::throttled();
        }
        recorded_ = record(call, event);
        if (key) db::remember_answer(call.database, *key, {call.generated.id, recorded_.body});
        transaction.commit();
        call.services.wakeup.send();
        return recorded_;
    }

    // Returns the response of the try whose commit is uncertain, if its event is stored.
    std::optional<http::Response> confirm(const Call& call) const {
        if (!db::is_event_stored(call.database, call.generated.id)) return std::nullopt;
        return recorded_;
    }

  private:
    [[nodiscard]] std::optional<db::IdempotencyKey> key_of(const model::Owner& owner) const {
        auto key = publication_.value().key;
        if (!key) return key;
        key->account_id = owner.account_id;
        key->target_id = owner.target_id.value_or(db::kNoId);
        return key;
    }

    PublicationOrError publication_;
    http::Response recorded_;
};

}  // namespace

Operation publish_event(const http::Request& request, const Services& /*services*/) {
    const auto publishing = std::make_shared<PublishEvent>(read_publication(request));
    return {.run = [publishing](const Call& call) { return publishing->run(call); },
            .confirm = [publishing](const Call& call) { return publishing->confirm(call); }};
}

}  // namespace handlers
