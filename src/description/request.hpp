// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What one build is asked to make: a description narrowed to one architecture, one type and the
 * selected profiles. Plain values; each carries the place it was written at. Everything below the
 * Plan works from this and never sees XML.
 */
#pragma once

#include "base/position.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imgbuild::description {

using base::Position;

struct User {
    std::string name;
    std::string password;
    Position password_position;
    bool password_is_plain = false;
    std::optional<std::uint32_t> id;
    /// "group" or "group:gid"; the first is the primary one.
    std::vector<std::string> groups;
    /// Of each group.
    std::vector<Position> group_positions;
    std::string home;
    std::string shell;
    std::string real_name;
    Position position;
};

struct NamedItem {
    std::string name;
    Position position;
};

/// type/<initrd>/<dracut>: something that is added to an initrd or left out of it.
struct InitrdPart {
    /// "add", "omit", "set" or "setup".
    std::string action;
    /// One of these two.
    std::string module;
    std::string driver;
};

struct Repository {
    /// From the description, or made up from its number; unique within a request.
    std::string alias;
    /// "apt-deb", "deb-dir", "rpm-md", …; empty: as the package manager expects.
    std::string type;
    /// As written: a URL or "mirror:NAME[/path]".
    std::string path;
    /// "file:key.asc" is beside the description.
    std::vector<NamedItem> signing_keys;
    std::vector<std::string> components;
    std::string distribution;
    std::vector<std::string> architectures;
    std::optional<int> priority;
    std::string username;
    std::string password;
    bool image_include = false;
    bool image_only = false;
    std::optional<bool> repository_gpgcheck;
    std::optional<bool> package_gpgcheck;
    /// A script beside the description; empty name: none.
    NamedItem customize;
    std::string source_type;
    Position position;
    /// Of the source element's path attribute.
    Position path_position;
};

/// An archive that is unpacked into the image.
struct Archive {
    /// As written: relative to the description's directory, or absolute and inside it.
    std::string name;
    std::string target_directory;
    Position position;
};

/// A <file> element: one file of the description's directory.
struct FileItem {
    std::string name;
    std::string target;
    std::string owner;
    std::string permissions;
    Position position;
};

struct Container {
    std::string name;
    std::string save_as;
    std::string save_format;
    bool preload = false;
    std::string preload_to;
    std::string backend;
    Position position;
};

enum class PatternType { only_required, plus_recommended };

struct Profile {
    std::string name;
    std::string description;
};

struct Request {
    /// The file that was read.
    std::string file;
    /// The directory it lies in: archives, scripts and trees are looked up here.
    std::string directory;

    std::string name;
    std::string display_name;
    std::string id;
    std::string author;
    std::string contact;
    std::string specification;
    Position position;

    /// kiwi's word.
    std::string architecture;
    /// Selected profiles, required ones included, in the order of the description.
    std::vector<std::string> profiles;

    std::string version;
    std::string package_manager;
    Position package_manager_position;
    std::string locale;
    std::string keytable;
    std::string timezone;
    std::string release_version;
    bool exclude_documentation = false;
    bool rpm_check_signatures = true;
    bool rpm_locale_filtering = false;

    /// type/@image.
    std::string type;
    Position type_position;
    std::string compression;
    std::string overlay_modes;
    std::string initrd_system;
    std::vector<InitrdPart> initrd_parts;
    std::string kernel_command_line;
    std::string derived_from;

    std::vector<User> users;
    std::vector<Repository> repositories;
    PatternType pattern_type = PatternType::only_required;

    std::vector<NamedItem> bootstrap_packages;
    std::vector<NamedItem> image_packages;
    /// Packages that must not come in as recommended ones.
    std::vector<NamedItem> ignored_packages;
    std::vector<NamedItem> uninstall_packages;
    std::vector<NamedItem> delete_packages;
    std::vector<Archive> bootstrap_archives;
    std::vector<Archive> image_archives;
    std::vector<FileItem> bootstrap_files;
    std::vector<FileItem> image_files;
    std::vector<Container> containers;

    /// "file:line:column: text": what is left out because imgbuild can't do it or it belongs to other types; said as warnings.
    std::vector<std::string> notes;
};

} // namespace imgbuild::description
