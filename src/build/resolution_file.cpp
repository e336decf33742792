// SPDX-License-Identifier: Apache-2.0
#include "build/resolution_file.hpp"

#include "base/time.hpp"
#include "json/json.hpp"
#include "net/client.hpp"

namespace imgbuild::build {

std::string resolution_to_json(const Inputs& inputs) {
    const package::Resolution& resolution = inputs.resolution;
    json::Value document;
    document["format"] = 1;
    document["package_manager"] = resolution.package_manager;
    document["arch"] = inputs.request.architecture;
    document["epoch"] = inputs.epoch;
    document["indexes"] = json::Value::array();
    for (std::size_t i = 0; i < resolution.indexes.size(); ++i) {
        const package::ResolvedIndex& index = resolution.indexes[i];
        const package::PackageSource& source = inputs.packages.sources.at(i);
        document["indexes"].push_back(
            {{"repository", index.alias},
             {"url",
              net::without_secrets(source.public_url.empty() ? source.url : source.public_url)},
             {"suite", index.suite},
             {"date", base::format_utc(index.date)},
             {"sha256", index.digest.hex()},
             {"signature_checked", index.signature_checked}});
    }
    document["packages"] = json::Value::array();
    for (const package::ResolvedPackage& package : resolution.packages) {
        document["packages"].push_back(
            {{"name", package.name},
             {"version", package.version},
             {"arch", package.architecture},
             {"sha256", package.digest.hex()},
             {"size", package.size},
             {"repository", inputs.packages.sources.at(package.source).alias},
             {"path", package.path},
             {"automatic", package.automatic}});
    }
    return json::dump(document);
}

} // namespace imgbuild::build
