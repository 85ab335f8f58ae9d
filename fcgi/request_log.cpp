#include "fcgi/request_log.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fcgi {
namespace {

using base::Log;

class Decimal {
  public:
    explicit Decimal(std::int64_t number)
        : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}

    [[nodiscard]] std::string_view text() const { return {digits_.data(), end_}; }

  private:
    static constexpr std::size_t kMostDigits = 20;
    std::array<char, kMostDigits> digits_{};
    const char* const end_;
};

}  // namespace

void RequestLog::add(const http::Request& request, const http::NamedTexts& notes,
                     const http::Response& response, std::chrono::microseconds time) {
    // Without the query, where clients may put secrets.
    const std::string_view path = std::string_view(request.uri).substr(0, request.uri.find('?'));
    const Decimal status(response.status);
    const Decimal microseconds(time.count());
    std::vector<Log::Word> words = {{"request_id", request.id},
                                    {"method", request.method},
                                    {"path", path},
                                    {"status", status.text()},
                                    {"us", microseconds.text()}};
    words.insert(words.end(), notes.begin(), notes.end());
    words.insert(words.end(), response.log.begin(), response.log.end());
    constexpr int kServerError = 500;
    line_.clear();
    log_.append(line_, response.status >= kServerError ? Log::Level::kError : Log::Level::kInfo, "request",
                words);
    if (lines_.size() + line_.size() > Log::kMostBytesAtOnce) write();
    lines_ += line_;
}

void RequestLog::write() {
    if (lines_.empty()) return;
    log_.write_lines(lines_);
    lines_.clear();
}

}  // namespace fcgi
