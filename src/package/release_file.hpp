// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A file that a Release file vouches for.
struct ReleaseEntry {
    crypto::Digest digest;
    std::uint64_t size = 0;
};

/// The text of a Debian archive's Release file, after its signature was dealt with.
struct ReleaseFile {
    std::string suite;
    std::string codename;
    std::vector<std::string> components;
    std::vector<std::string> architectures;
    /// Seconds since 1970; 0 if the field is missing.
    std::int64_t date = 0;
    std::optional<std::int64_t> valid_until;
    /// Files can be had by their digest, so a mirror in the middle of an update does no harm.
    bool acquire_by_hash = false;
    /// Packages for every architecture stand in an index of their own (binary-all) instead of in that
    /// of each architecture.
    bool all_apart = false;
    /// By path below the directory of the Release file; SHA-256 only, weaker sums are not looked at.
    std::map<std::string, ReleaseEntry, std::less<>> files;

    /// @param name of the file for messages.
    /// @throws base::Error (exit code 3) if a field can't be understood or there are no SHA-256 sums.
    static ReleaseFile parse(std::string_view text, const std::string& name);
};

/// "Sat, 11 Jul 2026 10:16:37 UTC" in seconds since 1970; nothing if it is anything else. Only UTC
/// (also called GMT, Z or +0000) is a Release file's time.
std::optional<std::int64_t> parse_release_date(std::string_view text);

/// Refuses a Release file that is not valid at `now`: its Valid-Until has passed (unless
/// `allow_expired`), or its Date is more than an hour ahead.
/// @throws base::Error (exit code 3) with the date and what to do.
void check_release_time(
    const ReleaseFile& release, std::int64_t now, bool allow_expired, const std::string& name);

} // namespace imgbuild::package
