// SPDX-License-Identifier: Apache-2.0
#include "build/file_inputs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "tree/scan.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace imgbuild::build {

void add_file(KeyInputs& inputs, const std::string& name, const std::string& path) {
    const base::UniqueFd fd = base::open_at(AT_FDCWD, path, O_RDONLY);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0) {
        base::throw_errno(fmt::format("looking at {}", path));
    }
    const bool is_executable = (status.st_mode & 0111U) != 0;
    inputs.add(
        name,
        fmt::format(
            "{} {}",
            is_executable ? "executable" : "plain",
            crypto::sha256_of_file(fd.get(), path).hex()));
}

void add_tree(
    KeyInputs& inputs,
    const std::string& name,
    const std::string& path,
    const base::Context& context) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    std::vector<tree::Entry> entries = tree::scan(directory.get(), path, {}, context).entries();
    for (tree::Entry& entry : entries) {
        if (entry.type == tree::EntryType::socket) {
            base::UsageError error(fmt::format(
                "{} is a socket, which an image can't hold", base::join_path(path, entry.path)));
            error.set_hint("remove it from the tree: programs make their sockets when they start");
            throw error;
        }
        // Every file is an input of its own, so that a miss can name the one that changed.
        const std::string entry_name = fmt::format("{}/{}", name, entry.path);
        entry.uid = 0;
        entry.gid = 0;
        entry.mtime = {};
        inputs.add(entry_name, tree::serialise(tree::Inventory({std::move(entry)})));
    }
}

} // namespace imgbuild::build
