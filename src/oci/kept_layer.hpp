// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "archive/tar_reader.hpp"
#include "base/context.hpp"
#include "base/mapped_file.hpp"
#include "crypto/digest.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace imgbuild::oci {

/// A layer that the store has decompressed. All its bytes can be seen for as long as the object lives.
class KeptLayer final : public archive::ByteStream {
public:
    /// Nothing if the store does not have it, or no longer as it was. @throws base::Interrupted
    static std::unique_ptr<KeptLayer>
    find(const store::Store& store, const crypto::Digest& diff_id, const base::Context& context);

    std::span<const std::byte> next_piece() override;

private:
    explicit KeptLayer(const std::string& path)
        : file_(path) {}

    const base::MappedFile file_;
    std::size_t position_ = 0;
};

} // namespace imgbuild::oci
