// The one place where our own faults become a response: the constant 500, with the reason for the log alone.
#pragma once

#include "fcgi/http/response.hpp"

namespace handlers {

// The answer to the exception that is being handled. REQUIRES: one is.
[[nodiscard]] http::Response answer_fault();

// What work() returns, or the answer to what it throws.
template <class Work>
http::Response answer_or_fault(const Work& work) {
    try {
        return work();
    } catch (...) {
        return answer_fault();
    }
}

}  // namespace handlers
