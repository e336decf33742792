// SPDX-License-Identifier: Apache-2.0
#include "config/registry_certificates.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>

namespace imgbuild::config {

RegistryCertificates find_registry_certificates(const Host& host, const std::string& registry) {
    std::vector<std::string> places;
    if (const auto home = host.home()) {
        places.push_back(base::join_path(*home, ".config/containers/certs.d"));
    }
    places.push_back(host.path("/etc/containers/certs.d"));
    places.push_back(host.path("/etc/docker/certs.d"));
    RegistryCertificates found;
    for (const std::string& place : places) {
        const std::string directory = base::join_path(place, registry);
        if (!base::is_directory(directory)) {
            continue;
        }
        found.authorities = files_with_suffix(directory, ".crt");
        for (const std::string& certificate : files_with_suffix(directory, ".cert")) {
            constexpr std::size_t suffix = 5;
            const std::string key = certificate.substr(0, certificate.size() - suffix) + ".key";
            if (!is_readable_file(key)) {
                base::UsageError error(fmt::format("{}: there is no key for it", certificate));
                error.set_hint(fmt::format("its key must be {}", key));
                throw error;
            }
            found.client_certificate = certificate;
            found.client_key = key;
        }
        return found;
    }
    return found;
}

} // namespace imgbuild::config
