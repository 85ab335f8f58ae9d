// POST webhooks/{id}/test/: records a new event and delivers it to this webhook alone.
#include <memory>
#include <utility>

#include "common/model/event_json.hpp"
#include "fcgi/http/problem.hpp"
#include "handlers/idempotency_key.hpp"
#include "handlers/webhooks/changed_webhook.hpp"
#include "handlers/webhooks/steering_fields.hpp"
#include "handlers/webhooks/webhook_operations.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/webhooks/idempotency.hpp"
#include "sql/webhooks/test_event.hpp"

namespace handlers {
namespace {

// A test, with all of its tries.
class Test {
  public:
    Test(std::optional<std::string> event_type, std::optional<base::Digest> key)
        : event_type_(std::move(event_type)), key_(key) {}

    [[nodiscard]] http::Response run(const Call& call);
    // The response of a try whose commit happened.
    [[nodiscard]] std::optional<http::Response> confirm(const Call& call) const {
        if (!db::is_event_stored(call.database, event_id_)) return std::nullopt;
        call.services.wakeup.send();
        return response_;
    }

  private:
    [[nodiscard]] std::string event_type(const Call& call) const {
        return event_type_.value_or(db::greeting_type(call.caller.owner));
    }
    [[nodiscard]] std::optional<db::IdempotencyKey> key(const Call& call) const;
    // Every try has the same id. An id that another event has is replaced.
    [[nodiscard]] db::IdSource id_source();
    void commit(db::Transaction& transaction);

    const std::optional<std::string> event_type_;
    const std::optional<base::Digest> key_;
    model::Id event_id_ = model::generate_id();
    bool may_be_stored_ = false;
    http::Response response_;
};

std::optional<db::IdempotencyKey> Test::key(const Call& call) const {
    if (!key_) return std::nullopt;
    const model::Owner& owner = call.caller.owner;
    const std::array values{model::to_base58(call.ids[0]), event_type(call)};
    return db::IdempotencyKey{.account_id = owner.account_id,
                              .key = *key_,
                              .request = request_digest("test", {owner.target_id}, values)};
}

db::IdSource Test::id_source() {
    return [this, first = true]() mutable {
        if (!std::exchange(first, false) && !may_be_stored_) event_id_ = model::generate_id();
        return event_id_;
    };
}

void Test::commit(db::Transaction& transaction) {
    try {
        transaction.commit();
    } catch (const db::CommitUncertain&) {
        may_be_stored_ = true;
        throw;
    }
}

http::Response repeated(const db::AnsweredBefore& before) {
    http::Response response{.status = 200, .body = before.response};
    response.log = {{"event", model::to_base58(before.object_id)}, {"repeat", "yes"}};
    return response;
}

http::Response Test::run(const Call& call) {
    const auto key = this->key(call);
    db::Transaction transaction(call.database);
    if (key) {
        const db::IdempotencyOutcome outcome = db::claim_idempotency_key(call.database, *key);
        if (const auto* const before = std::get_if<db::AnsweredBefore>(&outcome)) return repeated(*before);
        if (std::holds_alternative<db::OtherRequest>(outcome)) {
            return http::bad_request(kOtherRequest);
        }
    }
    const model::Id webhook = call.ids[0];
    const auto event = db::test_webhook(call.database, call.caller, webhook, event_type(call), id_source());
    if (!event) return http::not_found();
    response_ = about_webhook(webhook, model::event_to_json(*event));
    response_.log.emplace_back("event", model::to_base58(event->id));
    if (key) db::remember_answer(call.database, *key, {event->id, response_.body});
    commit(transaction);
    call.services.wakeup.send();
    return response_;
}

}  // namespace

Operation test_webhook(const http::Request& request, const Services& /*services*/) {
    auto event_type = read_test_event_type(request);
    if (!event_type) return refuse_for_webhook(std::move(event_type.error()));
    const auto key = read_idempotency_key(request);
    if (!key) return refuse_for_webhook(http::bad_request(key.error()));
    const auto test = std::make_shared<Test>(std::move(event_type.value()), key.value());
    return {.run = [test](const Call& call) { return test->run(call); },
            .confirm = [test](const Call& call) { return test->confirm(call); }};
}

}  // namespace handlers
