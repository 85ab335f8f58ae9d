// Requests that the group commit stores: registrations and publications.
// An Idempotency-Key makes them safe to repeat.
//
// Errors are reported in the order 401, 403, 404, 415, 400. The body is decoded and validated first, because the
// group commit checks key and target in the transaction that stores the request. But only clients that may store
// something see the errors of the body.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/model/records.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/reply.hpp"
#include "fcgi/http/response.hpp"
#include "handlers/credentials.hpp"
#include "handlers/idempotency_key.hpp"
#include "handlers/operation.hpp"
#include "sql/group_commit/group_commit.hpp"

namespace handlers {

// What a request stores.
struct WriteOperation {
    std::string_view name;    // distinguishes operations that are used with the same Idempotency-Key
    std::string_view object;  // what it makes, for the log
    // The response to an event that was stored.
    http::Response (*stored)(const model::Event& event);
};

// A request that waits for the group commit.
class PendingWrite final : public db::WriteRequest {
  public:
    // refusal: the response to clients that have access, if there is nothing to store.
    PendingWrite(http::Reply reply, const WriteOperation& operation, std::optional<http::Response> refusal)
        : reply_(std::move(reply)), operation_(operation), refusal_(std::move(refusal)) {}

    [[nodiscard]] bool has_given_up() const override { return reply_.is_expired(); }
    [[nodiscard]] bool start_commit() override { return reply_.start_commit(); }
    void cancel_commit() override { reply_.cancel_commit(); }
    void identify(const model::Identity& by) override;
    // REQUIRES: if the outcome is Allowed, there is a refusal.
    void settle(db::WriteOutcome outcome) override;

  private:
    http::Reply reply_;
    const WriteOperation operation_;
    const std::optional<http::Response> refusal_;
};

// Returns nullopt if the request has no Idempotency-Key. values: of the content.
template <class Content>
base::Result<std::optional<db::IdempotentUse>, http::Response> read_idempotent_use(
    const http::Request& request, const WriteOperation& operation, const db::Scope& scope,
    const Content& content, std::vector<std::string> (*values)(const Content&)) {
    const auto key = read_idempotency_key(request);
    if (!key) return http::bad_request(key.error());
    if (!key.value()) return std::optional<db::IdempotentUse>();
    return std::optional(db::IdempotentUse{
        .key = *key.value(), .request = request_digest(operation.name, scope, values(content))});
}

// Serves a request to store something. read(request) returns the content, or the response if the body is refused.
// values: what makes a request with this content a repeat.
template <class Write, class Content, class Read>
void submit_write(const Services& services, RoutedRequest& routed, std::optional<Content> Write::*content,
                  const WriteOperation& operation, const Read& read,
                  std::vector<std::string> (*values)(const Content&)) {
    const http::Request& request = routed.reply.request();
    const auto key = read_credentials(request);
    if (!key) return routed.reply.answer(http::unauthorised());
    Write write{};
    write.key = *key;
    write.scope = routed.scope;
    std::optional<http::Response> refusal;
    if (auto decoded = read(request); !decoded) {
        refusal = std::move(decoded.error());
    } else if (auto once = read_idempotent_use(request, operation, routed.scope, decoded.value(), values);
               !once) {
        refusal = std::move(once.error());
    } else {
        write.once = once.value();
        write.*content = std::move(decoded.value());
    }
    services.writes.submit(std::move(write), std::make_unique<PendingWrite>(std::move(routed.reply),
                                                                            operation, std::move(refusal)));
}

}  // namespace handlers
