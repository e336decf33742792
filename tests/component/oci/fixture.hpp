// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "oci/blob_fetch.hpp"
#include "oci/open_image_source.hpp"
#include "oci/registry_client.hpp"
#include "store/store.hpp"
#include "support/http_server.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_image.hpp"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::test {

/// Keeps the messages.
class MessageReporter final : public base::Reporter {
public:
    void message(base::LogLevel level, std::string_view text) noexcept override {
        const std::lock_guard lock(mutex_);
        if (level >= base::LogLevel::warning) {
            warnings_.emplace_back(text);
        }
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return 1; }

    void advanced(std::uint64_t, std::uint64_t, std::uint64_t) noexcept override {}

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::vector<std::string> warnings() const {
        const std::lock_guard lock(mutex_);
        return warnings_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> warnings_;
};

/// A machine of its own, which finds every registry on loopback insecure, and a store.
struct PullFixture {
    TemporaryDirectory directory;
    MessageReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source stop;
    base::Context context{reporter, pool, stop.get_token()};
    store::Store store = store::Store::open(directory / "store", "test");
    std::map<std::string, std::string> environment{{"HOME", directory / "home"}};
    std::string authfile;
    std::string policy;
    /// Short only where it is waited for: busy machines stall, too.
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(60);
    /// Set: what is pulled shares it, as the images of one build do.
    std::shared_ptr<oci::RegistryPool> registries;

    PullFixture() {
        write("etc/containers/registries.conf", "[[registry]]\nlocation=\"127.0.0.1\"\n");
    }

    /// A file of the machine.
    std::string write(const std::string& name, const std::string& text) const {
        const std::string path = directory / name;
        base::make_directories(path.substr(0, path.rfind('/')));
        base::replace_file(path, text);
        return path;
    }

    void allow_http(const std::string& registry) const {
        write(
            "etc/containers/registries.conf.d/" + registry + ".conf",
            "[[registry]]\nlocation=\"" + registry + "\"\ninsecure=true\n");
    }

    std::unique_ptr<oci::ImageSource> open(const std::string& uri) {
        net::ClientOptions transfers;
        transfers.tries = 3;
        transfers.retry_delay = std::chrono::milliseconds(1);
        transfers.stall_timeout = stall_timeout;
        return oci::open_image_source(
            uri,
            {.store = store,
             .host = config::Host(directory.path(), environment, false),
             .transfers = transfers,
             .authfile = authfile,
             .policy = policy,
             .pool = registries},
            context);
    }

    oci::PinnedImage resolve(const std::string& uri, const std::string& platform = "amd64") {
        return open(uri)->resolve(oci::parse_platform(platform), context);
    }

    /// Resolves, brings all layers, and returns what they hold, one after the other.
    std::string pull(const std::string& uri) {
        const std::unique_ptr<oci::ImageSource> source = open(uri);
        const oci::PinnedImage image = source->resolve(oci::parse_platform("amd64"), context);
        oci::BlobFetch fetch(*source, store, layer_blobs(image), "pulling", context);
        std::string text;
        for (std::size_t i = 0; i < image.layers.size(); ++i) {
            const auto stream = fetch.open(i);
            std::array<char, 4096> buffer = {};
            while (const std::size_t count =
                       stream->read(std::as_writable_bytes(std::span(buffer)))) {
                text.append(buffer.data(), count);
            }
        }
        fetch.wait();
        return text;
    }

    /// What must fail.
    std::optional<base::Error> failure(const std::function<void()>& action) const {
        try {
            action();
        } catch (const base::Error& error) {
            return error;
        }
        return std::nullopt;
    }

    std::string error_of(const std::string& uri) {
        const auto error = failure([&] { (void)pull(uri); });
        return error ? error->what() : "";
    }

    /// Blobs of the store, and what is left in its workplace.
    std::size_t stored() const {
        std::size_t count = 0;
        for (const store::StoreEntry& entry : store.list()) {
            count += entry.kind == "blob" ? 1U : 0U;
        }
        return count;
    }
};

/// A registry on our own server, which misbehaves on request.
struct FakeRegistry {
    HttpServer server;

    FakeRegistry() = default;

    explicit FakeRegistry(const HttpServer::Tls& tls)
        : server(tls) {}

    std::string name() const { return fmt::format("127.0.0.1:{}", server.port()); }

    void put(const std::string& repository, const std::string& tag, const TestImage& image) {
        for (const auto& [digest, bytes] : image.blobs()) {
            server.put("/v2/" + repository + "/blobs/" + digest, bytes);
            server.put("/v2/" + repository + "/manifests/" + digest, bytes);
        }
        put_tag(repository, tag, image.manifest);
    }

    void
    put_tag(const std::string& repository, const std::string& tag, const std::string& document) {
        server.put("/v2/" + repository + "/manifests/" + tag, document);
    }

    static std::string blob_path(const std::string& repository, const std::string& bytes) {
        return "/v2/" + repository + "/blobs/" + digest_text(bytes);
    }
};

} // namespace imgbuild::test
