// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "root/extract.hpp"
#include "root/extract_attributes.hpp"
#include "root/extract_label.hpp"
#include "root/extract_path.hpp"
#include "root/file_finisher.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace imgbuild::root {

/// Reads the data of the entry in hand: calls its argument for each piece; holes are left out.
using ReadData = std::function<void(
    const std::function<void(std::span<const std::byte>, std::uint64_t offset)>& write)>;

/// Makes an archive's entries in the directory where a walk stands, in place of what is there.
/// Refers to what it is given; all of it outlives the maker. Not thread-safe.
class EntryMaker {
public:
    /// @param on_removed called with the name of what had to give way in the walk's directory.
    EntryMaker(
        ReadData read_data,
        const ExtractOptions& options,
        const base::Context& context,
        DirectoryWalk& walk,
        const EntryLabel& label,
        std::function<void(const std::string& name)> on_removed);

    /// Anything but directories and hard links.
    /// @returns false if it is a device that this process may not make.
    bool make(const tree::Entry& entry, const std::string& name);

    /// @param leads_to_directory whether the link that stands there may stay.
    /// @returns false if a link to a directory stands there, and stays.
    bool make_directory(const std::string& name, const std::function<bool()>& leads_to_directory);

    /// Another name for what `attempt` links to; it is called again if something had to give way.
    /// @returns false if there is nothing to link to.
    bool make_hard_link(
        const tree::Entry& entry, const std::string& name, const std::function<int()>& attempt);

    /// Owner, mode, time and attributes of the walk's directory.
    void finish_directory(const tree::Entry& entry);

    /// Removes what stands at that name of the walk's directory, with all below it.
    void remove(const std::string& name);

    std::uint64_t bytes_written() const { return bytes_; }

private:
    int replacing(const std::string& name, const std::function<int()>& attempt);
    void make_file(const tree::Entry& entry, const std::string& name);
    void make_symlink(const tree::Entry& entry, const std::string& name);
    bool make_device(const tree::Entry& entry, const std::string& name);
    int make_node(const tree::Entry& entry, const std::string& name, mode_t type, dev_t device);
    void write_content(const tree::Entry& entry, base::UniqueFd fd);
    void
    read_content(const tree::Entry& entry, const std::function<void(const NewFile::Piece&)>& take);

    ReadData read_data_;
    const ExtractOptions& options_;
    const base::Context& context_;
    DirectoryWalk& walk_;
    const EntryLabel& label_;
    std::function<void(const std::string& name)> on_removed_;
    AttributeWriter attributes_;
    std::uint64_t bytes_ = 0;
};

} // namespace imgbuild::root
