// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace imgbuild::root {

/// Moves this process where it may build roots: as root into a private mount namespace; as an ordinary
/// user also into a user namespace with the full subordinate id ranges of /etc/subuid and /etc/subgid
/// (by newuidmap and newgidmap), where it is uid 0. Mounts made from then on vanish with the process.
///
/// Call once, before any thread is started.
/// @throws base::Error if the host forbids it, naming what is missing and what to do.
void enter_private_namespaces();

/// How this process's ids are mapped: "host" or, in a user namespace, "user:UID".
/// Layers made under one mapping can't be used under another.
std::string id_mapping_name();

} // namespace imgbuild::root
