#include "delivery/transfer.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

namespace delivery {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kAnswerBytes = 1024;

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(handle, option, value);
    if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLE_OK) {
        throw std::runtime_error("libcurl refuses option " + std::to_string(option) + ": " +
                                 curl_easy_strerror(code));
    }
}

std::unique_ptr<curl_slist, SlistFree> to_slist(const std::vector<std::string>& headers) {
    std::unique_ptr<curl_slist, SlistFree> list;
    const auto append = [&list](const char* header) {
        curl_slist* const longer = curl_slist_append(list.get(), header);
        if (longer == nullptr) throw std::bad_alloc();
        static_cast<void>(list.release());
        list.reset(longer);
    };
    append("Expect:");  // libcurl would wait a second for a "100 Continue" before large bodies
    for (const std::string& header : headers) {
        if (header.find_first_of(std::string_view("\r\n\0", 3)) != header.npos) {
            throw std::invalid_argument("a header of a request holds a line end or NUL");
        }
        append(header.c_str());
    }
    return list;
}

// Its entry counts a directory for each thread beside "." and "..". 0 where there is no /proc.
std::size_t count_threads() {
    struct stat tasks {};
    if (stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink < 2) return 0;
    return tasks.st_nlink - 2;
}

std::string to_text(int family, const void* address, std::uint16_t port) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(family, address, text.data(), text.size()) == nullptr) return "unknown";
    return std::string(text.data()) + " port " + std::to_string(port);
}

struct UrlCleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
};

std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags) {
    char* text = nullptr;
    const CURLUcode code = curl_url_get(url, part, &text, flags);
    const std::unique_ptr<char, UrlCleanup> owner(text);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLUE_OK) return std::nullopt;
    return text;
}

// host: as libcurl gives it, with IPv4 addresses spelled in four decimal parts, IPv6 ones in brackets.
bool allows_host(const Destinations& destinations, const std::string& host, std::uint16_t port) {
    in_addr v4{};
    in6_addr v6{};
    if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return destinations.allows(v4, port);
    if (host.starts_with('[') && host.ends_with(']')) {
        const std::string inside = host.substr(1, host.size() - 2);
        return inet_pton(AF_INET6, inside.c_str(), &v6) == 1 && destinations.allows(v6, port);
    }
    return destinations.allows(std::string_view(host), port);
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
        self.socket_error_ = descriptor < 0 ? errno : 0;
        return descriptor < 0 ? CURL_SOCKET_BAD : descriptor;
    }

    static int before_request(void* transfer, char* address, char*, int port, int) {
        return static_cast<Transfer*>(transfer)->may_send_on(address, port) ? CURL_PREREQFUNC_OK
                                                                            : CURL_PREREQFUNC_ABORT;
    }

    static int before_lookup(void*, void*, void* transfer) {
        auto& self = *static_cast<Transfer*>(transfer);
        self.is_held_back_ = count_threads() >= self.settings_.most_threads;
        return self.is_held_back_ ? 1 : 0;
    }
};

Transfer::Transfer(Request request, const SenderSettings& settings, std::deque<Answered>& answered,
                   std::shared_ptr<CURLSH> names)
    : request_(std::move(request)),
      settings_(settings),
      answered_(answered),
      headers_(to_slist(request_.headers)),
      names_(std::move(names)),
      handle_(curl_easy_init()) {
    if (!handle_) throw std::bad_alloc();
    set_up();
    set_up_tls();
    set_up_proxy();
    set_up_callbacks();
}

void Transfer::set_up() {
    constexpr long kBufferBytes = 4096;         // answers are small, transfers many
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
    // Whoever gives up on a lookup leaves its thread behind, instead of waiting for it and everybody with it.
    set(curl, CURLOPT_QUICK_EXIT, 1L);
    set(curl, CURLOPT_SHARE, names_.get());
    set(curl, CURLOPT_DNS_CACHE_TIMEOUT, static_cast<long>(settings_.dns_cache_time.count()));
    set(curl, CURLOPT_MAXAGE_CONN, static_cast<long>(settings_.max_idle_time.count()));
    set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.total_timeout.count()));
    set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
}

void Transfer::set_up_tls() {
    constexpr long kCaCacheSeconds = 600;  // a renewed bundle is seen after that
    CURL* const curl = handle_.get();
    const char* const ca_file = request_.check_cert ? settings_.ca_file.c_str() : nullptr;
    set(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(curl, CURLOPT_SSL_VERIFYPEER, request_.check_cert ? 1L : 0L);
    set(curl, CURLOPT_SSL_VERIFYHOST, request_.check_cert ? 2L : 0L);
    set(curl, CURLOPT_CAINFO, ca_file);
    // With a folder of authorities, libcurl would read the file anew for every connection.
    set(curl, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    set(curl, CURLOPT_CA_CACHE_TIMEOUT, kCaCacheSeconds);
}

void Transfer::set_up_proxy() {
    CURL* const curl = handle_.get();
    // Both set, so that the environment's don't count.
    set(curl, CURLOPT_PROXY, settings_.proxy.c_str());
    set(curl, CURLOPT_NOPROXY, "");
    if (settings_.proxy.empty()) return;
    set(curl, CURLOPT_HTTPPROXYTUNNEL, 1L);
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
    set(curl, CURLOPT_RESOLVER_START_FUNCTION, &Callbacks::before_lookup);
    set(curl, CURLOPT_RESOLVER_START_DATA, self);
}

std::optional<Outcome> Transfer::judge_url() const {
    const std::unique_ptr<CURLU, UrlCleanup> url(curl_url());
    if (!url) throw std::bad_alloc();
    if (curl_url_set(url.get(), CURLUPART_URL, request_.url.c_str(), 0) != CURLUE_OK) {
        return outcome(Failure::kRefused, "the URL can't be read");
    }
    const auto scheme = part_of(url.get(), CURLUPART_SCHEME, 0);
    const auto host = part_of(url.get(), CURLUPART_HOST, 0);
    const auto port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (scheme != "https" || !host || !port) return outcome(Failure::kRefused, "the URL is not https");
    const auto port_number = static_cast<std::uint16_t>(std::stoul(*port));  // libcurl has checked its range
    if (!allows_host(settings_.destinations, *host, port_number)) {
        return outcome(Failure::kRefused, *host + " port " + *port);
    }
    return std::nullopt;
}

bool Transfer::must_start_again(CURLcode result) const {
    if (is_held_back_) return true;
    curl_off_t sent = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    return result == CURLE_HTTP2_STREAM && !answered_at_ && !is_by_http1_ &&
           sent < static_cast<curl_off_t>(request_.body.size());
}

bool Transfer::prepare_again() {
    const milliseconds left = time_left();
    if (left <= milliseconds(0)) return false;
    if (!is_held_back_ && !is_by_http1_) {
        is_by_http1_ = true;
        set(handle_.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    }
    is_held_back_ = false;
    set(handle_.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    return true;
}

milliseconds Transfer::time_left() const {
    return std::chrono::duration_cast<milliseconds>(started_at_ + settings_.total_timeout - Clock::now());
}

bool Transfer::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > settings_.max_header_bytes) return false;
    if (answered_at_ || (line != "\r\n" && line != "\n")) return true;  // trailers come here as well
    constexpr long kFirstFinalStatus = 200;
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < kFirstFinalStatus) return true;
    status_ = static_cast<int>(status);
    answered_at_ = Clock::now();
    answered_.push_back({handle_.get(), *answered_at_});
    return true;
}

bool Transfer::take_body(std::string_view data) {
    answer_.append(data.substr(0, kAnswerBytes - std::min(kAnswerBytes, answer_.size())));
    body_bytes_ += data.size();
    return body_bytes_ <= settings_.max_body_bytes;
}

bool Transfer::may_connect(const sockaddr& address) {
    has_connection_ = false;                    // one that was kept may have turned out to be closed
    if (!settings_.proxy.empty()) return true;  // the proxy's own address
    bool is_allowed = false;
    std::string text = "an address of another family";
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        is_allowed = settings_.destinations.allows(v4.sin_addr, ntohs(v4.sin_port));
        text = to_text(AF_INET, &v4.sin_addr, ntohs(v4.sin_port));
    } else if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        is_allowed = settings_.destinations.allows(v6.sin6_addr, ntohs(v6.sin6_port));
        text = to_text(AF_INET6, &v6.sin6_addr, ntohs(v6.sin6_port));
    }
    if (is_allowed) {
        has_opened_socket_ = true;
    } else {
        refused_address_ = std::move(text);
    }
    return is_allowed;
}

bool Transfer::may_send_on(const char* address, int port) {
    has_connection_ = true;
    if (!settings_.proxy.empty()) return true;
    const auto port_number = static_cast<std::uint16_t>(port);
    in_addr v4{};
    in6_addr v6{};
    is_refused_ = true;
    if (inet_pton(AF_INET, address, &v4) == 1) is_refused_ = !settings_.destinations.allows(v4, port_number);
    if (inet_pton(AF_INET6, address, &v6) == 1) is_refused_ = !settings_.destinations.allows(v6, port_number);
    if (is_refused_) refused_address_ = std::string(address) + " port " + std::to_string(port);
    return !is_refused_;
}

}  // namespace delivery
