// SPDX-License-Identifier: Apache-2.0
#include "build/containers.hpp"

#include "support/loopback.hpp"
#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

using namespace imgbuild;

namespace {

/// Two servers that know nothing, and say so only once both have been asked.
class ReservedServers {
public:
    ReservedServers()
        : thread_([this] { serve(); }) {}

    ReservedServers(const ReservedServers&) = delete;
    ReservedServers& operator=(const ReservedServers&) = delete;

    ~ReservedServers() {
        for (const base::UniqueFd& socket : sockets_) {
            ::shutdown(socket.get(), SHUT_RDWR);
        }
        thread_.join();
    }

    std::string name(std::size_t number) const {
        return fmt::format("127.0.0.1:{}", test::port_of(sockets_.at(number).get()));
    }

private:
    void serve() const {
        std::array<base::UniqueFd, 2> guests;
        for (std::size_t i = 0; i < guests.size(); ++i) {
            guests.at(i).reset(::accept4(sockets_.at(i).get(), nullptr, nullptr, SOCK_CLOEXEC));
        }
        for (const base::UniqueFd& guest : guests) {
            std::string question;
            std::array<char, 4096> buffer = {};
            while (question.find("\r\n\r\n") == std::string::npos) {
                const ssize_t got = ::recv(guest.get(), buffer.data(), buffer.size(), 0);
                if (got <= 0) {
                    break;
                }
                question.append(buffer.data(), static_cast<std::size_t>(got));
            }
            const std::string answer =
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            (void)::send(guest.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }

    std::array<base::UniqueFd, 2> sockets_{test::listen_on_loopback(), test::listen_on_loopback()};
    std::thread thread_;
};

} // namespace

TEST_CASE("containers are looked up side by side; the first error of the description counts") {
    const test::TemporaryDirectory directory;
    base::SilentReporter reporter;
    base::ThreadPool pool{1};
    const base::Context context{reporter, pool, {}};
    const store::Store store = store::Store::open(directory / "store", "test");
    const ReservedServers servers;
    build::Inputs inputs;
    inputs.request.architecture = "x86_64";
    for (std::size_t i = 0; i < 2; ++i) {
        description::Container container;
        container.name = "docker://" + servers.name(i) + "/name:1";
        container.preload = true;
        container.position = {"d.xml", static_cast<int>(i) + 1, 1};
        inputs.request.containers.push_back(container);
    }
    net::ClientOptions transfers;
    transfers.tries = 1;
    const oci::SourceOptions options{
        .store = store,
        .host = config::Host(directory.path(), {{"WAREWULF_OCI_NOHTTPS", "true"}}, false),
        .transfers = transfers};
    try {
        build::resolve_containers(inputs, options, context);
        FAIL("there is no such image");
    } catch (const base::Error& error) {
        CHECK(std::string(error.what()).starts_with(servers.name(0) + "/name:1: "));
        CHECK(std::string(error.what()).find("404") != std::string::npos);
        CHECK(error.position() == base::Position{"d.xml", 1, 1});
    }
}
