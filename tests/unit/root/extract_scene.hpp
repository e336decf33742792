// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/file.hpp"
#include "root/extract.hpp"
#include "support/archives.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

namespace imgbuild::test {

/// A member that belongs to whoever runs the test, so that an ordinary user may unpack it.
inline TarMember own(TarMember member) {
    member.uid = ::geteuid();
    member.gid = ::getegid();
    return member;
}

class RecordingReporter final : public base::Reporter {
public:
    void message(base::LogLevel, std::string_view text) noexcept override {
        messages.emplace_back(text);
    }

    void output(std::string_view) noexcept override {}

    std::uint64_t started(const base::ActivityInfo&) noexcept override { return 1; }

    void advanced(std::uint64_t, std::uint64_t done, std::uint64_t) noexcept override {
        advanced_to = done;
    }

    void finished(std::uint64_t, base::Outcome, double) noexcept override {}

    std::vector<std::string> messages;
    std::atomic<std::uint64_t> advanced_to = 0;
};

/// An image root, `image`, beside a directory of the host with a secret, `outside`.
class ExtractScene {
public:
    ExtractScene() {
        base::make_directories(directory / "outside");
        base::make_directories(directory / "image");
        base::replace_file(directory / "outside/secret", "host");
    }

    root::ExtractResult unpack(const std::string& bytes, const root::ExtractOptions& options = {}) {
        const root::Root root = root::Root::open(directory / "image");
        archive::Reader reader(source_of(bytes), "a.tar");
        return root::extract(reader, root, options, context);
    }

    root::ExtractResult unpack(const Tar& tar, const root::ExtractOptions& options = {}) {
        return unpack(tar.finished(), options);
    }

    /// The error that unpacking gives. Nothing of the host may have changed.
    std::string refusal(const std::string& bytes, const root::ExtractOptions& options = {}) {
        std::string text = "no error";
        try {
            unpack(bytes, options);
        } catch (const base::Error& error) {
            text = error.what();
        }
        CHECK(base::read_file(directory / "outside/secret") == "host");
        const tree::Inventory outside = scan("outside");
        CHECK(outside.entries().size() == 2);
        return text;
    }

    std::string refusal(const Tar& tar, const root::ExtractOptions& options = {}) {
        return refusal(tar.finished(), options);
    }

    tree::Inventory scan(const std::string& name = "image") {
        const base::UniqueFd fd = base::open_at(AT_FDCWD, directory / name, O_PATH | O_DIRECTORY);
        return tree::scan(fd.get(), name, {}, context);
    }

    /// What stands at a path of the image.
    tree::Entry at(const std::string& path) {
        const tree::Inventory inventory = scan();
        const tree::Entry* const entry = inventory.find(path);
        REQUIRE_MESSAGE(entry != nullptr, path);
        return *entry;
    }

    bool has(const std::string& path) {
        const tree::Inventory inventory = scan();
        return inventory.find(path) != nullptr;
    }

    std::string read(const std::string& path) {
        return base::read_file(directory / ("image/" + path));
    }

    void make_link(const std::string& target, const std::string& path) {
        REQUIRE(::symlink(target.c_str(), (directory / ("image/" + path)).c_str()) == 0);
    }

    void make_directory(const std::string& path) {
        base::make_directories(directory / ("image/" + path));
    }

    void make_file(const std::string& path, const std::string& content) {
        base::replace_file(directory / ("image/" + path), content);
    }

    TemporaryDirectory directory;
    RecordingReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source stop;
    base::Context context{.reporter = reporter, .pool = pool, .stop = stop.get_token()};
};

} // namespace imgbuild::test
