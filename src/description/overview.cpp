// SPDX-License-Identifier: Apache-2.0
#include "description/overview.hpp"

#include "description/beside.hpp"
#include "description/profiles.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace imgbuild::description {

namespace {

std::vector<NamedItem>
counting(const Chooser& chooser, const std::vector<Filtered<NamedItem>>& items) {
    std::vector<NamedItem> found;
    for (const Filtered<NamedItem>& filtered : items) {
        if (chooser.counts(filtered.architectures)) {
            found.push_back(filtered.item);
        }
    }
    return found;
}

void add_types(const Model& model, const Chooser& chooser, Overview& overview) {
    for (const PreferencesSection& section : model.preferences) {
        if (!chooser.counts(section.filter)) {
            continue;
        }
        for (const TypeSection& type : section.types) {
            const bool is_chosen = type.image.name == overview.request.type &&
                                   type.position == overview.request.type_position;
            overview.types.push_back({type.image.name, is_chosen, type.position});
        }
    }
}

void add_profiles(const Model& model, Overview& overview) {
    const std::vector<std::string>& selected = overview.request.profiles;
    for (const ProfileSection& section : model.profiles) {
        const bool is_selected =
            std::find(selected.begin(), selected.end(), section.name) != selected.end();
        overview.profiles.push_back({{section.name, section.description}, is_selected});
    }
}

void add_packages(const Model& model, const Chooser& chooser, Overview& overview) {
    constexpr std::array<std::string_view, 4> always = {
        "image", "bootstrap", "uninstall", "delete"};
    for (const PackagesSection& section : model.packages) {
        if (!chooser.counts(section.filter)) {
            continue;
        }
        PackagesOverview& group = overview.packages.emplace_back();
        group.type = section.type;
        for (const NamedItem& profile : section.filter.profiles) {
            group.profiles.push_back(profile.name);
        }
        group.position = section.position;
        group.packages = counting(chooser, section.packages);
        group.ignored = counting(chooser, section.ignored);
        group.takes_part = section.type == overview.request.type ||
                           std::find(always.begin(), always.end(), section.type) != always.end();
    }
}

/// --add-package and --delete-package.
void add_options(const Selection& selection, Overview& overview) {
    for (const auto& [option, names] :
         {std::pair{"--add-package", &selection.add_packages},
          std::pair{"--delete-package", &selection.delete_packages}}) {
        PackagesOverview group;
        group.type = option;
        for (const std::string& name : *names) {
            group.packages.push_back({name, {option, 0, 0}});
        }
        if (!group.packages.empty()) {
            overview.packages.push_back(std::move(group));
        }
    }
}

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

void add_beside(Overview& overview) {
    // Archives and files that are missing are among the diagnostics; here only the fixed names count.
    Request request = overview.request;
    request.bootstrap_archives.clear();
    request.image_archives.clear();
    request.bootstrap_files.clear();
    request.image_files.clear();
    const Beside beside = look_beside(request);
    for (const auto* const script :
         {&beside.post_bootstrap_script, &beside.config_script, &beside.images_script}) {
        if (*script) {
            overview.scripts.push_back(file_name(**script));
        }
    }
    for (const auto* const tree : {&beside.overlay_tree, &beside.overlay_archive}) {
        if (*tree) {
            overview.trees.push_back(file_name(**tree));
        }
    }
    for (const Beside::ProfileTree& tree : beside.profile_trees) {
        overview.trees.push_back(tree.profile);
    }
}

} // namespace

Overview overview_of(const Description& description, const Selection& selection) {
    Description::Evaluation evaluation = description.evaluate(selection);
    Overview overview;
    overview.request = std::move(evaluation.request);
    overview.diagnostics = std::move(evaluation.diagnostics);
    const Chooser chooser(overview.request.profiles, overview.request.architecture);
    add_types(description.model(), chooser, overview);
    add_profiles(description.model(), overview);
    add_packages(description.model(), chooser, overview);
    add_options(selection, overview);
    add_beside(overview);
    return overview;
}

} // namespace imgbuild::description
