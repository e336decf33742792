// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "helpers/known_helpers.hpp"
#include "root/root.hpp"
#include "root/sandbox.hpp"
#include "store/store.hpp"

#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace imgbuild::package {

/// Programs that scripts of packages call hundreds of times, done by imgbuild: a directory of the host that
/// stands first in the PATH of commands in the sandbox. Nothing of it is ever in the image. It has those
/// helpers of which the root holds a version whose behaviour is known; whoever calls another, or the
/// image's own by its path, gets the image's own.
class ImageHelpers {
public:
    /// Where commands see the directory.
    static constexpr std::string_view place = "/run/imgbuild/helpers";

    /// @param store, context outlive the object.
    ImageHelpers(const store::Store& store, const base::Context& context);

    /// Looks at the root again, since packages have come or scripts have changed something.
    void look_at(const root::Root& root);

    /// Puts the directory into what a command sees.
    void add_to(root::SandboxCommand& command) const;

private:
    /// What is known of a helper in the root.
    struct Seen {
        /// As far as it tells one file from another.
        struct stat status = {};
        bool is_known = false;
        /// Whether the directory has it.
        bool is_shown = false;
    };

    bool is_known(const root::Root& root, std::size_t number);

    store::WorkDirectory directory_;
    const base::Context& context_;
    std::array<Seen, helpers::known_helpers.size()> seen_;
};

} // namespace imgbuild::package
