// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

struct archive_entry;

namespace imgbuild::archive {

/// The POSIX access control lists of an entry.
struct AclXattrs {
    /// As the extended attributes by which Linux keeps them.
    std::vector<std::pair<std::string, std::string>> xattrs;
    /// There is a list that names users or groups by their names only, and so is not among them: what
    /// numbers they have in the image is not known here.
    bool has_names = false;
};

AclXattrs read_acls(archive_entry* entry);

} // namespace imgbuild::archive
