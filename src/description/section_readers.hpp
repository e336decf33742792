// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The parts of `read_model`: one function an element of the top level.
 */
#pragma once

#include "description/model.hpp"
#include "xml/document.hpp"

#include <cstddef>

namespace imgbuild::description {

/// The profiles and arch attributes of a section.
Filter read_filter(const xml::Element& element);

/// <users>
UsersSection read_users(const xml::Element& element);

/// <repository>. @param number counts all repositories of the description from 1, so that a made-up
/// alias does not depend on what is chosen.
RepositorySection read_repository(const xml::Element& element, std::size_t number);

/// <packages>
PackagesSection read_packages(const xml::Element& element);

} // namespace imgbuild::description
