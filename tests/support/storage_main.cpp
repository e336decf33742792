// SPDX-License-Identifier: Apache-2.0
// Writes images into a container storage for tests with podman: storage-writer STORE ROOT PLACE URI...
#include "base/error.hpp"
#include "oci/image_layers.hpp"
#include "oci/open_image_source.hpp"
#include "oci/storage_writer.hpp"
#include "root/namespaces.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <iostream>

using namespace imgbuild;

namespace {

std::vector<root::Root> lower_layers(
    const root::Root& target,
    const oci::StorageOptions& options,
    const std::vector<std::string>& chain) {
    std::vector<root::Root> layers;
    for (auto id = chain.rbegin() + 1; id != chain.rend(); ++id) {
        const std::string place = options.place + "/overlay/" + *id + "/diff";
        layers.emplace_back(target.open_file(place, O_RDONLY | O_DIRECTORY), place);
    }
    return layers;
}

void write_storage(const std::vector<std::string>& arguments) {
    base::SilentReporter reporter;
    base::ThreadPool pool(2);
    const base::Context context{.reporter = reporter, .pool = pool, .stop = {}};
    const store::Store store = store::Store::open(arguments.at(1), root::id_mapping_name());
    const root::Root target = root::Root::open(arguments.at(2));
    const oci::StorageOptions options{.place = arguments.at(3)};
    oci::StorageWriter writer(target, options, context);
    std::vector<tree::Entry> devices;
    for (std::size_t i = 4; i + 1 < arguments.size(); i += 2) {
        const auto source = oci::open_image_source(arguments[i], {store}, context);
        const oci::PinnedImage image = source->resolve(oci::parse_platform("amd64"), context);
        oci::BlobFetch fetch(*source, store, oci::layer_blobs(image), "pulling", context);
        const std::vector<oci::LayerInput> inputs = oci::layer_inputs(image, fetch);
        const auto bring = [&](const oci::StorageLayer& layer) {
            oci::WrittenLayer written = oci::write_storage_layer(
                target,
                options,
                layer,
                inputs.at(layer.chain.size() - 1),
                lower_layers(target, options, layer.chain),
                context);
            devices.insert(devices.end(), written.devices.begin(), written.devices.end());
            return written.facts;
        };
        writer.add(image, bring, {arguments[i + 1]});
        fetch.wait();
    }
    const oci::StorageResult result = writer.finish();
    for (const tree::Entry& device : devices) {
        const root::Place place = target.place_of(device.path);
        if (::mknodat(
                place.parent.get(),
                place.name.c_str(),
                S_IFCHR | device.mode,
                ::makedev(device.major, device.minor)) != 0) {
            base::throw_errno("making " + device.path);
        }
    }
    std::cout << result.new_layers << " new, " << result.shared_layers << " shared, "
              << devices.size() << " devices\n";
}

} // namespace

int main(int argc, char** argv) {
    try {
        write_storage({argv, argv + argc});
        return 0;
    } catch (const base::Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
