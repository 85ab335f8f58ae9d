#include "common/base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "common/base/ascii.hpp"

namespace base {
namespace {

std::string_view name_of(Log::Level level) {
    switch (level) {
        case Log::Level::kInfo:
            return "info";
        case Log::Level::kWarning:
            return "warning";
        case Log::Level::kError:
            return "error";
    }
    return "unknown";
}

std::string now() {
    return format_utc(std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
}

// Formats any value as a JSON string of printable ASCII.
void append_quoted(std::string& line, std::string_view value) {
    line += '"';
    for (const char character : value) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            line += '\\';
            line += character;
        } else if (byte < 0x20 || byte >= 0x7f) {
            line += "\\u00";
            append_hexadecimal(line, {&character, 1});
        } else {
            line += character;
        }
    }
    line += '"';
}

constexpr auto kPlain = [] {
    std::array<bool, 256> is_plain{};
    for (const char character :
         std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                          "-_.:/+,;@%&?~()[]")) {
        is_plain.at(static_cast<unsigned char>(character)) = true;
    }
    return is_plain;
}();

bool needs_quotes(std::string_view value) {
    return value.empty() || !std::all_of(value.begin(), value.end(), [](char character) {
               return kPlain.at(static_cast<unsigned char>(character));
           });
}

// The words of one line, which stands behind others in the same text.
class Line {
  public:
    Line(std::string& text, Log::Format format) : text_(text), format_(format), start_(text.size()) {}

    void append(std::string_view key, std::string_view value) {
        const bool is_first = text_.size() == start_;
        if (format_ == Log::Format::kJson) {
            text_ += is_first ? "{" : ", ";
            append_quoted(text_, key);
            text_ += ": ";
            append_quoted(text_, value);
            return;
        }
        if (!is_first) text_ += ' ';
        text_.append(key).append(1, '=');
        if (needs_quotes(value)) {
            append_quoted(text_, value);
        } else {
            text_ += value;
        }
    }

    void end() {
        if (format_ == Log::Format::kJson) text_ += '}';
    }

  private:
    std::string& text_;
    const Log::Format format_;
    const std::size_t start_;
};

void append_line(std::string& text, Log::Format format, std::string_view time, Log::Level level,
                 std::string_view event, std::span<const Log::Word> words) {
    Line line(text, format);
    line.append("time", time);
    line.append("level", name_of(level));
    line.append("event", event);
    for (const auto& [key, value] : words) line.append(key, value);
    line.end();
}

int open_log(const std::string& path) {
    return open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
}

}  // namespace

Log::Level level_named(std::string_view name) {
    if (name == "warning") return Log::Level::kWarning;
    if (name == "error") return Log::Level::kError;
    return Log::Level::kInfo;
}

std::string format_line(Log::Format format, std::string_view time, Log::Level level, std::string_view event,
                        std::span<const Log::Word> words) {
    std::string line;
    append_line(line, format, time, level, event, words);
    return line;
}

Log::Log(std::string path, Level least, Format format)
    : path_(std::move(path)),
      least_(least),
      format_(format),
      descriptor_(path_.empty() ? STDERR_FILENO : open_log(path_)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path_);
}

Log::~Log() {
    if (descriptor_ != STDERR_FILENO) close(descriptor_);
}

void Log::write(Level level, std::string_view event, std::span<const Word> words) const {
    std::string line;
    append(line, level, event, words);
    if (!line.empty()) write_lines(line);
}

void Log::append(std::string& lines, Level level, std::string_view event, std::span<const Word> words) const {
    if (level < least_) return;
    append_line(lines, format_, now(), level, event, words);
    lines += '\n';
}

void Log::write_lines(std::string_view lines) const {
    // A log that can't be written must not stop the service.
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, lines.data(), lines.size());
}

void Log::reopen() const {
    if (path_.empty()) return;
    const int fresh = open_log(path_);
    if (fresh < 0) {
        const std::string reason = std::generic_category().message(errno);
        return write(Level::kError, "log_reopen_failed", {{"path", path_}, {"reason", reason}});
    }
    // The descriptor keeps its number, so writers need no lock.
    dup3(fresh, descriptor_, O_CLOEXEC);
    close(fresh);
}

}  // namespace base
