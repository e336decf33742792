// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/lookaside.hpp"
#include "config/policy.hpp"
#include "config/registries.hpp"
#include "config/registry_credentials.hpp"
#include "naming/image_name.hpp"
#include "oci/image_source.hpp"
#include "oci/registry_client.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::oci {

/// What this machine's configuration says about registries.
struct RegistrySettings {
    config::Host host;
    config::Registries registries;
    config::RegistryCredentials credentials;
    config::Policy policy;
    config::Lookaside lookaside;
    net::ClientOptions transfers;
    std::shared_ptr<RegistryPool> pool;
    /// See SourceOptions.
    bool recalls = false;
};

/// An image in a registry, or in one of its mirrors.
class RegistrySource final : public ImageSource {
public:
    /// @param name with a registry, or a short name, which is looked up in registries.conf.
    RegistrySource(naming::ImageName name, RegistrySettings settings, const store::Store& store);

    /// An unchanged tag costs one HEAD, a known digest nothing. When the registry can't be reached, what a
    /// tag stood for last is taken from the store, with a warning.
    PinnedImage resolve(const Platform& platform, const base::Context& context) override;

    void bring(
        const std::vector<BlobOrder>& orders,
        const std::string& title,
        const base::Context& context) override;

private:
    /// A name at one place.
    struct Place {
        RegistryClient* client = nullptr;
        std::string path;
        bool is_mirror = false;
    };

    std::vector<naming::ImageName> candidates() const;
    /// From the store alone; nothing if it lacks something.
    std::optional<PinnedImage>
    recall(const naming::ImageName& name, const Platform& platform, const base::Context& context);
    void name_image(PinnedImage& image, const naming::ImageName& name);
    std::vector<Place> places_of(const naming::ImageName& name, const base::Context& context);
    PinnedImage resolve_name(
        const naming::ImageName& name, const Platform& platform, const base::Context& context);
    PinnedImage resolve_at(
        const Place& place,
        const naming::ImageName& name,
        const Platform& platform,
        const base::Context& context);
    Document
    root_document(const Place& place, const naming::ImageName& name, const base::Context& context);
    Document tagged_document(
        const Place& place, const naming::ImageName& name, const base::Context& context);
    Document take_root(Document document, const std::string& name);
    std::string check_policy(
        const Place& place,
        const naming::ImageName& name,
        const PinnedImage& image,
        const base::Context& context);
    std::vector<std::string> simple_signatures(
        const naming::ImageName& name,
        const crypto::Digest& digest,
        const base::Context& context) const;

    /// Runs `action` at each place until one of them works; mirrors come first.
    template <typename Action>
    auto at_first_place(
        const std::vector<Place>& places, const base::Context& context, const Action& action);

    naming::ImageName name_;
    RegistrySettings settings_;
    const store::Store& store_;
    /// Where the image was found; what is brought comes from there.
    std::vector<Place> places_;
    std::string resolved_name_;
};

} // namespace imgbuild::oci
