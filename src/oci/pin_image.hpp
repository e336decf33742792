// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "oci/pinned_image.hpp"
#include "store/store.hpp"

#include <functional>
#include <string>

namespace imgbuild::oci {

/// Fetches the document that a descriptor names. The bytes are checked by whoever calls it.
using ReadDocument = std::function<std::string(const Descriptor& descriptor)>;

/// A document whose bytes are what the descriptor says, put into the store.
/// @throws base::IntegrityError naming `name` and the document.
Document take_document(
    const Descriptor& descriptor,
    std::string bytes,
    const store::Store& store,
    const std::string& name);

/// From the document that a reference leads to down to the image for `platform`: walks through indexes,
/// reads the config, pairs layers with their diff ids. Everything read is put into the store.
/// Name, trust and reference are left to the caller, whose context names the image in errors too.
/// @throws base::Error (exit code 3) if a document is bad, or nothing is there for `platform` (the
///         hint lists what is).
PinnedImage pin_image(
    Document root, const Platform& platform, const store::Store& store, const ReadDocument& read);

} // namespace imgbuild::oci
