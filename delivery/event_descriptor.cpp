#include "delivery/event_descriptor.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace delivery {

EventDescriptor::EventDescriptor() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

EventDescriptor::~EventDescriptor() {
    close(descriptor_);
}

void EventDescriptor::raise() const {
    // It can only fail because it is raised already.
    [[maybe_unused]] const int result = eventfd_write(descriptor_, 1);
}

void EventDescriptor::lower() const {
    eventfd_t count = 0;
    [[maybe_unused]] const int result = eventfd_read(descriptor_, &count);
}

bool EventDescriptor::wait(std::chrono::milliseconds time) const {
    pollfd descriptor{descriptor_, POLLIN, 0};
    return poll(&descriptor, 1, static_cast<int>(time.count())) > 0;
}

}  // namespace delivery
