// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace imgbuild::helpers {

/// A program of Debian that scripts of packages call, and whose behaviour is known: a script that starts an
/// interpreter, or dozens of programs, for next to nothing, again and again; or one that does long what no image
/// needs.
struct KnownHelper {
    std::string_view name;
    /// Where the image has it.
    std::string_view path;
    /// SHA-256 of the versions whose behaviour it is; of any other it isn't. None: what is done in the
    /// program's place is what every version promises.
    std::array<std::string_view, 2> digests;
};

inline constexpr std::array<KnownHelper, 6> known_helpers = {{
    // init-system-helpers 1.65.2
    {"deb-systemd-helper",
     "usr/bin/deb-systemd-helper",
     {"a895d5f077651960b6ca4ed9c53f8b36eae422ae170f61c972d0c6579e9f8732"}},
    // dpkg 1.21.22, 1.21.23
    {"dpkg-maintscript-helper",
     "usr/bin/dpkg-maintscript-helper",
     {"aa4036297b2b85b7dce70653e3f41437f771c1b5c78f8d3646914a2333e6d32e",
      "ab44bb8f3454a2ef0991dcfd832c99e89747f6a9624ffc7095786530f627e2ff"}},
    // debianutils
    {"ischroot", "usr/bin/ischroot", {}},
    // openssh-client
    {"ssh-keygen", "usr/bin/ssh-keygen", {}},
    // ca-certificates 20230311, 20250419~deb12u2
    {"update-ca-certificates",
     "usr/sbin/update-ca-certificates",
     {"395364bffc7ce85ccbe2de71215f9c6c85c024af3bbd991c75a01c2d2aa3080a",
      "2cb06c85b5f01c4f6b72c3983d9f66d44aac0a7ac997ee55e7e429aedbc3934d"}},
    // init-system-helpers 1.65.2
    {"update-rc.d",
     "usr/sbin/update-rc.d",
     {"89667635d9a6796bcf64e0fabde441f094fe15f566cd2ca02961a5081f5c1813"}},
}};

} // namespace imgbuild::helpers
