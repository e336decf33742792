// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "description/checks.hpp"
#include "description/type_choice.hpp"
#include "naming/saved_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

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

/// What its name says. Whether there is such an image is seen when it is pulled.
std::optional<naming::Reference>
read_name(const std::string& name, const NamedItem& word, Findings& findings) {
    const auto refuse = [&](const char* code, const base::Error& error) {
        findings.error(code, error.message(), word).hint = error.hint();
    };
    try {
        return naming::parse_reference(name);
    } catch (const naming::UnknownScheme& error) {
        refuse("E265", error);
    } catch (const base::UsageError& error) {
        refuse("E266", error);
    }
    return std::nullopt;
}

/// Where a container is saved, without "." and "//". Nothing if that is wrong, or depends on files that
/// are not there.
std::optional<std::string> target_of(
    const Container& container,
    const naming::Reference& reference,
    const Request& request,
    Findings& findings) {
    const NamedItem word{container.name, container.position};
    std::string target = normal_path(container.save_as);
    if (target.empty()) {
        findings
            .error(
                "E262",
                fmt::format(
                    "container \"{}\" can't be saved as \"{}\"", container.name, container.save_as),
                word)
            .hint = "write an absolute path in the image without \"..\"";
        return std::nullopt;
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
        return std::nullopt;
    }
    if (container.save_as.back() != '/') {
        return target;
    }
    const auto location = naming::expected_location(reference, request.directory);
    if (!location) {
        return std::nullopt;
    }
    try {
        const naming::ArchiveFormat format = naming::archive_format(container.save_format);
        return naming::save_path(target + "/", format, *location);
    } catch (const base::UsageError& error) {
        findings.error("E266", error.message(), word).hint = error.hint();
        return std::nullopt;
    }
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
    if (request.type == buildable_type && !request.derived_from.empty()) {
        (void)read_name(request.derived_from, {"", request.type_position}, findings);
    }
    for (const Container& container : request.containers) {
        const NamedItem word{container.name, container.position};
        const std::optional<naming::Reference> reference =
            read_name(container.name, word, findings);
        const auto [first, is_first] = names.emplace(container.name, &container);
        if (!is_first) {
            base::Diagnostic& finding = findings.error(
                "E263", fmt::format("container \"{}\" stands twice", container.name), word);
            finding.related = first->second->position;
            finding.related_message = "first defined here";
            continue;
        }
        if (container.save_as.empty() && !container.preload) {
            findings
                .error(
                    "E260",
                    fmt::format("nothing is to be done with container \"{}\"", container.name),
                    word)
                .hint = "add save_as=\"/path/in/the/image\" or preload=\"true\"";
            continue;
        }
        note_what_has_no_effect(container, findings);
        if (container.save_as.empty() || !reference) {
            continue;
        }
        const std::optional<std::string> target =
            target_of(container, *reference, request, findings);
        if (!target) {
            continue;
        }
        const auto [known, is_new] = targets.emplace(*target, &container);
        if (!is_new) {
            base::Diagnostic& finding = findings.error(
                "E261", fmt::format("two containers are saved as \"{}\"", *target), word);
            finding.related = known->second->position;
            finding.related_message = "first defined here";
        }
    }
    check_nesting(targets, findings);
}

} // namespace imgbuild::description
