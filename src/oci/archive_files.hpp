// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "oci/image_files.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace imgbuild::oci {

/// The files of an archive (tar, compressed or not), which were put into the store by one pass over it.
class ArchiveFiles final : public ImageFiles {
public:
    struct Member {
        crypto::Digest digest;
        std::uint64_t size = 0;
    };

    /// Reads the archive. If it is unchanged (name, size, times) since it was read last and its blobs are
    /// still in the store, nothing is read.
    /// @throws base::Error if it can't be read, is damaged (exit code 3), or has more than any image has.
    static std::unique_ptr<ArchiveFiles>
    import(const std::string& path, const store::Store& store, const base::Context& context);

    std::optional<File> open(const std::string& path) const override;

    const std::string& name() const noexcept override { return path_; }

    /// Nothing if there is no such regular file. Links are followed.
    std::optional<Member> find(const std::string& path) const;

private:
    ArchiveFiles(std::string path, const store::Store& store);

    void read(const base::Context& context);
    bool restore(const std::string& record);
    std::string to_record() const;

    std::string path_;
    const store::Store& store_;
    std::map<std::string, Member> members_;
    /// Symbolic and hard links, both as paths from the archive's root.
    std::map<std::string, std::string> links_;
};

} // namespace imgbuild::oci
