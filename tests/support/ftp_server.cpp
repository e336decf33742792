// SPDX-License-Identifier: Apache-2.0
#include "support/ftp_server.hpp"

#include "base/text.hpp"
#include "support/loopback.hpp"
#include "support/stream.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace imgbuild::test {

namespace {

/// The next line without its end; nothing when the client is gone.
std::optional<std::string> read_line(Stream& stream) {
    std::string line;
    char byte = 0;
    while (stream.read(&byte, 1) == 1) {
        if (byte == '\n') {
            return std::string(base::trim(line));
        }
        line += byte;
    }
    return std::nullopt;
}

} // namespace

struct FtpServer::State {
    base::UniqueFd listener = listen_on_loopback();
    base::UniqueFd data_listener = listen_on_loopback();
    const std::unique_ptr<StreamMaker> streams = plain_streams();

    std::mutex mutex;
    std::map<std::string, std::string> documents;
    std::vector<std::string> commands;
    std::optional<std::size_t> cut;
    int client = -1;
    bool closing = false;

    // The last member: it uses all others.
    std::thread thread{[this] { serve(); }};

    void serve() {
        for (;;) {
            const base::UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            {
                const std::lock_guard lock(mutex);
                if (!socket || closing) {
                    return;
                }
                client = socket.get();
            }
            talk(*streams->make(socket.get()));
            const std::lock_guard lock(mutex);
            client = -1;
        }
    }

    void talk(Stream& stream) {
        std::string directory;
        (void)stream.write("220 ready\r\n");
        while (const std::optional<std::string> line = read_line(stream)) {
            const std::lock_guard lock(mutex);
            commands.push_back(*line);
            (void)stream.write(answer(*line, directory, stream));
        }
    }

    std::string answer(const std::string& line, std::string& directory, Stream& stream) {
        const std::string verb = line.substr(0, line.find(' '));
        const std::string argument = line.substr(std::min(verb.size() + 1, line.size()));
        if (verb == "USER") {
            return "331 password?\r\n";
        }
        if (verb == "PASS") {
            return "230 welcome\r\n";
        }
        if (verb == "PWD") {
            return "257 \"/\"\r\n";
        }
        if (verb == "CWD") {
            directory = argument.front() == '/' ? argument : directory + "/" + argument;
            return "250 there\r\n";
        }
        if (verb == "TYPE") {
            return "200 fine\r\n";
        }
        if (verb == "EPSV") {
            return fmt::format("229 entering (|||{}|)\r\n", port_of(data_listener.get()));
        }
        const auto found = documents.find((directory == "/" ? "" : directory) + "/" + argument);
        if ((verb == "SIZE" || verb == "RETR") && found == documents.end()) {
            return "550 no such file\r\n";
        }
        if (verb == "SIZE") {
            return fmt::format("213 {}\r\n", found->second.size());
        }
        return verb == "RETR" ? send(found->second, stream) : "502 what?\r\n";
    }

    std::string send(const std::string& body, Stream& stream) {
        (void)stream.write("150 coming\r\n");
        const base::UniqueFd socket(::accept4(data_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const std::optional<std::size_t> limit = std::exchange(cut, std::nullopt);
        (void)streams->make(socket.get())->write(body.substr(0, limit.value_or(body.size())));
        return limit ? "426 broken\r\n" : "226 done\r\n";
    }
};

FtpServer::FtpServer()
    : state_(std::make_unique<State>()) {}

FtpServer::~FtpServer() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->closing = true;
        ::shutdown(state_->client, SHUT_RDWR);
    }
    ::shutdown(state_->listener.get(), SHUT_RDWR);
    ::shutdown(state_->data_listener.get(), SHUT_RDWR);
    state_->thread.join();
}

std::string FtpServer::url(const std::string& path) const {
    return fmt::format("ftp://127.0.0.1:{}{}", port_of(state_->listener.get()), path);
}

void FtpServer::put(const std::string& path, std::string body) {
    const std::lock_guard lock(state_->mutex);
    state_->documents[path] = std::move(body);
}

void FtpServer::break_next(std::size_t after) {
    const std::lock_guard lock(state_->mutex);
    state_->cut = after;
}

std::vector<std::string> FtpServer::commands() const {
    const std::lock_guard lock(state_->mutex);
    return state_->commands;
}

} // namespace imgbuild::test
