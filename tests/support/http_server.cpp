// SPDX-License-Identifier: Apache-2.0
#include "support/http_server.hpp"

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "support/http_document.hpp"
#include "support/loopback.hpp"
#include "support/stream.hpp"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace imgbuild::test {

namespace {

struct PlannedFault {
    Fault fault;
    unsigned times = 0;
};

struct Connection {
    base::UniqueFd socket;
    std::thread thread;
};

/// The next request's head; "" when the client is gone.
std::string read_head(Stream& stream, std::string& buffered) {
    constexpr std::size_t limit = 64 * 1024;
    std::array<char, 4096> chunk = {};
    for (;;) {
        const std::size_t end = buffered.find("\r\n\r\n");
        if (end != std::string::npos) {
            std::string head = buffered.substr(0, end);
            buffered.erase(0, end + 4);
            return head;
        }
        const std::size_t got = stream.read(chunk.data(), chunk.size());
        if (got == 0 || buffered.size() > limit) {
            return {};
        }
        buffered.append(chunk.data(), got);
        if (buffered.front() < 'A' || buffered.front() > 'Z') {
            // No method begins so: somebody speaks TLS to us.
            return "?";
        }
    }
}

/// The body that follows a head; less if the client goes.
std::string read_body(Stream& stream, std::string& buffered, std::size_t size) {
    constexpr std::size_t limit = 64 * 1024;
    std::array<char, 4096> chunk = {};
    size = std::min(size, limit);
    while (buffered.size() < size) {
        const std::size_t got = stream.read(chunk.data(), chunk.size());
        if (got == 0) {
            break;
        }
        buffered.append(chunk.data(), got);
    }
    std::string body = buffered.substr(0, size);
    buffered.erase(0, body.size());
    return body;
}

std::string in_chunks(std::string_view body) {
    constexpr std::size_t chunk_size = 1000;
    std::string text;
    while (!body.empty()) {
        const std::string_view chunk = body.substr(0, chunk_size);
        text += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
        body.remove_prefix(chunk.size());
    }
    return text + "0\r\n\r\n";
}

} // namespace

struct HttpServer::State {
    explicit State(std::unique_ptr<StreamMaker> maker, std::string scheme_name)
        : streams(std::move(maker))
        , scheme(std::move(scheme_name))
        , listener(listen_on_loopback())
        , port(port_of(listener.get()))
        , acceptor([this] { accept_clients(); }) {}

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        {
            const std::lock_guard lock(mutex);
            closing = true;
            changed.notify_all();
        }
        // Wakes accept() and every recv(); the threads close nothing that others still use.
        ::shutdown(listener.get(), SHUT_RDWR);
        acceptor.join();
        for (Connection& connection : clients) {
            ::shutdown(connection.socket.get(), SHUT_RDWR);
            connection.thread.join();
        }
    }

    void accept_clients() {
        for (;;) {
            base::UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            const std::lock_guard lock(mutex);
            if (!socket || closing) {
                return;
            }
            ++accepted;
            const int no_delay = 1;
            ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
            Connection& connection = clients.emplace_back();
            connection.socket = std::move(socket);
            connection.thread =
                std::thread([this, fd = connection.socket.get()] { serve_client(fd); });
        }
    }

    void serve_client(int fd) {
        // OpenSSL writes to sockets that may be closed.
        sigset_t broken_pipe = {};
        ::sigemptyset(&broken_pipe);
        ::sigaddset(&broken_pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
        const std::unique_ptr<Stream> stream = streams->make(fd);
        std::string buffered;
        while (stream) {
            std::optional<SeenRequest> request = parse_request(read_head(*stream, buffered));
            if (!request) {
                (void)stream->write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                break;
            }
            const auto size = base::parse_number(request->header("content-length"));
            request->body = read_body(*stream, buffered, size.value_or(0));
            if (!answer(*stream, fd, *request)) {
                break;
            }
        }
        ::shutdown(fd, SHUT_RDWR);
    }

    Fault next_fault(const std::string& path) {
        const std::lock_guard lock(mutex);
        for (const std::string& key : {path, std::string("*")}) {
            const auto planned = faults.find(key);
            if (planned == faults.end() || planned->second.empty()) {
                continue;
            }
            PlannedFault& next = planned->second.front();
            const Fault fault = next.fault;
            if (next.times != always && --next.times == 0) {
                planned->second.pop_front();
            }
            return fault;
        }
        return {};
    }

    std::optional<HttpDocument> find_document(const std::string& path) {
        const std::lock_guard lock(mutex);
        const auto found = documents.find(path);
        if (found != documents.end()) {
            return found->second;
        }
        return directory.empty() ? std::nullopt : read_document(directory, path);
    }

    bool may_enter(const SeenRequest& request) {
        const std::lock_guard lock(mutex);
        return authorization.empty() || request.header("authorization") == authorization;
    }

    HttpAnswer make_answer(const SeenRequest& request, const Fault& fault) {
        if (fault.status != 0) {
            return {fault.status, {}, fault.body};
        }
        if (!may_enter(request)) {
            return {401, {{"WWW-Authenticate", "Basic realm=\"test\""}}, "login needed\n"};
        }
        const std::optional<HttpDocument> document = find_document(request.path);
        if (!document) {
            return {404, {}, "no such document\n"};
        }
        return answer_for(*document, request, fault);
    }

    /// Waits, yet no longer than the server lives. @returns false if it ended.
    bool pause(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex);
        return !changed.wait_for(lock, time, [this] { return closing; });
    }

    /// @returns false if the connection is to be closed.
    bool answer(Stream& stream, int fd, const SeenRequest& request) {
        {
            const std::lock_guard lock(mutex);
            seen.push_back(request);
            most_busy = std::max(most_busy, ++busy);
        }
        const bool stays = send_answer(stream, fd, request);
        const std::lock_guard lock(mutex);
        --busy;
        return stays;
    }

    bool send_answer(Stream& stream, int fd, const SeenRequest& request) {
        const Fault fault = next_fault(request.path);
        if (fault.delay.count() > 0 && !pause(fault.delay)) {
            return false;
        }
        HttpAnswer reply = make_answer(request, fault);
        reply.headers.insert(reply.headers.end(), fault.headers.begin(), fault.headers.end());
        if (fault.wrong_bytes && !reply.body.empty()) {
            reply.body[0] = static_cast<char>(reply.body[0] ^ 1);
        }
        std::string head = fmt::format("HTTP/1.1 {} Test\r\n", reply.status);
        for (const auto& [name, value] : reply.headers) {
            head += fmt::format("{}: {}\r\n", name, value);
        }
        if (fault.chunked) {
            head += "Transfer-Encoding: chunked\r\n";
            reply.body = in_chunks(reply.body);
        } else if (!fault.no_length && reply.status != 304) {
            head += fmt::format(
                "Content-Length: {}\r\n", fault.announced_size.value_or(reply.body.size()));
        }
        const bool has_body = request.method != "HEAD" && reply.status != 304;
        std::string_view body = has_body ? std::string_view(reply.body) : std::string_view();
        const std::string_view rest =
            fault.after ? body.substr(std::min(*fault.after, body.size())) : "";
        body.remove_suffix(rest.size());
        if (!stream.write(head + "\r\n") || !stream.write(body)) {
            return false;
        }
        return fault.after ? end(stream, fd, fault.ending, rest)
                           : !fault.no_length && !fault.announced_size;
    }

    /// The end that a fault asks for; the connection can't be used after it.
    bool end(Stream& stream, int fd, Fault::Ending ending, std::string_view rest) {
        if (ending == Fault::Ending::reset) {
            // What was sent must have arrived, or the reset would throw it away.
            int unsent = 0;
            while (::ioctl(fd, SIOCOUTQ, &unsent) == 0 && unsent > 0 &&
                   pause(std::chrono::milliseconds(1))) {
            }
            const linger at_once = {1, 0};
            ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            const sockaddr unspecified = {AF_UNSPEC, {}};
            ::connect(fd, &unspecified, sizeof unspecified);
        } else if (ending == Fault::Ending::stall) {
            // Returns when the client hangs up or the server ends.
            char byte = 0;
            (void)stream.read(&byte, 1);
        } else if (ending == Fault::Ending::dribble) {
            while (!rest.empty() && stream.write(rest.substr(0, 1)) &&
                   pause(std::chrono::milliseconds(100))) {
                rest.remove_prefix(1);
            }
        }
        return false;
    }

    const std::unique_ptr<StreamMaker> streams;
    const std::string scheme;
    const base::UniqueFd listener;
    const std::uint16_t port;

    mutable std::mutex mutex;
    std::condition_variable changed;
    bool closing = false;
    std::string directory;
    std::string authorization;
    std::map<std::string, HttpDocument> documents;
    std::map<std::string, std::deque<PlannedFault>> faults;
    std::vector<SeenRequest> seen;
    std::size_t accepted = 0;
    std::size_t busy = 0;
    std::size_t most_busy = 0;
    std::list<Connection> clients;

    // The last member: it uses all others.
    std::thread acceptor;
};

HttpServer::HttpServer()
    : state_(std::make_unique<State>(plain_streams(), "http")) {}

HttpServer::HttpServer(const Tls& tls)
    : state_(std::make_unique<State>(tls_streams(tls), "https")) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
    return state_->port;
}

std::string HttpServer::url(const std::string& path) const {
    return fmt::format("{}://127.0.0.1:{}{}", state_->scheme, state_->port, path);
}

void HttpServer::put(const std::string& path, std::string body) {
    const std::lock_guard lock(state_->mutex);
    state_->documents[path] = make_document(std::move(body));
}

void HttpServer::serve_directory(const std::string& directory) {
    const std::lock_guard lock(state_->mutex);
    state_->directory = directory;
}

void HttpServer::misbehave(const std::string& path, Fault fault, unsigned times) {
    const std::lock_guard lock(state_->mutex);
    state_->faults[path].push_back({std::move(fault), times});
}

void HttpServer::require_login(const std::string& user, const std::string& password) {
    const std::lock_guard lock(state_->mutex);
    state_->authorization = basic_authorization(user + ":" + password);
}

std::vector<SeenRequest> HttpServer::requests() const {
    const std::lock_guard lock(state_->mutex);
    return state_->seen;
}

std::size_t HttpServer::count(const std::string& path) const {
    const std::lock_guard lock(state_->mutex);
    return static_cast<std::size_t>(std::count_if(
        state_->seen.begin(), state_->seen.end(), [&path](const SeenRequest& request) {
            return request.path == path;
        }));
}

std::size_t HttpServer::connections() const {
    const std::lock_guard lock(state_->mutex);
    return state_->accepted;
}

std::size_t HttpServer::most_at_once() const {
    const std::lock_guard lock(state_->mutex);
    return state_->most_busy;
}

} // namespace imgbuild::test
