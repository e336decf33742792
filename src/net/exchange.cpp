// SPDX-License-Identifier: Apache-2.0
#include "net/exchange.hpp"

#include "base/deleter.hpp"
#include "base/file.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <utility>

namespace imgbuild::net {

namespace {

using EasyHandle = std::unique_ptr<CURL, base::Deleter<curl_easy_cleanup>>;
using HeaderList = std::unique_ptr<curl_slist, base::Deleter<curl_slist_free_all>>;

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
    const CURLcode code = ::curl_easy_setopt(handle, option, value);
    if (code != CURLE_OK) {
        throw base::Error(fmt::format(
            "setting up a transfer: option {}: {}",
            static_cast<int>(option),
            ::curl_easy_strerror(code)));
    }
}

void append(HeaderList& list, const std::string& line) {
    // curl copies the list's head pointer, so ownership moves only after it succeeded.
    curl_slist* const longer = ::curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) {
        throw std::bad_alloc();
    }
    (void)list.release();
    list.reset(longer);
}

bool is_http(const Url& url) {
    return url.scheme == "http" || url.scheme == "https";
}

/// curl opens sockets without close-on-exec; a script in the sandbox must not inherit one.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* address) noexcept {
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

} // namespace

ExchangeSettings make_exchange_settings(ClientOptions options) {
    ExchangeSettings settings{std::move(options), {}};
    std::vector<std::string> paths = settings.options.more_ca_files;
    if (!settings.options.ca_file.empty()) {
        paths.push_back(settings.options.ca_file);
    }
    if (paths.empty()) {
        return settings;
    }
    constexpr std::size_t size_limit = std::size_t{16} << 20U;
    std::string own;
    for (const std::string& path : paths) {
        own += base::with_context(
            [] { return "reading more certificate authorities"; },
            [&path] { return base::read_file(path, size_limit) + '\n'; });
        if (own.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
            base::Error error(
                fmt::format("{}: has no certificate in PEM form", path), base::ExitCode::usage);
            throw error;
        }
    }
    const char* const system_file = ::curl_version_info(CURLVERSION_NOW)->cainfo;
    if (system_file != nullptr && base::exists(system_file)) {
        settings.authorities = base::read_file(system_file, size_limit) + '\n';
    }
    settings.authorities += own;
    return settings;
}

struct Exchange::State {
    State(const ExchangeSettings& shared, const Question& asked, ExchangeHandler& receiver)
        : settings(shared)
        , question(asked)
        , handler(receiver) {
        if (!easy) {
            throw std::bad_alloc();
        }
        set_common();
        set_question();
        set_security();
    }

    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() = default;

    void set_common() {
        CURL* const handle = easy.get();
        set(handle, CURLOPT_ERRORBUFFER, error_text.data());
        set(handle, CURLOPT_NOSIGNAL, 1L);
        // A name server that doesn't answer must not hold up Ctrl-C.
        set(handle, CURLOPT_QUICK_EXIT, 1L);
        set(handle, CURLOPT_FOLLOWLOCATION, 0L);
        set(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
        set(handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
        set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
        set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
        set(handle, CURLOPT_BUFFERSIZE, 256L * 1024L);
        set(handle, CURLOPT_PROTOCOLS_STR, "http,https,ftp,file");
        set(handle,
            CURLOPT_CONNECTTIMEOUT_MS,
            static_cast<long>(settings.options.connect_timeout.count()));
        set(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
        // curl 7.88 tells whom it asks only by what it sends.
        set(handle, CURLOPT_VERBOSE, 1L);
        set(handle, CURLOPT_DEBUGFUNCTION, &State::seen);
        set(handle, CURLOPT_DEBUGDATA, static_cast<void*>(this));
        set(handle, CURLOPT_HEADERFUNCTION, &State::header_arrived);
        set(handle, CURLOPT_HEADERDATA, static_cast<void*>(this));
        set(handle, CURLOPT_WRITEFUNCTION, &State::body_arrived);
        set(handle, CURLOPT_WRITEDATA, static_cast<void*>(this));
    }

    void set_question() {
        CURL* const handle = easy.get();
        set(handle, CURLOPT_URL, question.url.without_user().c_str());
        if (question.url.scheme == "https") {
            // The handshake of the first connection tells whether it takes all questions. Without TLS
            // only an answer would, which may be long in coming.
            set(handle, CURLOPT_PIPEWAIT, 1L);
        }
        set(handle, CURLOPT_USERAGENT, settings.options.user_agent.c_str());
        for (const std::string& line : question.headers) {
            append(headers, line);
        }
        set(handle, CURLOPT_HTTPHEADER, headers.get());
        if (question.method == Method::head) {
            set(handle, CURLOPT_NOBODY, 1L);
        }
        if (question.method == Method::post) {
            // Copied by nobody: the question lives as long as the handle.
            set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(question.body.size()));
            set(handle, CURLOPT_POSTFIELDS, question.body.c_str());
        }
        if (question.time_limit.count() > 0) {
            set(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(question.time_limit.count()));
        }
        if (question.credentials) {
            set(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
            set(handle, CURLOPT_USERNAME, question.credentials->user.c_str());
            set(handle, CURLOPT_PASSWORD, question.credentials->password.c_str());
        }
        if (!settings.options.proxy.empty()) {
            set(handle, CURLOPT_PROXY, settings.options.proxy.c_str());
        }
        if (!settings.options.no_proxy.empty()) {
            set(handle, CURLOPT_NOPROXY, settings.options.no_proxy.c_str());
        }
        if (!settings.options.unix_socket.empty()) {
            set(handle, CURLOPT_UNIX_SOCKET_PATH, settings.options.unix_socket.c_str());
            set(handle, CURLOPT_NOPROXY, "*");
        }
    }

    void set_security() {
        CURL* const handle = easy.get();
        if (!settings.authorities.empty()) {
            curl_blob blob = {};
            // The settings outlive the exchange, and curl only reads.
            blob.data = const_cast<char*>(settings.authorities.data());
            blob.len = settings.authorities.size();
            blob.flags = CURL_BLOB_NOCOPY;
            set(handle, CURLOPT_CAINFO_BLOB, &blob);
            set(handle, CURLOPT_PROXY_CAINFO_BLOB, &blob);
        }
        if (!settings.options.verify_server) {
            set(handle, CURLOPT_SSL_VERIFYPEER, 0L);
            set(handle, CURLOPT_SSL_VERIFYHOST, 0L);
        }
        if (!settings.options.client_certificate.empty()) {
            set(handle, CURLOPT_SSLCERT, settings.options.client_certificate.c_str());
        }
        if (!settings.options.client_key.empty()) {
            set(handle, CURLOPT_SSLKEY, settings.options.client_key.c_str());
        }
    }

    /// A proxy is asked for the whole URL, a server for a path. Nothing of it is kept or shown.
    static int seen(CURL*, curl_infotype type, char* data, std::size_t size, void* user) noexcept {
        if (type == CURLINFO_HEADER_OUT) {
            const std::string_view text(data, size);
            static_cast<State*>(user)->asks_proxy =
                text.substr(0, text.find('\n')).find(" http://") != std::string_view::npos;
        }
        return 0;
    }

    static std::size_t
    header_arrived(char* data, std::size_t size, std::size_t count, void* user) noexcept {
        State& self = *static_cast<State*>(user);
        const std::size_t length = size * count;
        try {
            return self.take_header({data, length}) ? length : 0;
        } catch (...) {
            self.parked = std::current_exception();
            return 0;
        }
    }

    static std::size_t
    body_arrived(char* data, std::size_t size, std::size_t count, void* user) noexcept {
        State& self = *static_cast<State*>(user);
        const std::size_t length = size * count;
        try {
            self.bytes_seen += length;
            const bool wanted = self.handler.on_body(std::as_bytes(std::span(data, length)));
            return wanted || length == 0 ? length : 0;
        } catch (...) {
            self.parked = std::current_exception();
            // Anything but `length` is an error to curl; a zero would be taken for success here.
            return length == 0 ? 1 : 0;
        }
    }

    /// Lines of ftp and file pass by unread; so do the trailers of a chunked body.
    bool take_header(std::string_view line) {
        bytes_seen += line.size();
        if (!is_http(question.url)) {
            return true;
        }
        const bool starts = line.substr(0, 5) == "HTTP/";
        if (head_is_complete && !starts) {
            return true;
        }
        const bool ends = line == "\r\n" || line == "\n";
        if (!ends) {
            head_is_complete = false;
            head.add_line(line);
            return true;
        }
        head_is_complete = true;
        const bool interim = head.status() >= 100 && head.status() < 200;
        return interim || handler.on_head(head);
    }

    const ExchangeSettings& settings;
    Question question;
    ExchangeHandler& handler;
    std::array<char, CURL_ERROR_SIZE> error_text = {};
    HeaderList headers;
    // Behind what it points to, so that it goes first.
    EasyHandle easy{::curl_easy_init()};
    ResponseHead head;
    bool head_is_complete = false;
    bool asks_proxy = false;
    std::uint64_t bytes_seen = 0;
    std::exception_ptr parked;
};

Exchange::Exchange(
    const ExchangeSettings& settings, const Question& question, ExchangeHandler& handler)
    : state_(std::make_unique<State>(settings, question, handler)) {}

Exchange::~Exchange() = default;

void* Exchange::handle() const {
    return state_->easy.get();
}

std::exception_ptr Exchange::parked() const {
    return state_->parked;
}

std::uint64_t Exchange::bytes_seen() const {
    return state_->bytes_seen;
}

std::string Exchange::proxy() const {
    const char* address = nullptr;
    long port = 0;
    (void)::curl_easy_getinfo(state_->easy.get(), CURLINFO_PRIMARY_IP, &address);
    (void)::curl_easy_getinfo(state_->easy.get(), CURLINFO_PRIMARY_PORT, &port);
    return state_->asks_proxy && address != nullptr ? fmt::format("{}:{}", address, port) : "";
}

std::string Exchange::redirect_target() const {
    const char* target = nullptr;
    (void)::curl_easy_getinfo(state_->easy.get(), CURLINFO_REDIRECT_URL, &target);
    return target == nullptr ? "" : target;
}

BrokenExchange Exchange::describe(int code) const {
    BrokenExchange broken;
    broken.code = code;
    broken.detail = state_->error_text.data();
    long os_error = 0;
    (void)::curl_easy_getinfo(state_->easy.get(), CURLINFO_OS_ERRNO, &os_error);
    broken.os_error = static_cast<int>(os_error);
    (void)::curl_easy_getinfo(
        state_->easy.get(), CURLINFO_HTTP_CONNECTCODE, &broken.connect_status);
    return broken;
}

} // namespace imgbuild::net
