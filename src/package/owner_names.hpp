// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/root.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace imgbuild::package {

/// The numbers behind the names of owners in an archive, as the root knows them now: that is what dpkg
/// unpacks with.
class OwnerNames {
public:
    /// @param root outlives the object.
    explicit OwnerNames(const root::Root& root)
        : root_(root) {}

    /// @param number if the root does not know the name.
    std::uint32_t user(const std::string& name, std::uint32_t number);
    std::uint32_t group(const std::string& name, std::uint32_t number);

    /// The root's accounts may have changed.
    void forget();

private:
    using Numbers = std::map<std::string, std::uint32_t, std::less<>>;

    std::uint32_t find(
        std::optional<Numbers>& numbers,
        std::string_view file,
        const std::string& name,
        std::uint32_t number) const;

    const root::Root& root_;
    std::optional<Numbers> users_;
    std::optional<Numbers> groups_;
};

} // namespace imgbuild::package
