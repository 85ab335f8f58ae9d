// The log lines of the requests that one I/O thread answers. They are gathered, and written together.
#pragma once

#include <chrono>
#include <string>

#include "common/base/log.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"

namespace fcgi {

class RequestLog {
  public:
    explicit RequestLog(const base::Log& log) : log_(log) {}

    // notes: words of the work, before those of the response.
    void add(const http::Request& request, const http::NamedTexts& notes, const http::Response& response,
             std::chrono::microseconds time);
    void write();

  private:
    const base::Log& log_;
    std::string line_;
    std::string lines_;
};

}  // namespace fcgi
