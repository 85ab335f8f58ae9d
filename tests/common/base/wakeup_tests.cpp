#define BOOST_TEST_MODULE wakeup
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>

#include "common/base/descriptors.hpp"
#include "common/base/wakeup_sender.hpp"

namespace {

struct Directory {
    std::string path = "/tmp/targethooks-wakeup-XXXXXX";
    Directory() { BOOST_REQUIRE(mkdtemp(path.data()) != nullptr); }
    ~Directory() { std::filesystem::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] std::string socket() const { return path + "/deliver.sock"; }
};

bool is_readable(int descriptor) {
    pollfd entry{descriptor, POLLIN, 0};
    return poll(&entry, 1, 0) == 1;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_event_stays_until_it_is_lowered) {
    const base::EventDescriptor event;
    BOOST_TEST(!is_readable(event.descriptor()));
    event.raise();
    event.raise();
    BOOST_TEST(is_readable(event.descriptor()));
    event.lower();
    BOOST_TEST(!is_readable(event.descriptor()));
    event.lower();
}

BOOST_AUTO_TEST_CASE(an_event_ends_a_wait) {
    const base::EventDescriptor event;
    BOOST_TEST(!event.wait(std::chrono::milliseconds{1}));
    event.raise();
    BOOST_TEST(event.wait(std::chrono::hours{1}));
}

BOOST_FIXTURE_TEST_CASE(a_wakeup_arrives, Directory) {
    base::WakeupSocket daemon(socket());
    BOOST_TEST(!daemon.is_open());
    BOOST_TEST(daemon.open().empty());
    BOOST_TEST(daemon.is_open());
    const base::WakeupSender wakeup(socket());
    for (int i = 0; i < 1000; ++i) wakeup.send();  // more than the socket holds; none waits
    BOOST_TEST(is_readable(daemon.descriptor()));
    daemon.drain();
    BOOST_TEST(!is_readable(daemon.descriptor()));
    struct stat entry {};
    BOOST_REQUIRE(stat(socket().c_str(), &entry) == 0);
    BOOST_TEST((entry.st_mode & 0777) == 0660);
}

BOOST_FIXTURE_TEST_CASE(a_wakeup_reaches_a_daemon_that_starts_later, Directory) {
    const base::WakeupSender wakeup(socket());
    wakeup.send();
    {
        base::WakeupSocket first(socket());
        BOOST_TEST(first.open().empty());
        wakeup.send();
        BOOST_TEST(is_readable(first.descriptor()));
    }
    BOOST_TEST(access(socket().c_str(), F_OK) != 0);
    base::WakeupSocket second(socket());
    BOOST_TEST(second.open().empty());
    wakeup.send();
    BOOST_TEST(is_readable(second.descriptor()));
}

BOOST_FIXTURE_TEST_CASE(an_abandoned_socket_is_replaced_but_not_one_in_use, Directory) {
    const int left = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    BOOST_REQUIRE(bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    close(left);
    base::WakeupSocket first(socket());
    BOOST_TEST(first.open().empty());
    {
        base::WakeupSocket second(socket());
        BOOST_TEST(!second.open().empty());
        BOOST_TEST(second.descriptor() == -1);
    }
    const base::WakeupSender wakeup(socket());
    wakeup.send();
    BOOST_TEST(is_readable(first.descriptor()));
}

BOOST_AUTO_TEST_CASE(without_a_path_nothing_happens) {
    base::WakeupSocket daemon("");
    BOOST_TEST(daemon.is_open());
    BOOST_TEST(daemon.open().empty());
    BOOST_TEST(daemon.descriptor() == -1);
    daemon.drain();
    base::WakeupSender("").send();
    base::WakeupSender("/" + std::string(200, 'x')).send();
    base::WakeupSocket nowhere("/nonexistent/folder/deliver.sock");
    BOOST_TEST(!nowhere.open().empty());
}
