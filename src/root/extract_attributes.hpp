// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/progress.hpp"
#include "tree/inventory.hpp"

#include <set>
#include <string>

namespace imgbuild::root {

/// Gives what was just made its owner, extended attributes, mode and time, in the order in which none
/// of them undoes another: a change of owner drops setuid bits and capabilities.
/// `label` says in messages what it is: "ARCHIVE: ENTRY". Not thread-safe.
class AttributeWriter {
public:
    explicit AttributeWriter(base::Reporter& reporter)
        : reporter_(reporter) {}

    /// Of an open regular file.
    void apply_to_file(int fd, const tree::Entry& entry, const std::string& label);

    /// Of an open directory (O_PATH will do).
    void apply_to_directory(int fd, const tree::Entry& entry, const std::string& label);

    /// Of a link, device, fifo or socket.
    void apply_to_node(
        int parent, const std::string& name, const tree::Entry& entry, const std::string& label);

private:
    template <typename Set>
    void set_xattrs(const tree::Entry& entry, const std::string& label, const Set& set);

    base::Reporter& reporter_;
    /// Attributes that were warned about; a package would repeat it for each of its files.
    std::set<std::string> warned_;
};

} // namespace imgbuild::root
