// SPDX-License-Identifier: Apache-2.0
#include "docker_registry.hpp"

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "process/process.hpp"
#include "process/spawn.hpp"
#include "support/loopback.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace imgbuild::test {

namespace {

constexpr const char* program = "docker-registry";

bool accepts(std::uint16_t port) {
    const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic = {};
    static_assert(sizeof generic == sizeof address);
    std::memcpy(&generic, &address, sizeof address);
    return ::connect(socket.get(), &generic, sizeof generic) == 0;
}

std::string hex_of(const std::string& digest) {
    return digest.substr(digest.find(':') + 1);
}

} // namespace

bool DockerRegistry::is_installed() {
    return process::find_program(program).has_value();
}

DockerRegistry::DockerRegistry(std::string directory, const Options& options)
    : directory_(std::move(directory)) {
    base::make_directories(directory_ + "/storage");
    base::replace_file(directory_ + "/config.yml", "version: 0.1\nstorage:\n  filesystem:\n");
    std::vector<std::string> environment = {
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=" + directory_ + "/storage",
        "OTEL_TRACES_EXPORTER=none",
    };
    if (!options.login.empty()) {
        base::replace_file(directory_ + "/htpasswd", options.login + "\n");
        environment.emplace_back("REGISTRY_AUTH=htpasswd");
        environment.emplace_back("REGISTRY_AUTH_HTPASSWD_REALM=test");
        environment.push_back("REGISTRY_AUTH_HTPASSWD_PATH=" + directory_ + "/htpasswd");
    }
    if (!options.certificate.empty()) {
        environment.push_back("REGISTRY_HTTP_TLS_CERTIFICATE=" + options.certificate);
        environment.push_back("REGISTRY_HTTP_TLS_KEY=" + options.key);
    }
    start(environment);
}

void DockerRegistry::start(const std::vector<std::string>& environment) {
    {
        const base::UniqueFd free = listen_on_loopback();
        port_ = port_of(free.get());
    }
    process::SpawnRequest request;
    request.program = process::find_program(program).value();
    request.argv = {program, "serve", directory_ + "/config.yml"};
    request.environment = environment;
    request.environment.push_back("REGISTRY_HTTP_ADDR=" + name());
    const base::UniqueFd log =
        base::open_at(AT_FDCWD, directory_ + "/log", O_RDWR | O_CREAT | O_APPEND, 0644);
    request.standard_input = log.get();
    request.standard_output = log.get();
    request.standard_error = log.get();
    child_ = process::spawn(request);
    // It is there when it accepts, or gone when it can't start.
    while (!accepts(port_)) {
        if (::waitpid(child_, nullptr, WNOHANG) != 0) {
            child_ = -1;
            throw std::runtime_error("docker-registry: " + base::read_file(directory_ + "/log"));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

DockerRegistry::~DockerRegistry() {
    if (child_ > 0) {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
}

std::string DockerRegistry::name() const {
    return fmt::format("127.0.0.1:{}", port_);
}

void DockerRegistry::put_blob(const std::string& bytes) const {
    const std::string hex = hex_of(digest_text(bytes));
    const std::string place = fmt::format(
        "{}/storage/docker/registry/v2/blobs/sha256/{}/{}", directory_, hex.substr(0, 2), hex);
    base::make_directories(place);
    base::replace_file(place + "/data", bytes);
}

void DockerRegistry::link(const std::string& place, const std::string& digest) const {
    const std::string directory = directory_ + "/storage/docker/registry/v2/repositories/" + place;
    base::make_directories(directory);
    base::replace_file(directory + "/link", digest);
}

void DockerRegistry::put(const std::string& repository, const TestImage& image) const {
    for (const auto& [digest, bytes] : image.blobs()) {
        put_blob(bytes);
        const bool is_manifest = bytes == image.manifest;
        link(
            repository + (is_manifest ? "/_manifests/revisions/sha256/" : "/_layers/sha256/") +
                hex_of(digest),
            digest);
    }
}

void DockerRegistry::tag(
    const std::string& repository, const std::string& tag, const std::string& document) const {
    const std::string digest = digest_text(document);
    put_blob(document);
    link(repository + "/_manifests/revisions/sha256/" + hex_of(digest), digest);
    link(repository + "/_manifests/tags/" + tag + "/current", digest);
    link(repository + "/_manifests/tags/" + tag + "/index/sha256/" + hex_of(digest), digest);
}

} // namespace imgbuild::test
