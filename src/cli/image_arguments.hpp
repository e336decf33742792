// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "oci/open_image_source.hpp"
#include "oci/platform.hpp"
#include "store/store.hpp"

#include <string>

namespace CLI {
class App;
}

namespace imgbuild::cli {

/// What the verbs have in common that take one container image.
struct ImageArguments {
    std::string uri;
    /// --platform
    std::string platform;
    /// --authfile
    std::string authfile;
    /// --policy
    std::string policy;
    /// --proxy
    std::string proxy;
    /// --ca-file
    std::string ca_file;

    void declare(CLI::App& app);

    /// Everything but URI.
    void declare_access(CLI::App& app);

    /// @throws base::UsageError if something makes no sense.
    oci::SourceOptions source_options(const store::Store& store) const;

    /// --platform, else WAREWULF_OCI_PLATFORM, else what this machine runs.
    oci::Platform wanted_platform() const;
};

} // namespace imgbuild::cli
