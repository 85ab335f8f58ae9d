// The operations on webhooks (operation.hpp), below /targets/{target_id}/ and below /, each in a
// file of its name. An id that is not one of the owner's webhooks is a 404.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "handlers/operation.hpp"

namespace handlers {

[[nodiscard]] http::Response delete_webhook(const Call& call);  // DELETE webhooks/{id}/
[[nodiscard]] http::Response get_headers(const Call& call);     // GET webhooks/{id}/headers/
[[nodiscard]] http::Response get_secret(const Call& call);      // GET webhooks/{id}/secret/
[[nodiscard]] http::Response enable_webhook(const Call& call);  // POST webhooks/{id}/enable/

// GET webhooks/ and webhooks/{id}/
[[nodiscard]] Operation list_webhooks(const http::Request& request, const Services& services);
// GET webhooks/{id}/deliveries/
[[nodiscard]] Operation list_webhook_deliveries(const http::Request& request, const Services& services);
[[nodiscard]] Operation get_webhook(const http::Request& request, const Services& services);

// POST webhooks/
void create_webhook(const Services& services, RoutedRequest& routed);

// PUT and PATCH webhooks/{id}/
[[nodiscard]] Operation put_webhook(const http::Request& request, const Services& services);
[[nodiscard]] Operation patch_webhook(const http::Request& request, const Services& services);

// PUT webhooks/{id}/headers/
[[nodiscard]] Operation put_headers(const http::Request& request, const Services& services);

// POST webhooks/{id}/disable/
[[nodiscard]] Operation disable_webhook(const http::Request& request, const Services& services);

// POST webhooks/{id}/test/
[[nodiscard]] Operation test_webhook(const http::Request& request, const Services& services);

// POST webhooks/{id}/recover/
[[nodiscard]] Operation recover_webhook(const http::Request& request, const Services& services);

// POST webhooks/{id}/secret/rotate/
[[nodiscard]] Operation rotate_secret(const http::Request& request, const Services& services);

// Returns a 204 if the webhook is deleted, else nullopt.
[[nodiscard]] std::optional<http::Response> confirm_deletion(const Call& call);

// The body of responses with a secret: {"secret":"whsec_..."}. secret: its bytes.
[[nodiscard]] std::string secret_to_json(std::string_view secret);

}  // namespace handlers
