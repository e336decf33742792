// SPDX-License-Identifier: Apache-2.0
#include "build/stages/containers_stage.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "build/container_layers.hpp"
#include "oci/storage_writer.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace imgbuild::build {

namespace {

/// Raise when the same containers would be written to something else.
constexpr int containers_version = 5;

constexpr const char* image_store = "/usr/share/containers/storage";
constexpr const char* first_boot_directory = "/usr/lib/imgbuild/containers";

config::StorageConf storage_conf_of(const root::Root& root) {
    for (const char* const path :
         {"etc/containers/storage.conf", "usr/share/containers/storage.conf"}) {
        if (const auto text = root.try_read(path)) {
            return config::parse_storage_conf(*text, fmt::format("/{} of the image", path));
        }
    }
    return {};
}

/// A package or the description may have put anything where a container is to be saved.
void check_place(const root::Root& root, const std::string& path, naming::ArchiveFormat format) {
    for (std::size_t end = path.find('/', 1); end < path.size(); end = path.find('/', end + 1)) {
        const std::string above = path.substr(0, end);
        const auto target = root.target_status(above);
        if (target ? !S_ISDIR(target->st_mode) : root.exists(above)) {
            throw base::UsageError(fmt::format(
                "it can't be saved as {}: {} of the image is {}",
                path,
                above,
                target ? "no directory" : "a link that leads nowhere"));
        }
    }
    const auto found = root.target_status(path);
    const bool is_layout = format == naming::ArchiveFormat::oci_directory;
    if (found && S_ISDIR(found->st_mode) && !(is_layout && root.list(path).empty())) {
        base::UsageError error(fmt::format(
            "{} is a directory of the image{}", path, is_layout ? " that is not empty" : ""));
        error.set_hint(
            fmt::format("end save_as with / to put the {} into it", is_layout ? "layout" : "file"));
        throw error;
    }
}

/// Runs `action`; errors point to the container in the description.
template <typename Action>
void for_container(const ContainerInput& container, const Action& action) {
    try {
        action();
    } catch (base::Error& error) {
        error.add_context(fmt::format("container {}", container.wish.name))
            .at(container.wish.position);
        throw;
    }
}

} // namespace

ContainersStage::ContainersStage(
    const std::vector<ContainerInput>& containers, const store::Store& store)
    : containers_(containers)
    , store_(store) {}

std::string ContainersStage::title() const {
    return containers_.size() == 1 ? std::string("adding a container")
                                   : fmt::format("adding {} containers", containers_.size());
}

void ContainersStage::describe(KeyInputs& inputs) const {
    inputs.add("version of adding containers", containers_version);
    for (const ContainerInput& container : containers_) {
        const description::Container& wish = container.wish;
        const std::string label = "container " + wish.name;
        inputs.add(label, container.image.manifest.digest);
        inputs.add(
            "place of " + label,
            fmt::format(
                "{}\n{}\n{}\n{}\n{}\n{}\n{}",
                container.save_path,
                static_cast<int>(container.format),
                wish.preload ? "preload" : "",
                wish.preload_to,
                wish.backend,
                container.name,
                base::join(container.names_in_storage, " ")));
    }
}

void ContainersStage::prepare(const base::Context& context) {
    for (const ContainerInput& container : containers_) {
        if (is_unpacked_and_saved(container, store_, context)) {
            continue;
        }
        for_container(container, [&] { pull_layers(container, store_, context); });
    }
}

void ContainersStage::run(const StageContext& stage) {
    const config::StorageConf conf = storage_conf_of(stage.root.root());
    const bool is_overlay = conf.driver.empty() || conf.driver == "overlay";
    std::vector<const ContainerInput*> for_graph_root;
    std::vector<const ContainerInput*> for_image_store;
    std::vector<FirstLoad> loads;
    for (const ContainerInput& container : containers_) {
        for_container(container, [&] {
            if (!container.save_path.empty()) {
                save(container, container.format, container.save_path, stage);
            }
            const std::string& backend = container.wish.backend;
            const bool is_podman = backend.empty() || backend == "podman";
            if (!container.wish.preload) {
                return;
            }
            if (!is_podman || !is_overlay) {
                loads.push_back(
                    keep_for_first_boot(container, is_podman ? "podman" : backend, stage));
            } else if (container.wish.preload_to == "imagestore") {
                for_image_store.push_back(&container);
            } else {
                for_graph_root.push_back(&container);
            }
        });
    }
    preload(for_graph_root, conf.graph_root, false, stage);
    preload(for_image_store, image_store, true, stage);
    const root::Root& root = stage.root.root();
    if (!for_image_store.empty()) {
        const std::string path = "/etc/containers/storage.conf";
        const std::string vendor = root.try_read("usr/share/containers/storage.conf").value_or("");
        const std::string text = root.try_read(path).value_or(vendor);
        root.make_directories("/etc/containers", {0755, 0, 0});
        root.rewrite(path, config::with_image_store(text, image_store, path + " of the image"), {});
    }
    add_first_loads(root, loads);
}

void ContainersStage::save(
    const ContainerInput& container,
    naming::ArchiveFormat format,
    const std::string& path,
    const StageContext& stage) const {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash);
    const root::Root& root = stage.root.root();
    check_place(root, path, format);
    root.make_directories(directory, {0755, 0, 0});
    root.remove(path);
    ContainerLayers layers(container, store_, stage.driver, stage.context);
    stage.root.graft(directory, layers.save(format, path.substr(slash + 1)), stage.context);
}

void ContainersStage::preload(
    const std::vector<const ContainerInput*>& containers,
    const std::string& place,
    bool is_public,
    const StageContext& stage) const {
    if (containers.empty()) {
        return;
    }
    oci::StorageWriter writer(
        stage.root.root(), {.place = place, .is_public = is_public, .limits = {}}, stage.context);
    for (const ContainerInput* const container : containers) {
        for_container(*container, [&] {
            ContainerLayers layers(*container, store_, stage.driver, stage.context);
            const auto bring = [&](const oci::StorageLayer& layer) {
                ContainerLayers::Unpacked unpacked = layers.unpack(layer, is_public);
                // What an interrupted podman left there is no layer.
                stage.root.root().remove(place + "/overlay/" + layer.chain.back());
                stage.root.graft(place, unpacked.key, stage.context);
                return unpacked.facts;
            };
            writer.add(container->image, bring, container->names_in_storage);
        });
    }
    writer.finish();
}

FirstLoad ContainersStage::keep_for_first_boot(
    const ContainerInput& container, const std::string& tool, const StageContext& stage) const {
    // One file for each name: an archive gives its image only the one it was written with.
    const std::string path = fmt::format(
        "{}/{}-{}.tar",
        first_boot_directory,
        container.image.id().hex().substr(0, 12),
        crypto::sha256(tool + " " + container.name).hex().substr(0, 12));
    check_load_tool(stage.root.root(), tool);
    save(container, naming::ArchiveFormat::docker_archive, path, stage);
    stage.context.reporter.message(
        base::LogLevel::info,
        fmt::format(
            "container {} is loaded when the node boots first, by {}", container.wish.name, tool));
    return {tool, container.name, path};
}

} // namespace imgbuild::build
