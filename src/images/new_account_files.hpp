// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/unique_fd.hpp"
#include "root/root.hpp"

#include <map>
#include <string>
#include <vector>

namespace imgbuild::images {

/// New contents of an image's account files that wait, durably, beside the former ones: putting them in their
/// places takes no space any more. Unless that happens they are removed, by the next one of a process that was killed.
class NewAccountFiles {
public:
    /// @param contents by path in the root, which outlives this.
    NewAccountFiles(const root::Root& root, const std::map<std::string, std::string>& contents);
    NewAccountFiles(const NewAccountFiles&) = delete;
    NewAccountFiles& operator=(const NewAccountFiles&) = delete;
    ~NewAccountFiles();

    /// With owners, modes and extended attributes of the files whose places they take.
    void put_in_place();

private:
    struct File {
        std::string path;
        root::Place place;
        std::string waiting_name;
        base::UniqueFd fd;
        bool is_waiting = true;
    };

    void write(const std::string& path, const std::string& content);
    static void put_in_place(File& file);

    const root::Root& root_;
    std::vector<File> files_;
};

} // namespace imgbuild::images
