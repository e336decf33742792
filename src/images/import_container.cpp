// SPDX-License-Identifier: Apache-2.0
#include "images/import_container.hpp"

#include "archive/reader.hpp"
#include "base/error.hpp"
#include "images/docker_daemon.hpp"
#include "net/client.hpp"
#include "oci/apply_layers.hpp"
#include "oci/blob_fetch.hpp"
#include "oci/image_layers.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace imgbuild::images {

namespace {

/// What stands at the top of an image's archive; a root has none of it.
bool is_of_an_image(std::string_view name) {
    constexpr std::array<std::string_view, 5> known = {
        "blobs", "index.json", "manifest.json", "oci-layout", "repositories"};
    const std::string_view top = name.substr(0, name.find('/'));
    if (std::find(known.begin(), known.end(), top) != known.end()) {
        return true;
    }
    // Docker's older archives: a directory a layer, and the config, by their digests.
    constexpr std::size_t digest_length = 64;
    return top.size() >= digest_length &&
           std::all_of(top.begin(), top.begin() + digest_length, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::vector<std::pair<std::string, std::string>> details_of(const oci::PinnedImage& image) {
    return {
        {"digest", oci::to_string(image.digest())},
        {"image", oci::to_string(image.id())},
        {"platform", oci::to_string(image.parsed_config.platform)},
        {"trust", image.trust},
    };
}

/// An image that is not one of several is given out whatever was asked for.
void require_platform(const oci::PinnedImage& image, const oci::Platform& wanted) {
    const oci::Platform& found = image.parsed_config.platform;
    if (!found.architecture.empty() && oci::best_platform({found}, wanted) == oci::no_platform) {
        throw base::Error(
            fmt::format(
                "{} is an image for {}, not for {}",
                image.reference,
                oci::to_string(found),
                oci::to_string(wanted)),
            base::ExitCode::fetch)
            .set_hint(fmt::format("--platform {} takes it", oci::to_string(found)));
    }
}

oci::PinnedImage fill_root(
    oci::ImageSource& source,
    const store::Store& store,
    const oci::Platform& platform,
    const root::Root& into,
    const base::Context& context) {
    // What is fetched stays in the store until it is unpacked, whoever prunes it meanwhile.
    const store::WorkDirectory in_use = store.make_work_directory();
    oci::PinnedImage image = source.resolve(platform, context);
    require_platform(image, platform);
    oci::BlobFetch fetch(
        source,
        store,
        oci::layer_blobs(image),
        "pulling " + image.reference,
        context,
        oci::LocalBlobs::read_in_place);
    oci::apply_layers(oci::layer_inputs(image, fetch), into, oci::LayerLimits{}, context);
    fetch.wait();
    return image;
}

} // namespace

bool is_container_uri(std::string_view text) {
    return !text.starts_with('/') && !text.starts_with('.') &&
           text.find(':') != std::string_view::npos;
}

bool is_container_archive(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return false;
    }
    try {
        archive::Reader reader = archive::Reader::open_file(path);
        while (const std::optional<archive::ArchiveEntry> entry = reader.next()) {
            std::string_view name = entry->entry.path;
            while (name.starts_with("./") || name.starts_with('/')) {
                name.remove_prefix(name.starts_with('/') ? 1 : 2);
            }
            if (!name.empty() && name != ".") {
                return is_of_an_image(name);
            }
        }
    } catch (const base::Error&) {
        // Whoever unpacks it says what is wrong with it.
    }
    return false;
}

ImportSource container_source(
    const std::string& uri, const oci::SourceOptions& options, const oci::Platform& platform) {
    const auto details = std::make_shared<std::vector<std::pair<std::string, std::string>>>();
    return {
        .description = net::without_secrets(uri),
        .details = [details] { return *details; },
        .fill =
            [=](const root::Root& into, const base::Context& context) {
                const store::Store& store = options.store;
                if (const std::string name = name_in_docker_daemon(uri); !name.empty()) {
                    const store::WorkDirectory work = store.make_work_directory();
                    const std::string archive =
                        save_from_docker_daemon(name, work.path(), options.host, context);
                    const auto source =
                        oci::open_image_source("docker-archive:" + archive, options, context);
                    *details = details_of(fill_root(*source, store, platform, into, context));
                    return;
                }
                const auto source = oci::open_image_source(uri, options, context);
                *details = details_of(fill_root(*source, store, platform, into, context));
            }};
}

} // namespace imgbuild::images
