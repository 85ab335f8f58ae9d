// The log: one line an event, `key=value` words or a JSON object, each written by a single write(2), so lines
// of several threads and processes that append to one file never mix.
//
// Values are never secrets: credentials and request bodies are not logged.
#pragma once

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

    // An empty path is standard error. Throws std::system_error if the file can't be opened.
    Log(std::string path, Level least, Format format);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void write(Level level, std::string_view event, std::span<const Word> words) const;
    void write(Level level, std::string_view event, std::initializer_list<Word> words) const {
        write(level, event, std::span(words.begin(), words.size()));
    }

    // Opens the path anew, for log rotation; threads that write meanwhile go on with the old file or the new
    // one. If that fails the old one stays in use and says why.
    void reopen() const;

  private:
    const std::string path_;
    const Level least_;
    const Format format_;
    const int descriptor_;
};

// Tells the log of a fault in what works for requests: an event, and what there is to say of it, which may be
// empty.
using Report = std::function<void(std::string_view event, std::string_view detail)>;

// The level that the configuration calls info, warning or error. REQUIRES: name is one of these.
[[nodiscard]] Log::Level level_named(std::string_view name);

// The line without its end, for tests.
[[nodiscard]] std::string format_line(Log::Format format, std::string_view time, Log::Level level,
                                      std::string_view event, std::span<const Log::Word> words);

}  // namespace base
