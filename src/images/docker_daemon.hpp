// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "config/host.hpp"

#include <string>
#include <string_view>

namespace imgbuild::images {

/// "debian:12" of "docker-daemon:debian:12" and "docker-daemon://debian:12"; empty for other URIs.
std::string name_in_docker_daemon(std::string_view uri);

/// Has the Docker daemon of this machine save an image: its socket is asked, no program is run.
/// @param directory gets the archive. @param host DOCKER_HOST, if it is a socket; else
///        /var/run/docker.sock.
/// @returns the archive's path. @throws base::Error if there is no daemon, or no such image.
std::string save_from_docker_daemon(
    const std::string& name,
    const std::string& directory,
    const config::Host& host,
    const base::Context& context);

} // namespace imgbuild::images
