// SPDX-License-Identifier: Apache-2.0
#include "cli/image_arguments.hpp"

#include "base/architecture.hpp"
#include "config/transfer_settings.hpp"

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

void ImageArguments::declare(CLI::App& app) {
    app.add_option(
           "URI",
           uri,
           "An image: what podman pull takes, such as docker://registry.example/group/name:tag, "
           "oci:DIR, oci-archive:FILE, docker-archive:FILE, dir:DIR or file://PATH")
        ->required()
        ->type_name("URI");
    declare_access(app);
}

void ImageArguments::declare_access(CLI::App& app) {
    app.add_option(
           "--platform",
           platform,
           "Of an image for several platforms the one for this, such as linux/arm64. Default: this "
           "machine's")
        ->type_name("OS/ARCH");
    app.add_option("--authfile", authfile, "Logins for registries, as podman login writes them")
        ->type_name("FILE");
    app.add_option(
           "--policy", policy, "Whose images are let in. Default: policy.json as podman reads it")
        ->type_name("FILE");
    app.add_option("--proxy", proxy, "Reach registries through this proxy")->type_name("URL");
    app.add_option("--ca-file", ca_file, "More certificate authorities (PEM)")->type_name("FILE");
}

oci::SourceOptions ImageArguments::source_options(const store::Store& store) const {
    const config::Host host = config::Host::current();
    return {store, "", host, config::transfer_options(host, {proxy, ca_file}), authfile, policy};
}

oci::Platform ImageArguments::wanted_platform() const {
    if (!platform.empty()) {
        return oci::parse_platform(platform);
    }
    if (const auto wish = config::Host::current().variable("WAREWULF_OCI_PLATFORM")) {
        return oci::parse_platform(*wish);
    }
    return oci::platform_of(base::host_architecture());
}

} // namespace imgbuild::cli
