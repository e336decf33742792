// SPDX-License-Identifier: Apache-2.0
#include "oci/platform.hpp"

#include "base/architecture.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace imgbuild::oci {

namespace {

struct Names {
    std::string_view kiwi;
    std::string_view go;
    std::string_view variant;
};

constexpr std::array architectures = {
    Names{"x86_64", "amd64", ""},
    Names{"aarch64", "arm64", ""},
    Names{"i586", "386", ""},
    Names{"i686", "386", ""},
    Names{"ix86", "386", ""},
    Names{"armv5el", "arm", "v5"},
    Names{"armv5tel", "arm", "v5"},
    Names{"armv6hl", "arm", "v6"},
    Names{"armv6l", "arm", "v6"},
    Names{"armv7hl", "arm", "v7"},
    Names{"armv7l", "arm", "v7"},
    Names{"ppc64", "ppc64", ""},
    Names{"ppc64le", "ppc64le", ""},
    Names{"s390x", "s390x", ""},
    Names{"riscv64", "riscv64", ""},
};

/// Variants that run what is behind them too.
struct Ladder {
    std::string_view architecture;
    std::array<std::string_view, 4> variants;
    /// What images for this architecture are that don't say.
    std::string_view usual;
};

constexpr std::array ladders = {
    Ladder{"arm", {"v8", "v7", "v6", "v5"}, "v7"},
    Ladder{"arm64", {"v8"}, "v8"},
    Ladder{"amd64", {"v4", "v3", "v2", "v1"}, ""},
};

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 32 && text.front() != '.' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                      c == '-';
           });
}

bool is_go_name(std::string_view name) {
    constexpr std::array<std::string_view, 4> others = {"loong64", "mips64le", "mipsle", "wasm"};
    return std::any_of(
               architectures.begin(),
               architectures.end(),
               [name](const Names& names) { return names.go == name; }) ||
           std::find(others.begin(), others.end(), name) != others.end();
}

} // namespace

std::string to_string(const Platform& platform) {
    return platform.os + "/" + platform.architecture +
           (platform.variant.empty() ? "" : "/" + platform.variant);
}

Platform platform_of(const std::string& kiwi_architecture) {
    for (const Names& names : architectures) {
        if (names.kiwi == kiwi_architecture) {
            return {"linux", std::string(names.go), std::string(names.variant)};
        }
    }
    return {"linux", kiwi_architecture, ""};
}

Platform parse_platform(std::string_view text) {
    std::vector<std::string_view> parts = base::split(text, '/');
    if (parts.size() == 1) {
        parts.insert(parts.begin(), "linux");
    }
    if (parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), is_word)) {
        base::UsageError error(
            fmt::format("\"{}\" is no platform of a container image", base::printable(text)));
        error.set_hint("write it like amd64, linux/arm64 or linux/arm/v7");
        throw error;
    }
    Platform platform{std::string(parts[0]), std::string(parts[1]), ""};
    if (!is_go_name(platform.architecture)) {
        if (const auto kiwi = base::canonical_architecture(platform.architecture)) {
            const Platform known = platform_of(*kiwi);
            platform.architecture = known.architecture;
            platform.variant = known.variant;
        }
    }
    if (parts.size() == 3) {
        platform.variant = parts[2];
    }
    return platform;
}

std::vector<Platform> acceptable_platforms(const Platform& wanted) {
    std::vector<Platform> accepted;
    const auto* const ladder =
        std::find_if(ladders.begin(), ladders.end(), [&wanted](const auto& one) {
            return one.architecture == wanted.architecture;
        });
    if (ladder != ladders.end()) {
        const std::string_view top = wanted.variant.empty() ? ladder->usual : wanted.variant;
        const auto* step = std::find(ladder->variants.begin(), ladder->variants.end(), top);
        for (; !top.empty() && step != ladder->variants.end() && !step->empty(); ++step) {
            accepted.push_back({wanted.os, wanted.architecture, std::string(*step)});
        }
    }
    if (accepted.empty() && !wanted.variant.empty()) {
        accepted.push_back(wanted);
    }
    accepted.push_back({wanted.os, wanted.architecture, ""});
    return accepted;
}

std::size_t best_platform(const std::vector<Platform>& offered, const Platform& wanted) {
    for (const Platform& accepted : acceptable_platforms(wanted)) {
        const auto found = std::find(offered.begin(), offered.end(), accepted);
        if (found != offered.end()) {
            return static_cast<std::size_t>(found - offered.begin());
        }
    }
    return no_platform;
}

} // namespace imgbuild::oci
