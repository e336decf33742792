// SPDX-License-Identifier: Apache-2.0
// What is sent to dpkg here is rare or forbidden by Debian's policy; doing it natively too would be code
// that hardly ever runs.
#include "package/deb_inspection.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace imgbuild::package {
namespace {

using archive::TarMember;
using tree::EntryType;

/// "./usr/bin/x" → "usr/bin/x", "." → "". @returns false for names with other odd parts.
bool normalise(std::string& path) {
    std::string_view rest = path;
    while (rest.starts_with("./")) {
        rest.remove_prefix(2);
    }
    std::string name(rest == "." ? std::string_view() : rest);
    if (!name.empty()) {
        for (const std::string_view part : base::split(name, '/')) {
            if (part.empty() || part == "." || part == "..") {
                return false;
            }
        }
    }
    path = std::move(name);
    return path.find('\n') == std::string::npos;
}

std::string problem_of_fields(const RawDeb& deb) {
    const ResolvedPackage& package = *deb.package;
    if (!deb.control.problem.empty()) {
        return deb.control.problem;
    }
    if (deb.control.field("Package") != package.name ||
        deb.control.field("Version") != package.version ||
        deb.control.field("Architecture") != package.architecture) {
        return "it calls itself otherwise than the index does";
    }
    if (deb.control.find("md5sums") == nullptr) {
        // dpkg would compute them.
        return "it has no list of checksums";
    }
    // dpkg reads its diversions again after each script.
    static constexpr std::array<std::string_view, 2> tools = {"dpkg-divert", "dpkg-statoverride"};
    const std::string* const preinst = deb.control.find("preinst");
    for (const std::string_view tool : tools) {
        if (preinst != nullptr && preinst->find(tool) != std::string::npos) {
            return fmt::format("its preinst script calls {}", tool);
        }
    }
    return {};
}

std::string problem_of_members(RawDeb& deb) {
    if (!deb.index.problem.empty()) {
        return fmt::format("its data archive is out of the ordinary: {}", deb.index.problem);
    }
    std::set<std::string_view> paths;
    std::set<std::string_view> files;
    const std::set<std::string_view> conffiles(
        deb.control.conffiles.begin(), deb.control.conffiles.end());
    std::size_t conffiles_there = 0;
    for (TarMember& member : deb.index.members) {
        std::string& path = member.entry.path;
        if (!normalise(path) || (path.empty() && member.entry.type != EntryType::directory)) {
            return fmt::format("it holds a file with the name {}", base::printable(path));
        }
        if (!paths.insert(path).second) {
            return fmt::format("it holds {} twice", base::printable(path));
        }
        const bool is_conffile = conffiles.contains("/" + path);
        conffiles_there += is_conffile ? 1 : 0;
        if (member.hardlink_target) {
            if (!normalise(*member.hardlink_target) || !files.contains(*member.hardlink_target) ||
                is_conffile) {
                return fmt::format(
                    "its hard link {} is out of the ordinary", base::printable(path));
            }
        } else if (member.entry.type == EntryType::regular && !is_conffile) {
            files.insert(path);
        } else if (is_conffile && member.entry.type != EntryType::regular) {
            return fmt::format("its configuration file {} is no file", base::printable(path));
        }
    }
    if (conffiles_there != deb.control.conffiles.size()) {
        return "its list of configuration files names one that it does not hold, or one twice";
    }
    return {};
}

} // namespace

void inspect_deb(RawDeb& deb) {
    deb.problem = problem_of_members(deb);
    if (deb.problem.empty()) {
        deb.problem = problem_of_fields(deb);
    }
    // dpkg makes links after all that they may lead to.
    std::stable_partition(
        deb.index.members.begin(), deb.index.members.end(), [](const TarMember& member) {
            return member.entry.type != EntryType::symlink;
        });
}

} // namespace imgbuild::package
