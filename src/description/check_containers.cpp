// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.hpp"
#include "base/text.hpp"
#include "description/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace imgbuild::description {

namespace {

/// "/a//b/." → "/a/b"; empty if the path is not absolute or holds "..".
std::string normal_path(std::string_view path) {
    if (path.empty() || path.front() != '/') {
        return "";
    }
    std::string normal;
    for (const std::string_view part : base::split(path, '/')) {
        if (part == "..") {
            return "";
        }
        if (!part.empty() && part != ".") {
            normal += "/" + std::string(part);
        }
    }
    return normal;
}

/// What a node mounts over, so that nothing of the image is seen there.
bool is_mounted_over(const std::string& path) {
    constexpr std::array<std::string_view, 4> places = {"/run", "/proc", "/sys", "/dev"};
    return std::any_of(places.begin(), places.end(), [&](std::string_view place) {
        return path == place || path.starts_with(std::string(place) + "/");
    });
}

/// "docker://…", "obsrepositories:/…": a name without a scheme has no "/" behind a ":".
void check_scheme(const NamedItem& word, Findings& findings) {
    const std::size_t colon = word.name.find(':');
    if (colon == std::string::npos || word.name.substr(colon, 2) != ":/") {
        return;
    }
    const std::string scheme = word.name.substr(0, colon);
    const std::vector<std::string_view> known = {
        "docker",
        "oci-archive",
        "docker-archive",
        "oci",
        "dir",
        "file",
        "obs",
        "obsrepositories",
        "obsregistry"};
    if (std::find(known.begin(), known.end(), scheme) != known.end()) {
        return;
    }
    const std::string near = base::did_you_mean(scheme, known);
    findings
        .error(
            "E265",
            fmt::format("nobody can resolve the scheme of \"{}\"", base::printable(word.name)),
            word)
        .hint = near.empty() ? "write a name that \"podman pull\" takes, such as "
                               "docker://registry.example.org/app:1.0"
                             : near;
}

/// Files may be called as they like.
bool names_a_file(std::string_view name) {
    constexpr std::array<std::string_view, 5> schemes = {
        "oci:", "oci-archive:", "docker-archive:", "dir:", "file:"};
    return std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
        return name.starts_with(scheme);
    });
}

/// Whether a registry can have such a name at all; whether it has is seen when the image is pulled.
void check_name(const NamedItem& word, Findings& findings) {
    const bool has_blanks = word.name.find_first_of(" \t\r\n") != std::string::npos;
    if (!word.name.empty() && (!has_blanks || names_a_file(word.name))) {
        return;
    }
    findings
        .error(
            "E266",
            fmt::format("\"{}\" is no name of a container image", base::printable(word.name)),
            word)
        .hint = "write a name without blanks that \"podman pull\" takes, such as "
                "docker://registry.example.org/app:1.0";
}

/// What an image of a registry is called below a `save_as` that is a directory: REPO_TAG and the format's
/// ending, by the rule of oci::save_path. Other sources have their whole name: two of them that give one
/// file are found when they are resolved.
std::string file_name(const Container& container) {
    std::string_view name = container.name;
    if (names_a_file(name) || name.starts_with("obs")) {
        return std::string(name);
    }
    const std::size_t at = std::min(name.find('@'), name.size());
    const std::string_view digest = name.substr(at);
    name = name.substr(0, at);
    name = name.substr(name.rfind('/') + 1);
    const std::size_t colon = std::min(name.find(':'), name.size());
    std::string tag(name.substr(std::min(colon + 1, name.size())));
    if (tag.empty()) {
        constexpr std::string_view algorithm = "@sha256:";
        constexpr std::size_t digits = 12;
        tag = digest.starts_with(algorithm)
                  ? "sha256-" + std::string(digest.substr(algorithm.size(), digits))
                  : "latest";
    }
    const std::string& format = container.save_format;
    return fmt::format(
        "{}_{}{}",
        name.substr(0, colon),
        tag,
        format == "oci-dir"          ? ""
        : format == "docker-archive" ? ".docker.tar"
                                     : ".oci.tar");
}

/// A file can't have others below it. @param targets by path.
void check_nesting(const std::map<std::string, const Container*>& targets, Findings& findings) {
    for (const auto& [path, container] : targets) {
        // Longer paths sort behind, but not all of them directly.
        const auto below = targets.lower_bound(path + "/");
        if (below == targets.end() || below->first.compare(0, path.size() + 1, path + "/") != 0) {
            continue;
        }
        base::Diagnostic& finding = findings.error(
            "E264",
            fmt::format(
                "container \"{}\" is saved as \"{}\", which must be a directory",
                container->name,
                path),
            {container->name, container->position});
        finding.hint = "end save_as with \"/\" if it is meant as a directory";
        finding.related = below->second->position;
        finding.related_message = fmt::format("\"{}\" is saved below it", below->second->name);
    }
}

/// Of one that is preloaded or saved, but not both.
void note_what_has_no_effect(const Container& container, Findings& findings) {
    const auto note = [&](const char* attribute, const std::string& value, const char* without) {
        if (!value.empty()) {
            findings.note(
                "N212",
                fmt::format(
                    "{} of container \"{}\" has no effect without {}",
                    attribute,
                    base::printable(container.name),
                    without),
                {container.name, container.position});
        }
    };
    if (!container.preload) {
        note("backend", container.backend, "preload=\"true\"");
        note("preload_to", container.preload_to, "preload=\"true\"");
    }
    if (container.save_as.empty()) {
        note("save_format", container.save_format, "save_as");
    }
}

} // namespace

void check_container_sections(const Model& model, Findings& findings) {
    for (const PackagesSection& section : model.packages) {
        if (section.type != "bootstrap" && section.type != "uninstall" &&
            section.type != "delete") {
            continue;
        }
        for (const auto& [architectures, container] : section.containers) {
            findings
                .error(
                    "E268",
                    fmt::format(
                        "container \"{}\" stands in packages of type \"{}\"",
                        base::printable(container.name),
                        section.type),
                    {container.name, container.position})
                .hint = "move it to <packages type=\"image\">";
        }
    }
}

void check_containers(const Request& request, Findings& findings) {
    std::map<std::string, const Container*> targets;
    std::map<std::string_view, const Container*> names;
    for (const Container& container : request.containers) {
        const NamedItem word{container.name, container.position};
        check_name(word, findings);
        check_scheme(word, findings);
        const auto [first, is_first] = names.emplace(container.name, &container);
        if (!is_first) {
            base::Diagnostic& finding = findings.error(
                "E263", fmt::format("container \"{}\" stands twice", container.name), word);
            finding.related = first->second->position;
            finding.related_message = "first defined here";
            continue;
        }
        // What is neither saved nor preloaded is an error as a whole.
        if (container.preload || !container.save_as.empty()) {
            note_what_has_no_effect(container, findings);
        }
        if (container.save_as.empty()) {
            if (!container.preload) {
                findings
                    .error(
                        "E260",
                        fmt::format("nothing is to be done with container \"{}\"", container.name),
                        word)
                    .hint = "add save_as=\"/path/in/the/image\" or preload=\"true\"";
            }
            continue;
        }
        std::string target = normal_path(container.save_as);
        if (target.empty()) {
            findings
                .error(
                    "E262",
                    fmt::format(
                        "container \"{}\" can't be saved as \"{}\"",
                        container.name,
                        container.save_as),
                    word)
                .hint = "write an absolute path in the image without \"..\"";
            continue;
        }
        if (is_mounted_over(target)) {
            findings
                .error(
                    "E267",
                    fmt::format(
                        "container \"{}\" can't be in the image as \"{}\"",
                        container.name,
                        container.save_as),
                    word)
                .hint = "the node makes /run, /proc, /sys and /dev itself: write another path";
            continue;
        }
        if (container.save_as.back() == '/') {
            target += "/" + file_name(container);
        }
        const auto [known, is_new] = targets.emplace(target, &container);
        if (!is_new) {
            base::Diagnostic& finding = findings.error(
                "E261", fmt::format("two containers are saved as \"{}\"", target), word);
            finding.related = known->second->position;
            finding.related_message = "first defined here";
        }
    }
    check_nesting(targets, findings);
}

} // namespace imgbuild::description
