// SPDX-License-Identifier: Apache-2.0
#include "cli/image_options.hpp"

#include "cli/verb_options.hpp"
#include "config/host.hpp"

namespace imgbuild::cli {

void ImageOptions::declare(CLI::App& app) {
    VerbOptions options(app);
    options.add_text("--images", locations.directory, "Keep images in this directory", "DIR");
    options.add_flag(
        "--warewulf",
        locations.warewulf,
        "Use Warewulf's directories. Default where /etc/warewulf/warewulf.conf exists");
    options.add_text("--warewulfconf", locations.warewulf_conf, "Another warewulf.conf", "FILE");
    options.add_flag("--no-wait", no_wait, "Fail instead of waiting for an image that is in use");
}

images::ImageStore ImageOptions::open_store() const {
    return images::ImageStore(images::find_locations(config::Host::current(), locations));
}

} // namespace imgbuild::cli
