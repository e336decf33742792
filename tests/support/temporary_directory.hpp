// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.hpp"
#include "base/file.hpp"

#include <cstdlib>
#include <string>

namespace imgbuild::test {

/// A fresh directory that is removed at the end of the test.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        const char* const place = std::getenv("TMPDIR");
        path_ = base::join_path(place != nullptr ? place : "/tmp", "imgbuild-test-XXXXXX");
        if (::mkdtemp(path_.data()) == nullptr) {
            base::throw_errno("making a temporary directory");
        }
    }

    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    ~TemporaryDirectory() {
        try {
            base::remove_tree(path_);
        } catch (const base::Error&) {
            // A test must not end in terminate() because its directory is still busy.
        }
    }

    const std::string& path() const { return path_; }

    std::string operator/(const std::string& name) const { return base::join_path(path_, name); }

private:
    std::string path_;
};

} // namespace imgbuild::test
