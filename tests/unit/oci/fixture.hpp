// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/error.hpp"
#include "oci/blob_fetch.hpp"
#include "oci/open_image_source.hpp"
#include "store/store.hpp"
#include "support/error_text.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_image.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace imgbuild::test {

/// A store and a place for images.
struct OciFixture {
    TemporaryDirectory directory;
    base::SilentReporter reporter;
    base::ThreadPool pool{1};
    std::stop_source stop;
    base::Context context{reporter, pool, stop.get_token()};
    store::Store store = store::Store::open(directory / "store", "test");
    oci::SourceOptions options{
        .store = store, .host = config::Host(directory / "machine", {}, false)};

    std::string layout() const { return directory / "layout"; }

    oci::PinnedImage resolve(const std::string& uri, const std::string& platform = "amd64") {
        return oci::open_image_source(uri, options, context)
            ->resolve(oci::parse_platform(platform), context);
    }

    /// The digests, in order, of everything that the store holds.
    std::vector<std::string> stored() const {
        std::vector<std::string> digests;
        for (const store::StoreEntry& entry : store.list()) {
            if (entry.kind == "blob") {
                digests.push_back(entry.key);
            }
        }
        return digests;
    }
};

inline std::string read_whole(oci::BlobStream& stream) {
    std::string text;
    std::array<char, 1000> buffer = {};
    while (const std::size_t count = stream.read(std::as_writable_bytes(std::span(buffer)))) {
        text.append(buffer.data(), count);
    }
    return text;
}

} // namespace imgbuild::test
