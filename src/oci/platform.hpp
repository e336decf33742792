// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::oci {

/// What a container image runs on, in the words of Go and OCI: "linux", "amd64", "arm" "v7".
struct Platform {
    std::string os = "linux";
    std::string architecture;
    /// Empty: not stated.
    std::string variant;

    bool operator==(const Platform&) const = default;
};

/// "linux/arm/v7"
std::string to_string(const Platform& platform);

/// "arm64", "linux/arm64" or "linux/arm/v7"; kiwi's and Debian's names of architectures are taken too
/// ("aarch64", "armhf").
/// @throws base::UsageError for anything else.
Platform parse_platform(std::string_view text);

/// The platform that a node of this architecture (in kiwi's words) runs.
Platform platform_of(const std::string& kiwi_architecture);

/// What runs on `wanted`, best first: arm goes down from its variant to v5; an image that states no
/// variant is taken for any.
std::vector<Platform> acceptable_platforms(const Platform& wanted);

/// Of `offered` the index of the best one for `wanted`, of equally good ones the first; npos if none runs there.
std::size_t best_platform(const std::vector<Platform>& offered, const Platform& wanted);

inline constexpr std::size_t no_platform = static_cast<std::size_t>(-1);

} // namespace imgbuild::oci
