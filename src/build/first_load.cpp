// SPDX-License-Identifier: Apache-2.0
#include "build/first_load.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

namespace imgbuild::build {

namespace {

constexpr root::Attributes directory_attributes = {0755, 0, 0};

constexpr std::string_view script = R"(#!/bin/sh
# Loads the container images that came with this node into the storage of the program that runs them.
status=0
while read -r tool image archive; do
    [ -e "$archive" ] || continue
    if ! "$tool" image inspect "$image" >/dev/null 2>&1; then
        "$tool" load -i "$archive" </dev/null || { status=1; continue; }
    fi
    rm -f "$archive"
done </usr/lib/imgbuild/containers/list
exit $status
)";

constexpr std::string_view unit = R"([Unit]
Description=Load the container images that came with this node
ConditionPathExistsGlob=/usr/lib/imgbuild/containers/*.tar
After=local-fs.target docker.service
Wants=docker.service

[Service]
Type=oneshot
ExecStart=/bin/sh /usr/lib/imgbuild/containers/load

[Install]
WantedBy=multi-user.target
)";

} // namespace

void check_load_tool(const root::Root& root, const std::string& tool) {
    for (const char* const directory : {"usr/bin", "usr/sbin", "usr/local/bin", "bin"}) {
        if (root.target_status(fmt::format("{}/{}", directory, tool))) {
            return;
        }
    }
    throw base::Error(
        fmt::format("the image has no {} that could load it", tool), base::ExitCode::usage)
        .set_hint(fmt::format("add the package that brings {}", tool));
}

void add_first_loads(const root::Root& root, const std::vector<FirstLoad>& loads) {
    if (loads.empty()) {
        return;
    }
    if (!root.target_status("usr/lib/systemd/systemd") &&
        !root.target_status("lib/systemd/systemd")) {
        throw base::Error(
            "containers can't be loaded at the first boot: the image has no systemd",
            base::ExitCode::usage);
    }
    std::string list;
    for (const FirstLoad& load : loads) {
        list += fmt::format("{} {} {}\n", load.tool, load.image, load.path);
    }
    const std::string units = "usr/lib/systemd/system";
    const std::string name = "imgbuild-load-containers.service";
    root.make_directories("usr/lib/imgbuild/containers", directory_attributes);
    root.write("usr/lib/imgbuild/containers/list", list, {0644, 0, 0});
    root.write("usr/lib/imgbuild/containers/load", script, {0755, 0, 0});
    root.make_directories(units + "/multi-user.target.wants", directory_attributes);
    root.write(fmt::format("{}/{}", units, name), unit, {0644, 0, 0});
    root.make_symlink(fmt::format("{}/multi-user.target.wants/{}", units, name), "../" + name);
}

} // namespace imgbuild::build
