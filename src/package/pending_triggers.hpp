// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * The order of the triggers that a package has yet to act on. Its script is called with all their names, and
 * some do one thing after the other. dpkg puts a new one in front, and turns the list round whenever it reads
 * it; so the order depends on when dpkg is run, which differs where it does not unpack itself.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::package {

/// A trigger was activated.
struct TriggerEvent {
    std::string trigger;
    /// Who is interested, by the name that dpkg's database has for them.
    std::vector<std::string> interested;
};

/// Whether dpkg has read the lists in this run before, and will read them again in it.
struct TriggerReading {
    /// The lists are as dpkg wrote them before this run: reading turns them.
    bool before = false;
    /// dpkg goes on with what is written, as if it were still the same run: turned once more, it is right.
    bool after = false;
};

/// Adds activations to the lists of packages that have something pending already; for others dpkg makes the
/// list itself, of its file of activations.
/// @param status dpkg's status file. @param events in the order of time. @returns the new status file.
std::string add_pending(
    std::string_view status, const std::vector<TriggerEvent>& events, TriggerReading reading);

} // namespace imgbuild::package
