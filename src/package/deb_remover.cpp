// SPDX-License-Identifier: Apache-2.0
#include "package/deb_remover.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "package/deb_plan.hpp"
#include "package/dpkg_session.hpp"
#include "package/dpkg_status.hpp"
#include "package/extended_states.hpp"
#include "package/private_apt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace imgbuild::package {
namespace {

constexpr std::string_view status_path = "var/lib/dpkg/status";
constexpr std::string_view states_path = "var/lib/apt/extended_states";

/// The architecture of dpkg itself is the root's.
std::string native_architecture(const std::vector<InstalledPackage>& installed) {
    for (const InstalledPackage& package : installed) {
        if (package.name == "dpkg") {
            return package.architecture;
        }
    }
    throw base::Error("dpkg is not installed in the root, so no package can be removed from it");
}

/// What apt would take away with these packages.
std::vector<std::string> plan_removal(
    const root::Root& root,
    const std::vector<std::string>& names,
    const std::string& architecture,
    const store::Store& store,
    const base::Context& context) {
    PrivateApt apt(store, architecture);
    apt.set_status(root.read(status_path), root.try_read(states_path).value_or(std::string()));
    std::vector<std::string> arguments = {"-s", "--auto-remove", "remove"};
    arguments.insert(arguments.end(), names.begin(), names.end());
    const PrivateApt::Answer answer = apt.run(arguments, context);
    if (answer.status != 0) {
        base::Error error(
            fmt::format("apt-get refuses to remove {}", base::join(names, ", ")),
            base::ExitCode::fetch);
        std::vector<std::string> lines;
        for (const std::string_view line : base::split_lines(answer.messages)) {
            lines.push_back(base::printable(line));
        }
        error.set_details(std::move(lines));
        error.set_hint("name it in <packages type=\"delete\"> to remove it all the same");
        throw error;
    }
    return parse_removals(answer.output);
}

/// Takes the removed packages out of apt's memory.
void forget_states(const root::Root& root) {
    const std::optional<std::string> states = root.try_read(states_path);
    if (!states) {
        return;
    }
    const std::vector<InstalledPackage> installed = parse_dpkg_status(root.read(status_path));
    root.rewrite(states_path, keep_states(*states, installed), {.mode = 0644});
}

} // namespace

std::vector<std::string> remove_debs(
    root::WorkingRoot& root,
    const std::vector<WantedPackage>& packages,
    bool forced,
    std::int64_t epoch,
    const store::Store& store,
    const base::Context& context) {
    const std::vector<InstalledPackage> installed =
        parse_dpkg_status(root.root().try_read(status_path).value_or(std::string()));
    std::vector<std::string> missing;
    std::vector<std::string> names;
    for (const WantedPackage& wanted : packages) {
        const std::string name(base::trim(wanted.name));
        const bool there =
            std::any_of(installed.begin(), installed.end(), [&name](const InstalledPackage& p) {
                return p.name == name || p.name + ":" + p.architecture == name;
            });
        (there ? names : missing).push_back(name);
    }
    if (names.empty()) {
        return missing;
    }
    const std::string architecture = native_architecture(installed);
    std::vector<std::string> arguments;
    if (forced) {
        arguments = {
            "--force-depends",
            "--force-remove-essential",
            "--force-remove-protected",
            "--force-remove-reinstreq"};
    } else {
        names = plan_removal(root.root(), names, architecture, store, context);
    }
    base::Activity activity(
        context.reporter,
        {.title = "removing packages",
         .unit = "packages",
         .total = names.size(),
         .parent = context.parent_activity});
    arguments.emplace_back("--remove");
    arguments.insert(arguments.end(), names.begin(), names.end());
    DpkgSession session(root, {.epoch = epoch, .progress = &activity});
    session.dpkg(arguments, context);
    forget_states(root.root());
    return missing;
}

} // namespace imgbuild::package
