// SPDX-License-Identifier: Apache-2.0
#include "package/store_text.hpp"

#include "base/file.hpp"

namespace imgbuild::package {

crypto::Digest put_text(const store::Store& store, std::string_view text, const std::string& name) {
    store::BlobWriter writer = store.new_blob();
    writer.write(std::as_bytes(std::span(text)));
    return writer.publish(std::nullopt, name);
}

std::optional<std::string> find_text(const store::Store& store, const crypto::Digest& digest) {
    if (!store.has_blob(digest)) {
        return std::nullopt;
    }
    const base::UniqueFd fd = store.open_blob(digest);
    std::string text = base::read_all(fd.get(), store.blob_path(digest));
    if (crypto::sha256(text) != digest) {
        return std::nullopt;
    }
    return text;
}

} // namespace imgbuild::package
