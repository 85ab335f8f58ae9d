// A file in memory, through which libfcgi reads a request and writes an answer instead of through the socket,
// so that it never waits for a peer. One thread uses it, for one request at a time.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/descriptors.hpp"

namespace fcgi {

class MemoryFile {
  public:
    static constexpr std::size_t kMostInput = 256 * 1024;

    MemoryFile();  // throws std::system_error, as the other functions do
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    // Returns a descriptor that reads these bytes, then the end of the file. REQUIRES: at most kMostInput.
    [[nodiscard]] int open_input(std::string_view bytes);
    // Call it when libfcgi has closed the descriptor.
    void descriptor_was_closed();

    // Returns a descriptor to write to, from the beginning.
    [[nodiscard]] int open_output();
    void append(std::string_view bytes) const;
    // What was written since open_output(). Valid until the next call.
    [[nodiscard]] std::string_view output();

  private:
    [[nodiscard]] int lend_at(std::size_t offset);
    void map(std::size_t size);

    const base::Descriptor file_;
    int lent_ = -1;  // a duplicate, which libfcgi closes if it can't read a request
    char* bytes_ = nullptr;
    std::size_t mapped_ = 0;
};

}  // namespace fcgi
