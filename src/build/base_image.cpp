// SPDX-License-Identifier: Apache-2.0
#include "build/base_image.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "build/inputs.hpp"
#include "oci/blob_fetch.hpp"
#include "oci/image_layers.hpp"
#include "oci/platform.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace imgbuild::build {

namespace {

/// Raise when the same layers would give another tree.
constexpr int base_version = 1;

constexpr std::string_view database_record = "package-database";

/// The times in a layer are the image's own: nothing is set back, so all images may share it.
constexpr std::int64_t any_time = std::numeric_limits<std::int64_t>::max();

/// What a layer makes depends on those below it and on nothing else.
std::vector<store::Key> layer_keys(const oci::PinnedImage& image) {
    std::vector<store::Key> keys;
    for (const oci::Layer& layer : image.layers) {
        keys.push_back(crypto::sha256(fmt::format(
            "container layer {}\n{}\n{}\n",
            base_version,
            keys.empty() ? std::string("none") : keys.back().hex(),
            layer.diff_id.hex())));
    }
    return keys;
}

template <typename Action>
auto for_type(const Inputs& inputs, const Action& action) {
    try {
        return action();
    } catch (base::Error& error) {
        error.add_context("derived_from").at(inputs.request.type_position);
        throw;
    }
}

/// A node runs the programs of its base: unlike a container that it only keeps, this one has to fit.
void check_architecture(const oci::PinnedImage& image, const oci::Platform& wanted) {
    const std::string& found = image.parsed_config.platform.architecture;
    if (found != wanted.architecture) {
        throw base::Error(
            fmt::format(
                "{} is an image for {}, not for {}",
                image.reference,
                base::printable(found),
                wanted.architecture),
            base::ExitCode::fetch);
    }
}

/// How many of the lowest layers are in the store.
std::size_t stored_layers(
    const std::vector<store::Key>& keys, const store::Store& store, const base::Context& context) {
    std::size_t stored = keys.size();
    // From the top down, as whoever prunes has to find them.
    for (std::size_t i = keys.size(); i > 0; --i) {
        if (!store.find_layer_content(keys[i - 1], context)) {
            stored = i - 1;
        }
    }
    return stored;
}

void make_layers(
    const BaseImage& base,
    std::size_t first,
    const store::Store& store,
    root::LayerDriver& driver,
    const base::Context& context) {
    oci::BlobFetch fetch(
        *base.source,
        store,
        oci::layer_blobs(base.image, first),
        "pulling " + base.image.reference,
        context);
    const std::vector<oci::LayerInput> inputs = oci::layer_inputs(base.image, fetch, first);
    std::vector<store::Key> below(
        base.layers.begin(), base.layers.begin() + static_cast<std::ptrdiff_t>(first));
    tree::Inventory inventory = root::inventory_of_layers(store, below);
    oci::LayerLimits limits;
    for (std::size_t i = first; i < base.layers.size(); ++i) {
        const std::unique_ptr<root::WorkingRoot> root = driver.open(below, inventory, context);
        const oci::LayerResult result =
            oci::apply_layer(inputs[i - first], root->root(), limits, context);
        limits.entries -= result.entries;
        for (const tree::Entry& device : result.unmade_devices) {
            root->record_device(device);
        }
        inventory = root->commit(base.layers[i], inputs[i - first].name, any_time, context);
        below.push_back(base.layers[i]);
    }
    fetch.wait();
}

std::string to_record(const package::PackageDatabase& database) {
    return fmt::format("{}\n{}{}", database.status.size(), database.status, database.automatic);
}

std::optional<package::PackageDatabase> from_record(const std::string& text) {
    const std::size_t end = text.find('\n');
    const auto size = base::parse_number(std::string_view(text).substr(0, end));
    if (end == std::string::npos || !size || *size > text.size() - end - 1) {
        return std::nullopt;
    }
    return package::PackageDatabase{text.substr(end + 1, *size), text.substr(end + 1 + *size)};
}

std::optional<package::PackageDatabase>
find_database(const BaseImage& base, const store::Store& store) {
    if (base.layers.empty()) {
        return package::PackageDatabase();
    }
    const auto record = store.find_record(database_record, base.layers.back());
    return record ? from_record(*record) : std::nullopt;
}

package::PackageDatabase read_database(
    const BaseImage& base,
    const store::Store& store,
    root::LayerDriver& driver,
    const base::Context& context) {
    if (auto known = find_database(base, store)) {
        return std::move(*known);
    }
    const auto root =
        driver.open(base.layers, root::inventory_of_layers(store, base.layers), context);
    package::PackageDatabase database{
        root->root().try_read("var/lib/dpkg/status").value_or(""),
        root->root().try_read("var/lib/apt/extended_states").value_or("")};
    store.put_record(database_record, base.layers.back(), to_record(database));
    return database;
}

void check_database(const Inputs& inputs, const package::PackageDatabase& database) {
    const package::PackageRequest& packages = inputs.packages;
    if (database.status.empty() && (!packages.bootstrap.empty() || !packages.packages.empty())) {
        base::Error error(
            fmt::format(
                "{} has no packages of Debian: there is no /var/lib/dpkg/status in it",
                inputs.base->image.reference),
            base::ExitCode::fetch);
        error.set_hint("imgbuild installs packages into images of Debian and its relatives");
        throw error;
    }
}

} // namespace

void resolve_base(Inputs& inputs, oci::SourceOptions options, const base::Context& context) {
    const description::Request& request = inputs.request;
    if (request.derived_from.empty()) {
        return;
    }
    for_type(inputs, [&] {
        options.base_directory = request.directory;
        const oci::Platform platform = oci::platform_of(request.architecture);
        BaseImage base;
        base.source = oci::open_image_source(request.derived_from, options, context);
        base.image = base.source->resolve(platform, context);
        check_architecture(base.image, platform);
        base.layers = layer_keys(base.image);
        base.created = base::parse_rfc3339(base.image.parsed_config.created).value_or(0);
        context.reporter.message(
            base::LogLevel::info, fmt::format("{}: {}", base.image.reference, base.image.trust));
        inputs.base = std::move(base);
    });
}

void bring_base(
    Inputs& inputs,
    const store::Store& store,
    root::DriverChoice choice,
    const base::Context& context) {
    if (!inputs.base) {
        return;
    }
    for_type(inputs, [&] {
        const BaseImage& base = *inputs.base;
        base::Activity activity(
            context.reporter,
            {.kind = base::ActivityKind::stage, .title = "unpacking " + base.image.reference});
        base::Context inner = context;
        inner.parent_activity = activity.id();
        const std::unique_ptr<root::LayerDriver> driver =
            root::make_layer_driver(choice, store, inner);
        const std::size_t stored = stored_layers(base.layers, store, inner);
        if (stored < base.layers.size()) {
            make_layers(base, stored, store, *driver, inner);
        } else {
            activity.mark_cached();
        }
        package::PackageDatabase database = read_database(base, store, *driver, inner);
        check_database(inputs, database);
        inputs.packages.derived_from = std::move(database);
    });
}

bool recall_base(Inputs& inputs, const store::Store& store) {
    if (inputs.base) {
        std::optional<package::PackageDatabase> database = find_database(*inputs.base, store);
        if (!database) {
            return false;
        }
        inputs.packages.derived_from = std::move(database);
    }
    return true;
}

} // namespace imgbuild::build
