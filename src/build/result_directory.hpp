// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The directory given by --target-dir. A new result is made on the same file system and put in place at
 * once: a directory that holds nothing but a former result is exchanged; in any other directory, and in one
 * that has to stay what it is (StagingPlace), the files are replaced under a journal, the result file last,
 * and the next run completes an interrupted replacement.
 */
#pragma once

#include "build/build_result.hpp"
#include "build/staging_place.hpp"
#include "store/file_digests.hpp"

#include <optional>
#include <string>

namespace imgbuild::build {

class ResultDirectory {
public:
    /// Completes an interrupted replacement of an earlier run.
    /// @param path need not exist. @throws base::UsageError if it is something else than a directory.
    explicit ResultDirectory(std::string path);

    const std::string& path() const noexcept { return path_; }

    /// The result that is there; nothing if there is none that can be read.
    std::optional<BuildResult> current() const;

    /// True if every artifact of `result` has the recorded content.
    bool verify(const BuildResult& result, const store::FileDigests& digests) const;

    /// Makes missing parents, and finds out whether a result can be put there, before much is done for one.
    /// @throws base::SystemError, base::UsageError if not.
    void require_writable() const { place_.require_writable(); }

    /// A new, private directory on the same file system, for the files of the next result. Removed with
    /// its content when this object goes without `publish`.
    const std::string& staging();

    /// Puts the staged files in place; `result` names all of them.
    /// Until this returns, the former result is there; after it, the new one.
    void publish(const BuildResult& result);

    ResultDirectory(const ResultDirectory&) = delete;
    ResultDirectory& operator=(const ResultDirectory&) = delete;
    ~ResultDirectory();

private:
    bool holds_only_a_result() const;
    void exchange();
    void replace_files(const BuildResult& result);
    void complete_replacement() const;
    void remove_leftovers() const;

    std::string path_;
    StagingPlace place_;
    /// Without a path until it is needed.
    StagingPlace::Directory staging_;
};

} // namespace imgbuild::build
