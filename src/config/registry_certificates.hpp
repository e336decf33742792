// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/host.hpp"

#include <string>
#include <vector>

namespace imgbuild::config {

/// What certs.d has for one registry.
struct RegistryCertificates {
    /// *.crt: authorities.
    std::vector<std::string> authorities;
    /// NAME.cert with NAME.key: what we show.
    std::string client_certificate;
    std::string client_key;
};

/// From the first of ~/.config/containers/certs.d, /etc/containers/certs.d and /etc/docker/certs.d that
/// has a directory for the registry.
/// @param registry "registry.example:5000".
/// @throws base::UsageError if a client certificate has no key.
RegistryCertificates find_registry_certificates(const Host& host, const std::string& registry);

} // namespace imgbuild::config
