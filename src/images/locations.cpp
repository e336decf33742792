// SPDX-License-Identifier: Apache-2.0
#include "images/locations.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "images/block_yaml.hpp"

namespace imgbuild::images {

namespace {

std::string or_default(std::string text, const std::string& otherwise) {
    return text.empty() ? otherwise : text;
}

/// "image mounts" since Warewulf 4.6, before that "container mounts".
std::vector<ConfiguredMount> mounts_of(const YamlValue& configuration) {
    const YamlValue* list = configuration.find("image mounts");
    if (list == nullptr) {
        list = configuration.find("container mounts");
    }
    if (list == nullptr) {
        return {{"/etc/resolv.conf", "/etc/resolv.conf", true, false}};
    }
    std::vector<ConfiguredMount> mounts;
    for (const YamlValue& item : list->items) {
        ConfiguredMount mount;
        mount.source = item.text("source");
        mount.target = or_default(item.text("dest"), mount.source);
        mount.read_only = item.text("readonly") == "true";
        mount.is_copy = item.text("copy") == "true";
        if (!mount.source.empty()) {
            mounts.push_back(std::move(mount));
        }
    }
    return mounts;
}

Locations warewulf_locations(const config::Host& host, const std::string& file) {
    YamlValue configuration;
    if (base::exists(file)) {
        configuration = parse_block_yaml(base::read_file(file), file);
    }
    YamlValue paths;
    if (const YamlValue* const section = configuration.find("paths")) {
        paths = *section;
    }
    const std::string state =
        base::join_path(or_default(paths.text("localstatedir"), host.path("/var/lib")), "warewulf");
    const std::string provision =
        or_default(paths.text("wwprovisiondir"), base::join_path(state, "provision"));
    Locations locations;
    locations.is_warewulf = true;
    locations.chroots = or_default(paths.text("wwchrootdir"), base::join_path(state, "chroots"));
    locations.overlays = base::join_path(provision, "overlays");
    locations.output = base::join_path(provision, "images");
    // Until 4.5 the directory had another name.
    const std::string former = base::join_path(provision, "container");
    if (!base::exists(locations.output) && base::is_directory(former)) {
        locations.output = former;
    }
    locations.nodes_file = base::join_path(file.substr(0, file.rfind('/')), "nodes.conf");
    locations.mounts = mounts_of(configuration);
    return locations;
}

std::string own_directory(const config::Host& host) {
    if (host.is_superuser()) {
        return host.path("/var/lib/imgbuild");
    }
    if (const auto state = host.variable("XDG_STATE_HOME")) {
        return base::join_path(*state, "imgbuild");
    }
    const auto home = host.home();
    if (!home) {
        throw base::UsageError("there is no home directory to keep images in")
            .set_hint("say where with --images DIR");
    }
    return base::join_path(*home, ".local/state/imgbuild");
}

} // namespace

Locations find_locations(const config::Host& host, const LocationWishes& wishes) {
    const bool wants_warewulf = wishes.warewulf || !wishes.warewulf_conf.empty();
    if (wants_warewulf && !wishes.directory.empty()) {
        throw base::UsageError("--images and --warewulf exclude each other");
    }
    const std::string file =
        or_default(wishes.warewulf_conf, host.path("/etc/warewulf/warewulf.conf"));
    if (!wishes.warewulf_conf.empty() && !base::exists(file)) {
        throw base::UsageError("there is no file " + file);
    }
    if (wants_warewulf || (wishes.directory.empty() && base::exists(file))) {
        return warewulf_locations(host, file);
    }
    const std::string top = or_default(wishes.directory, own_directory(host));
    Locations locations;
    locations.chroots = base::join_path(top, "chroots");
    locations.output = base::join_path(top, "provision/images");
    locations.overlays = base::join_path(top, "provision/overlays");
    locations.mounts = {{"/etc/resolv.conf", "/etc/resolv.conf", true, false}};
    return locations;
}

} // namespace imgbuild::images
