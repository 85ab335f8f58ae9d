// Turns our own failures (exceptions) into a response, in one place: the constant 500. The reason goes to the
// log only.
#pragma once

#include "fcgi/http/response.hpp"

namespace handlers {

// The response to the current exception. REQUIRES: an exception is being handled.
[[nodiscard]] http::Response answer_fault();

// Returns the response of work(), or the 500 for its exception.
template <class Work>
http::Response answer_or_fault(const Work& work) {
    try {
        return work();
    } catch (...) {
        return answer_fault();
    }
}

}  // namespace handlers
