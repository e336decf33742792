// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "description/request.hpp"

#include <string>
#include <vector>

namespace imgbuild::description {

/// What the command line chooses from a description and changes in it.
struct Selection {
    /// kiwi's or Debian's word (--target-arch); empty: this machine's.
    std::string architecture;
    /// --profile; none: those with import="true".
    std::vector<std::string> profiles;
    /// --type; empty: the primary type that can be built, else the first.
    std::string type;

    /// --add-package: as if in <packages type="image">.
    std::vector<std::string> add_packages;
    /// --delete-package: as if in <packages type="uninstall">.
    std::vector<std::string> delete_packages;
    /// --add-repo in kiwi's comma fields, see `RepositoryOption`.
    std::vector<std::string> add_repositories;
    /// --set-repo: changes the first repository that counts; fields left empty keep what it has.
    std::string set_repository;
};

} // namespace imgbuild::description
