// SPDX-License-Identifier: Apache-2.0
#include "oci/stored_document.hpp"

#include "base/file.hpp"
#include "oci/manifest.hpp"

#include <sys/stat.h>

namespace imgbuild::oci {

std::optional<std::string>
read_stored_document(const store::Store& store, const crypto::Digest& digest) {
    if (!store.has_blob(digest)) {
        return std::nullopt;
    }
    const base::UniqueFd fd = store.open_blob(digest);
    struct stat status = {};
    if (::fstat(fd.get(), &status) != 0 || status.st_size > static_cast<off_t>(document_limit)) {
        return std::nullopt;
    }
    std::string text = base::read_all(fd.get(), "blob " + to_string(digest), document_limit);
    if (crypto::sha256(text) != digest) {
        store.set_blob_aside(digest);
        return std::nullopt;
    }
    return text;
}

} // namespace imgbuild::oci
