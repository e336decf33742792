// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "images/locations.hpp"
#include "root/root.hpp"
#include "store/work_directory.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::images {

/// The images of one place. It only knows where things are; whoever changes an image holds its ImageLock.
/// Thread-compatible.
class ImageStore {
public:
    explicit ImageStore(Locations locations)
        : locations_(std::move(locations)) {}

    const Locations& locations() const noexcept { return locations_; }

    /// @throws base::UsageError unless the name consists of letters, digits and "_.:-", as Warewulf's do,
    ///         and is neither "." nor "..".
    static void check_name(std::string_view name);

    /// What a name stands for; it need not exist. @throws base::UsageError for an impossible name.
    std::string directory(const std::string& name) const;
    /// The image's root. It may be a link, as an administrator may have put the image elsewhere.
    std::string root_path(const std::string& name) const;
    /// The same behind all links, for mounts.
    std::string real_root_path(const std::string& name) const;
    /// What imgbuild keeps about the image.
    std::string own_directory(const std::string& name) const;
    std::string output(const std::string& name) const;
    /// The same without compression, which Warewulf makes too.
    std::string plain_output(const std::string& name) const;

    bool has(const std::string& name) const;

    /// @throws base::UsageError with near names if there is no such image.
    void require(const std::string& name) const;

    /// Sorted.
    std::vector<std::string> names() const;

    /// @throws base::UsageError with near names if there is no such image.
    root::Root open_root(const std::string& name) const;

    /// As `open_root`, but nothing if there is no such image.
    std::optional<root::Root> find_root(const std::string& name) const;

    /// A directory on the file system of the images, for what is not finished. What processes that died
    /// left there is removed first.
    store::WorkDirectory make_work_directory(const std::stop_token& stop) const;

    /// Where locks are; made if missing.
    std::string lock_place() const;

    /// @throws base::UsageError that there is no such image, with near names.
    [[noreturn]] void fail_missing(const std::string& name) const;

private:
    Locations locations_;
};

/// True if Warewulf has marked the image as not to be changed.
bool is_read_only(const ImageStore& store, const std::string& name);

/// @throws base::UsageError naming the mark.
void require_writable(const ImageStore& store, const std::string& name);

} // namespace imgbuild::images
