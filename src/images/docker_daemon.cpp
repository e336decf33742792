// SPDX-License-Identifier: Apache-2.0
#include "images/docker_daemon.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "net/client.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace imgbuild::images {

namespace {

constexpr std::string_view scheme = "docker-daemon:";

class FileSink final : public net::Sink {
public:
    explicit FileSink(std::string path)
        : path_(std::move(path))
        , fd_(base::open_at(AT_FDCWD, path_, O_WRONLY | O_CREAT | O_EXCL, 0600)) {}

    void write(std::span<const std::byte> bytes) override {
        base::write_all(fd_.get(), bytes, path_);
    }

    void restart() override {
        if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) {
            base::throw_errno(fmt::format("writing {}", path_));
        }
    }

private:
    std::string path_;
    base::UniqueFd fd_;
};

std::string socket_of(const config::Host& host) {
    const std::string wish = host.variable("DOCKER_HOST").value_or("");
    constexpr std::string_view unix_scheme = "unix://";
    if (wish.empty()) {
        return "/var/run/docker.sock";
    }
    if (!wish.starts_with(unix_scheme)) {
        throw base::UsageError(
            fmt::format("DOCKER_HOST={}: only sockets of this machine are asked", wish))
            .set_hint("save the image there (docker save -o FILE) and import the file");
    }
    return wish.substr(unix_scheme.size());
}

/// Into a path of the API; slashes and colons of the name stay.
std::string checked(const std::string& name) {
    const bool is_plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("._-:/@").find(c) != std::string_view::npos;
    });
    if (!is_plain) {
        throw base::UsageError(fmt::format("\"{}\" is no name of an image", base::printable(name)));
    }
    return name;
}

} // namespace

std::string name_in_docker_daemon(std::string_view uri) {
    if (!uri.starts_with(scheme)) {
        return {};
    }
    uri.remove_prefix(scheme.size());
    if (uri.starts_with("//")) {
        uri.remove_prefix(2);
    }
    return checked(std::string(uri));
}

std::string save_from_docker_daemon(
    const std::string& name,
    const std::string& directory,
    const config::Host& host,
    const base::Context& context) {
    net::ClientOptions options;
    options.unix_socket = socket_of(host);
    // It answers at once, or it does not run.
    options.tries = 1;
    // A big image is put together before the first byte comes.
    options.stall_timeout = std::chrono::minutes(10);
    if (!base::exists(options.unix_socket)) {
        throw base::Error(
            fmt::format("there is no Docker daemon at {}", options.unix_socket),
            base::ExitCode::fetch)
            .set_hint("DOCKER_HOST=unix://PATH names another socket");
    }
    net::Client client(options);
    const std::string path = base::join_path(directory, "saved.tar");
    FileSink sink(path);
    net::Request request;
    request.url = fmt::format("http://docker/images/{}/get", name);
    request.title = name;
    try {
        client.fetch(request, sink, context);
    } catch (const net::TransferError& error) {
        if (error.failure() == net::TransferFailure::not_found) {
            throw base::Error(
                fmt::format("the Docker daemon at {} has no image {}", options.unix_socket, name),
                base::ExitCode::fetch)
                .set_hint("docker image ls lists what it has");
        }
        throw;
    }
    return path;
}

} // namespace imgbuild::images
