// Turns our own failures (exceptions) into a response, in one place: the constant 500. The reason goes to the
// log only.
#pragma once

#include <string_view>

#include "fcgi/http/reply.hpp"
#include "fcgi/http/response.hpp"

namespace handlers {

// The response to the current exception. REQUIRES: an exception is being handled.
[[nodiscard]] http::Response answer_fault();

// The response to a request whose work was not done, or, if a commit was sent, may have been done.
[[nodiscard]] http::Response not_done(std::string_view reason);
[[nodiscard]] http::Response perhaps_done(std::string_view reason);

// The response to a request whose deadline has passed.
[[nodiscard]] http::Response expired(bool was_committing);

// Calls work(). If that throws, answers with the 500, unless work() has answered or handed the Reply on.
template <class Work>
void answer_faults(http::Reply& reply, const Work& work) noexcept {
    try {
        work();
    } catch (...) {
        if (reply) reply.answer(answer_fault());
    }
}

}  // namespace handlers
