// The log: one line per event, as `key=value` words or as a JSON object. Each line is written by one
// write(2), so lines of threads and processes that append to the same file never mix.
//
// Values are never secrets: credentials and request bodies are not logged.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace base {

class Log {
  public:
    enum class Level { kInfo, kWarning, kError };
    enum class Format { kText, kJson };
    using Word = std::pair<std::string_view, std::string_view>;

    // An empty path means standard error. Throws std::system_error if the file can't be opened.
    Log(std::string path, Level least, Format format);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void write(Level level, std::string_view event, std::span<const Word> words) const;
    void write(Level level, std::string_view event, std::initializer_list<Word> words) const {
        write(level, event, std::span(words.begin(), words.size()));
    }

    // For many lines at once: append() formats a line behind others, unless its level is below the least one,
    // and write_lines() writes them by one write(2). Only up to kMostBytesAtOnce are they sure not to mix with
    // lines of others, if the log is a pipe.
    static constexpr std::size_t kMostBytesAtOnce = 4096;  // PIPE_BUF
    void append(std::string& lines, Level level, std::string_view event, std::span<const Word> words) const;
    void write_lines(std::string_view lines) const;

    // Reopens the path after log rotation. Threads that write meanwhile use the old file or the new one. If
    // the path can't be opened, the old file stays in use and gets a line with the reason.
    void reopen() const;

  private:
    const std::string path_;
    const Level least_;
    const Format format_;
    const int descriptor_;
};

// Reports a failure outside of requests to the log: the event's name, and a detail that may be empty.
using Report = std::function<void(std::string_view event, std::string_view detail)>;

// The level of this name in the configuration. REQUIRES: name is info, warning or error.
[[nodiscard]] Log::Level level_named(std::string_view name);

// Formats a line without its line end. Public for tests.
[[nodiscard]] std::string format_line(Log::Format format, std::string_view time, Log::Level level,
                                      std::string_view event, std::span<const Log::Word> words);

}  // namespace base
