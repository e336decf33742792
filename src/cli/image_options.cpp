// SPDX-License-Identifier: Apache-2.0
#include "cli/image_options.hpp"

#include "config/host.hpp"

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

void ImageOptions::declare(CLI::App& app) {
    app.add_option("--images", locations.directory, "Keep images in this directory")
        ->type_name("DIR");
    app.add_flag(
        "--warewulf",
        locations.warewulf,
        "Use Warewulf's directories. Default where /etc/warewulf/warewulf.conf exists");
    app.add_option("--warewulfconf", locations.warewulf_conf, "Another warewulf.conf")
        ->type_name("FILE");
    app.add_flag("--no-wait", no_wait, "Fail instead of waiting for an image that is in use");
}

images::ImageStore ImageOptions::open_store() const {
    return images::ImageStore(images::find_locations(config::Host::current(), locations));
}

} // namespace imgbuild::cli
