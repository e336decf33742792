// SPDX-License-Identifier: Apache-2.0
#include "package/store_text.hpp"

#include "base/error.hpp"
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
        store.set_blob_aside(digest);
        return std::nullopt;
    }
    return text;
}

bool has_sound_blob(const store::Store& store, const crypto::Digest& digest) {
    if (!store.has_blob(digest)) {
        return false;
    }
    const base::UniqueFd fd = store.open_blob(digest);
    if (crypto::sha256_of_file(fd.get(), store.blob_path(digest)) != digest) {
        store.set_blob_aside(digest);
        return false;
    }
    return true;
}

void BlobSink::write(std::span<const std::byte> bytes) {
    if (!writer_) {
        writer_.emplace(store_.new_blob());
    }
    writer_->write(bytes);
}

void BlobSink::restart() {
    if (writer_) {
        writer_->restart();
    }
}

crypto::Digest
BlobSink::publish(const std::optional<crypto::Digest>& expected, const std::string& name) {
    if (!writer_) {
        writer_.emplace(store_.new_blob());
    }
    try {
        return writer_->publish(expected, name);
    } catch (base::IntegrityError& error) {
        error.set_exit_code(base::ExitCode::fetch);
        error.set_hint("the mirror is damaged or being updated: try again later, or use another");
        throw;
    }
}

} // namespace imgbuild::package
