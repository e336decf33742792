// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * A description as it was written: every section with its filters, nothing chosen yet. Made by
 * `read_model`, narrowed by `narrow`.
 */
#pragma once

#include "description/request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace imgbuild::description {

/// When a section counts.
struct Filter {
    /// Any of these; none: always.
    std::vector<NamedItem> profiles;
    /// As written: "x86_64,arm64"; empty: on every architecture.
    std::string architectures;
};

/// Something inside a section that counts on some architectures only.
template <typename T>
struct Filtered {
    std::string architectures;
    T item;
};

struct ProfileSection {
    std::string name;
    std::string description;
    bool is_import = false;
    std::string architectures;
    std::vector<Filtered<NamedItem>> required;
    Position position;
};

struct TypeSection {
    /// type/@image and where it stands.
    NamedItem image;
    bool is_primary = false;
    std::string compression;
    std::string overlay_modes;
    std::string initrd_system;
    std::vector<InitrdPart> initrd_parts;
    /// Where the first <initrd> stands.
    std::optional<NamedItem> initrd;
    std::string kernel_command_line;
    std::string derived_from;
    /// Attributes and child elements that say nothing to a type that is not a disk or a medium.
    std::vector<NamedItem> ineffective;
    Position position;
};

struct PreferencesSection {
    Filter filter;
    std::optional<NamedItem> version;
    std::optional<NamedItem> package_manager;
    std::optional<NamedItem> locale;
    std::optional<NamedItem> keytable;
    std::optional<NamedItem> timezone;
    std::optional<std::string> release_version;
    std::optional<bool> exclude_documentation;
    std::optional<bool> rpm_check_signatures;
    std::optional<bool> rpm_locale_filtering;
    std::vector<TypeSection> types;
    std::vector<NamedItem> ineffective;
};

struct UsersSection {
    Filter filter;
    std::vector<User> users;
};

struct RepositorySection {
    Filter filter;
    Repository repository;
};

struct PackagesSection {
    /// packages/@type
    std::string type;
    Filter filter;
    std::optional<PatternType> pattern_type;
    std::vector<Filtered<NamedItem>> packages;
    std::vector<Filtered<NamedItem>> ignored;
    std::vector<Filtered<Archive>> archives;
    std::vector<Filtered<FileItem>> files;
    std::vector<Filtered<Container>> containers;
    std::vector<NamedItem> ineffective;
    Position position;
};

/// A top-level section that imgbuild knows and does not act on.
struct OtherSection {
    Filter filter;
    NamedItem element;
};

struct Model {
    std::string file;
    std::string directory;

    std::string name;
    std::string display_name;
    std::string id;
    std::string author;
    std::string contact;
    std::string specification;
    Position position;

    std::vector<ProfileSection> profiles;
    std::vector<PreferencesSection> preferences;
    std::vector<UsersSection> users;
    std::vector<RepositorySection> repositories;
    /// kiwi's own <containers> sections are among them, in the form of <packages type="image">.
    std::vector<PackagesSection> packages;
    /// <include> elements whose file is not there.
    std::vector<NamedItem> includes;
    /// <strip>, <drivers>, <certificates>.
    std::vector<OtherSection> others;
};

} // namespace imgbuild::description
