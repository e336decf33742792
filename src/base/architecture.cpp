// SPDX-License-Identifier: Apache-2.0
#include "base/architecture.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <sys/utsname.h>

#include <array>
#include <cerrno>

namespace imgbuild::base {

namespace {

struct Names {
    std::string_view kiwi;
    /// Empty if Debian has no port of it.
    std::string_view debian;
};

constexpr std::array architectures = {
    Names{"x86_64", "amd64"},
    Names{"aarch64", "arm64"},
    Names{"i586", ""},
    Names{"i686", "i386"},
    Names{"ix86", "i386"},
    Names{"armv5el", "armel"},
    Names{"armv5tel", "armel"},
    Names{"armv6hl", ""},
    Names{"armv6l", ""},
    Names{"armv7hl", "armhf"},
    Names{"armv7l", "armhf"},
    Names{"ppc", "powerpc"},
    Names{"ppc64", "ppc64"},
    Names{"ppc64le", "ppc64el"},
    Names{"s390", ""},
    Names{"s390x", "s390x"},
    Names{"riscv64", "riscv64"},
};

} // namespace

std::optional<std::string> canonical_architecture(std::string_view name) {
    for (const Names& names : architectures) {
        if (names.kiwi == name || (!names.debian.empty() && names.debian == name)) {
            return std::string(names.kiwi);
        }
    }
    return std::nullopt;
}

std::optional<std::string> debian_architecture(std::string_view kiwi_name) {
    for (const Names& names : architectures) {
        if (names.kiwi == kiwi_name && !names.debian.empty()) {
            return std::string(names.debian);
        }
    }
    return std::nullopt;
}

std::string host_architecture() {
    utsname system = {};
    if (::uname(&system) != 0) {
        throw_errno("asking for the machine's architecture");
    }
    return system.machine;
}

bool architecture_list_contains(std::string_view list, std::string_view architecture) {
    if (list.empty()) {
        return true;
    }
    const auto wanted = canonical_architecture(architecture);
    for (const std::string_view item : split(list, ',')) {
        if (item == architecture || (wanted && canonical_architecture(item) == wanted)) {
            return true;
        }
    }
    return false;
}

} // namespace imgbuild::base
