// Sets up a transfer's handle, once for all its runs.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <utility>

#include "delivery/http/transfer.hpp"

namespace delivery {
namespace {

Slist to_slist(const std::vector<std::string>& headers) {
    Slist list;
    append(list, "Expect:");  // libcurl would wait a second for a "100 Continue" before large bodies
    for (const std::string& header : headers) {
        if (header.find_first_of(std::string_view("\r\n\0", 3)) != header.npos) {
            throw std::invalid_argument("a request header contains a line end or NUL");
        }
        append(list, header);
    }
    return list;
}

}  // namespace

struct Transfer::Callbacks {
    static std::size_t header(char* data, std::size_t size, std::size_t count, void* transfer) {
        const bool is_taken = static_cast<Transfer*>(transfer)->take_header({data, size * count});
        return is_taken ? size * count : 0;
    }

    static std::size_t body(char* data, std::size_t size, std::size_t count, void* transfer) {
        const bool is_taken = static_cast<Transfer*>(transfer)->take_body({data, size * count});
        return is_taken ? size * count : 0;
    }

    static curl_socket_t open_socket(void* transfer, curlsocktype, curl_sockaddr* address) {
        auto& self = *static_cast<Transfer*>(transfer);
        if (!self.may_connect(address->addr)) return CURL_SOCKET_BAD;
        const int descriptor = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        self.guard_.socket_error = descriptor < 0 ? errno : 0;
        // The transfer that opens a connection gets libcurl's notes about it.
        curl_easy_setopt(self.handle(), CURLOPT_VERBOSE, 1L);
        self.run_.opened_socket = true;
        return descriptor < 0 ? CURL_SOCKET_BAD : descriptor;
    }

    static int before_request(void* transfer, char* address, char*, int port, int) {
        return static_cast<Transfer*>(transfer)->may_send_on(address, port) ? CURL_PREREQFUNC_OK
                                                                            : CURL_PREREQFUNC_ABORT;
    }

    static int note(CURL*, curl_infotype type, char* data, std::size_t size, void* transfer) {
        if (type == CURLINFO_TEXT) static_cast<Transfer*>(transfer)->take_note({data, size});
        return 0;
    }
};

Transfer::Transfer(Request request, const SenderSettings& settings, std::deque<InPhase>& answered)
    : request_(std::move(request)),
      settings_(settings),
      answered_(answered),
      headers_(to_slist(request_.headers)),
      handle_(curl_easy_init()) {
    if (!handle_) throw std::bad_alloc();
    set_up();
    set_up_tls();
    set_up_proxy();
    set_up_callbacks();
}

void Transfer::set_up() {
    constexpr long kBufferBytes = 4096;  // answers are small, transfers many
    constexpr long kAddressSeconds = 10;
    constexpr long kUploadBufferBytes = 16384;  // the least that libcurl takes
    CURL* const curl = handle_.get();
    set(curl, CURLOPT_PRIVATE, static_cast<void*>(this));
    set(curl, CURLOPT_ERRORBUFFER, error_.data());
    set(curl, CURLOPT_URL, request_.url.c_str());
    set(curl, CURLOPT_PROTOCOLS_STR, "https");
    set(curl, CURLOPT_PATH_AS_IS, 1L);  // dot segments are sent as they were registered
    set(curl, CURLOPT_FOLLOWLOCATION, 0L);
    set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(curl, CURLOPT_HTTPHEADER, headers_.get());
    set(curl, CURLOPT_USERAGENT, settings_.user_agent.c_str());
    set(curl, CURLOPT_POST, 1L);
    set(curl, CURLOPT_POSTFIELDS, request_.body.data());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(curl, CURLOPT_BUFFERSIZE, kBufferBytes);
    set(curl, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBufferBytes);
    set(curl, CURLOPT_NOSIGNAL, 1L);
    // Each request brings its addresses. libcurl searches its cache after each, so few should stay in it.
    set(curl, CURLOPT_DNS_CACHE_TIMEOUT, kAddressSeconds);
    set(curl, CURLOPT_MAXAGE_CONN, static_cast<long>(settings_.max_idle_time.count()));
}

void Transfer::set_up_tls() {
    constexpr long kCaCacheSeconds = 600;  // then a changed file is read
    CURL* const curl = handle_.get();
    const char* const ca_file = request_.check_cert ? settings_.ca_file.c_str() : nullptr;
    set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(curl, CURLOPT_SSL_VERIFYPEER, request_.check_cert ? 1L : 0L);
    set(curl, CURLOPT_SSL_VERIFYHOST, request_.check_cert ? 2L : 0L);
    set(curl, CURLOPT_CAINFO, ca_file);
    // With a folder of authorities libcurl would read the file again for every connection.
    set(curl, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    set(curl, CURLOPT_CA_CACHE_TIMEOUT, kCaCacheSeconds);
}

void Transfer::set_up_proxy() {
    CURL* const curl = handle_.get();
    // Both are set, so that libcurl ignores the environment.
    set(curl, CURLOPT_PROXY, settings_.proxy.c_str());
    set(curl, CURLOPT_NOPROXY, "");
    if (settings_.proxy.empty()) return;
    // Tunnels have no generations, because libcurl would send the alias to the proxy. By HTTP/1.1 a tunnel is
    // not used again after a request that got no answer.
    set(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
    // libcurl looks up the proxy's name for each tunnel, because its cache goes by the wall clock, which may
    // be set. A transfer that gives up a lookup doesn't wait for its thread, which would stop all transfers.
    set(curl, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    set(curl, CURLOPT_QUICK_EXIT, 1L);
    set(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(curl, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // the proxy gets none of ours
    set(curl, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(curl, CURLOPT_PROXY_CAINFO, settings_.ca_file.c_str());
    set(curl, CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
}

void Transfer::set_up_callbacks() {
    CURL* const curl = handle_.get();
    void* const self = this;
    set(curl, CURLOPT_HEADERFUNCTION, &Callbacks::header);
    set(curl, CURLOPT_HEADERDATA, self);
    set(curl, CURLOPT_WRITEFUNCTION, &Callbacks::body);
    set(curl, CURLOPT_WRITEDATA, self);
    set(curl, CURLOPT_OPENSOCKETFUNCTION, &Callbacks::open_socket);
    set(curl, CURLOPT_OPENSOCKETDATA, self);
    set(curl, CURLOPT_PREREQFUNCTION, &Callbacks::before_request);
    set(curl, CURLOPT_PREREQDATA, self);
    set(curl, CURLOPT_DEBUGFUNCTION, &Callbacks::note);
    set(curl, CURLOPT_DEBUGDATA, self);
}

}  // namespace delivery
