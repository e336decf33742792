// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Packages taken apart on the pool's threads while others are being installed: decompressing is the
 * longest part of unpacking, and needs no root.
 */
#pragma once

#include "archive/tar_index.hpp"
#include "base/context.hpp"
#include "package/deb_control.hpp"
#include "package/package_manager.hpp"
#include "store/store.hpp"

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::package {

/// A package, decompressed.
struct RawDeb {
    const ResolvedPackage* package = nullptr;
    /// How messages call it.
    std::string name;
    DebControl control;
    /// The data archive as an uncompressed tar, with something behind its end, and what is in it, in the
    /// order in which dpkg unpacks: symbolic links last. Unless there is a problem, paths are
    /// "usr/bin/x", targets of hard links too, and the root directory's path is empty.
    std::string tar_path;
    archive::TarIndex index;
    /// Why only dpkg itself can unpack it, as a clause ("it has …"); empty if it can be unpacked natively.
    std::string problem;

    /// How dpkg's database calls it: with the architecture if packages of several may stand side by side.
    std::string database_name() const;
};

/// Packages of a resolution, decompressed side by side into the store, where later builds find them. The
/// work runs on the context's pool.
class RawDebs {
public:
    /// @param resolution, store outlive the object.
    RawDebs(const Resolution& resolution, const store::Store& store, const base::Context& context);
    RawDebs(const RawDebs&) = delete;
    RawDebs& operator=(const RawDebs&) = delete;
    /// Lets what has begun end, and drops the rest.
    ~RawDebs();

    /// Begins with a package that is in the store, unless that was done. May be called from any thread.
    /// @param number of the package in the resolution.
    void start(std::size_t number);

    /// Begins with all that the resolution unpacks.
    void start_all();

    /// A package, as soon as it is ready. Called from one thread, as is `drop`.
    /// @param number of one that was not dropped.
    /// @throws base::Error if it is damaged or can't be written; base::Interrupted.
    const RawDeb& get(std::size_t number);

    /// Whether no thread is decompressing any more.
    bool are_all_ready() const;

    /// The package is no longer needed; its file stays in the store.
    void drop(std::size_t number);

    const Resolution& resolution() const noexcept { return resolution_; }

private:
    enum class State { absent, waiting, begun, ready };

    struct Slot {
        State state = State::absent;
        std::exception_ptr failure;
        RawDeb deb;
    };

    bool begin(std::size_t number);
    std::optional<std::size_t> begin_next();
    void make(std::size_t number) noexcept;

    const Resolution& resolution_;
    const store::Store& store_;
    const base::Context context_;
    /// While it lives, nothing that is used here is pruned.
    store::WorkDirectory in_use_;
    /// The most urgent first.
    const std::vector<std::size_t> order_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Slot> slots_;
    // Last: its tasks use all of the above.
    base::TaskGroup tasks_;
};

} // namespace imgbuild::package
