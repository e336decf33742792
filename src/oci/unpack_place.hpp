// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "root/root.hpp"

#include <optional>
#include <string>

namespace imgbuild::oci {

/// A directory of the user that gets a whole tree or nothing. Nothing beside it is touched: the tree is
/// made in a private directory inside it.
class UnpackPlace {
public:
    /// @throws base::UsageError if something is in the directory already.
    explicit UnpackPlace(std::string directory);
    UnpackPlace(const UnpackPlace&) = delete;
    UnpackPlace& operator=(const UnpackPlace&) = delete;
    /// Without `publish` leaves the directory as it was.
    ~UnpackPlace();

    /// The root of the tree: empty, 0755 root:root, with the time 0.
    const root::Root& root() const { return *root_; }

    /// Moves the tree into the directory, which gets the attributes of the tree's root.
    void publish();

private:
    void make_staging();
    void clear() noexcept;

    std::string directory_;
    base::UniqueFd fd_;
    std::string staging_;
    std::optional<root::Root> root_;
    bool is_new_ = false;
    bool is_published_ = false;
};

} // namespace imgbuild::oci
