// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace imgbuild::package {

/// One package of one version in an archive's index. The texts lie in the PackagesIndex.
struct PackageRecord {
    std::string_view name;
    std::string_view version;
    std::string_view architecture;
    /// Relative to the base URL of its source.
    std::string_view filename;
    /// As written: 64 hexadecimal digits if the index is a sound one.
    std::string_view sha256;
    std::string_view depends;
    std::string_view pre_depends;
    std::string_view recommends;
    std::string_view suggests;
    std::string_view enhances;
    std::string_view conflicts;
    std::string_view breaks;
    std::string_view replaces;
    std::string_view provides;
    /// The whole stanza.
    std::string_view stanza;
    std::uint64_t size = 0;
    /// In kilobytes.
    std::uint64_t installed_size = 0;
    bool essential = false;
    /// Number of the source in the request.
    std::uint32_t source = 0;
    /// Number of the Packages file, in the order in which they were added.
    std::uint32_t file = 0;
};

/// Every package that the sources of a request offer, read from the text of their Packages files.
/// Thread-compatible.
class PackagesIndex {
public:
    PackagesIndex() = default;
    PackagesIndex(PackagesIndex&&) = default;
    PackagesIndex& operator=(PackagesIndex&&) = default;
    PackagesIndex(const PackagesIndex&) = delete;
    PackagesIndex& operator=(const PackagesIndex&) = delete;
    ~PackagesIndex() = default;

    /// Adds what a Packages file offers. A stanza without name, version, architecture or file name, or
    /// with characters in them that Debian does not allow, offers nothing and is passed over: these
    /// texts become names of files and arguments of programs.
    void add(std::string text, std::uint32_t source);

    const std::vector<PackageRecord>& records() const noexcept { return records_; }

    /// Numbers of the records of that name, in the order they were added.
    const std::vector<std::uint32_t>& named(std::string_view name) const;

    /// Numbers of the records that provide a (virtual) name, each once.
    const std::vector<std::uint32_t>& providers(std::string_view name) const;

    /// Every name of a real package, and every provided name, each once, in no particular order.
    std::vector<std::string_view> names() const;

private:
    /// A deque, so that the texts, which the records point into, never move.
    std::deque<std::string> texts_;
    std::vector<PackageRecord> records_;
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_name_;
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> by_provided_name_;
};

/// An alternative of a dependency: "libc6 (>= 2.36)" has the name libc6. Architecture qualifiers
/// (":any") are cut off.
/// @returns the names of each "a | b" group of a Depends field, in its order.
std::vector<std::vector<std::string_view>> dependency_names(std::string_view field);

} // namespace imgbuild::package
