// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What a fuzzer drives: everything that a registry or a user says about an image and that is parsed
 * before anything is checked. The entry point is libFuzzer's.
 */
#include "base/error.hpp"
#include "config/registries.hpp"
#include "naming/image_name.hpp"
#include "oci/auth_challenge.hpp"
#include "oci/image_config.hpp"
#include "oci/manifest.hpp"
#include "oci/platform.hpp"
#include "oci/registry_fault.hpp"
#include "oci/signature.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace imgbuild;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void require(bool holds, const char* what) {
    if (!holds) {
        std::cerr << "broken promise: " << what << '\n';
        std::abort();
    }
}

/// An error is a good answer, if it says something.
template <typename Action>
void attempt(const Action& action) {
    try {
        action();
    } catch (const base::Error& error) {
        require(!error.message().empty(), "an error says something");
    }
}

void check_name(const std::string& text) {
    const naming::ImageName name = naming::parse_image_name(text);
    require(!name.registry.empty() && !name.path.empty(), "a name has a registry and a path");
    require(name.path.find("..") == std::string::npos, "a name never climbs");
    const naming::ImageName again = naming::parse_image_name(to_string(name));
    require(to_string(again) == to_string(name), "a name that was written back is the same");
}

void check_manifest(const std::string& text) {
    const auto parsed = oci::parse_manifest(text, "", "fuzz");
    if (const auto* const manifest = std::get_if<oci::Manifest>(&parsed)) {
        require(manifest->layers.size() <= oci::layer_limit, "layers are bounded");
        for (const oci::Descriptor& layer : manifest->layers) {
            require(
                oci::declared_compression(layer.media_type).has_value(),
                "layers are of a known type");
        }
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    attempt([&] { check_name(text); });
    attempt([&] { check_manifest(text); });
    attempt([&] { (void)oci::parse_image_config(text, 1, "fuzz"); });
    attempt([&] { (void)oci::parse_platform(text); });
    attempt([&] { (void)oci::parse_claim(text, "fuzz"); });
    attempt([&] { (void)oci::parse_signature_manifest(text, "fuzz"); });
    attempt([&] { config::Registries().add(text, "fuzz"); });
    (void)oci::parse_challenges(text);
    (void)oci::registry_words(text);
    return 0;
}
