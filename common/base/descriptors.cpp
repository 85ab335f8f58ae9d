#include "common/base/descriptors.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace base {

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

Descriptor::~Descriptor() {
    if (number_ >= 0) close(number_);
}

EventDescriptor::EventDescriptor()
    : descriptor_(checked(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {}

void EventDescriptor::raise() const {
    // The write can only fail if the event is raised already.
    [[maybe_unused]] const int result = eventfd_write(descriptor(), 1);
}

void EventDescriptor::lower() const {
    eventfd_t count = 0;
    [[maybe_unused]] const int result = eventfd_read(descriptor(), &count);
}

bool EventDescriptor::wait(std::chrono::milliseconds time) const {
    pollfd polled{descriptor(), POLLIN, 0};
    return poll(&polled, 1, static_cast<int>(time.count())) > 0;
}

Epoll::Epoll() : descriptor_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

bool Epoll::watch(int socket, std::uint32_t events) const {
    epoll_event event{.events = events, .data = {.fd = socket}};
    return epoll_ctl(descriptor(), EPOLL_CTL_MOD, socket, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(descriptor(), EPOLL_CTL_ADD, socket, &event) == 0);
}

void Epoll::forget(int socket) const {
    epoll_ctl(descriptor(), EPOLL_CTL_DEL, socket, nullptr);
}

}  // namespace base
