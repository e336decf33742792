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

/// The files of an archive. Those of a plain tar are read where they are; of any other archive they are put
/// into the store by one pass over it.
class ArchiveFiles final : public ImageFiles {
public:
    /// Reads the archive, or its headers. If it is unchanged (name, size, times) since it was read last
    /// and its blobs are still in the store, nothing is read.
    /// @throws base::Error if it can't be read, is damaged (exit code 3), or has more than any image has.
    static std::unique_ptr<ArchiveFiles>
    import(const std::string& path, const store::Store& store, const base::Context& context);

    std::optional<File> open(const std::string& path) const override;

    bool are_in_store() const noexcept override { return are_in_store_; }

    const std::string& name() const noexcept override { return path_; }

    /// Whether there is such a regular file. Links are followed.
    bool has(const std::string& path) const { return find(path) != nullptr; }

    struct Facts {
        crypto::Digest digest;
        std::uint64_t size = 0;
    };

    /// Nothing if there is no such regular file. What is read for it once is known while the archive is
    /// unchanged.
    std::optional<Facts> facts_of(const std::string& path, const base::Context& context) const;

private:
    struct Member {
        std::uint64_t size = 0;
        /// Where it begins in the archive; nothing: it is a blob of the store.
        std::optional<std::uint64_t> offset;
        /// Of a blob of the store.
        crypto::Digest digest;
    };

    ArchiveFiles(std::string path, const crypto::Digest& identity, const store::Store& store);

    bool index();
    void add_link(const std::string& name, const std::string& target, bool is_symbolic);
    void read(const base::Context& context);
    const Member* find(const std::string& path) const;
    crypto::Digest digest_of(const File& file, const base::Context& context) const;
    bool restore(const std::string& record);
    std::string to_record() const;

    std::string path_;
    /// Changes with the archive.
    crypto::Digest identity_;
    const store::Store& store_;
    bool are_in_store_ = false;
    std::map<std::string, Member> members_;
    /// Symbolic and hard links, both as paths from the archive's root.
    std::map<std::string, std::string> links_;
};

} // namespace imgbuild::oci
