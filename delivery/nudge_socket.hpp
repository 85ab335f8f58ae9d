// The unix socket at which the daemon is told that there is something to deliver (sql/nudge.hpp). What the
// datagrams hold doesn't matter, nor how many there are.
#pragma once

#include <string>

namespace delivery {

class NudgeSocket {
  public:
    // An empty path: no socket.
    explicit NudgeSocket(std::string path) : path_(std::move(path)) {}
    ~NudgeSocket();
    NudgeSocket(const NudgeSocket&) = delete;
    NudgeSocket& operator=(const NudgeSocket&) = delete;

    // Binds it, for owner and group (0660), in place of one that nobody listens on. Returns why that can't
    // be: another daemon listens there, or the folder is missing. Nothing is lost then but promptness; try
    // again some time.
    [[nodiscard]] std::string open();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0 || path_.empty(); }
    // To poll for reading; -1, which poll(2) ignores, if it isn't open.
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void drain() const;

  private:
    std::string path_;
    int descriptor_ = -1;
};

}  // namespace delivery
