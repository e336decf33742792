// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "cli/info_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace imgbuild::cli {

namespace {

using description::NamedItem;
using description::Request;

constexpr std::size_t width = 78;

/// A line "  name   value"; none without a value.
std::string field(std::string_view name, const std::string& value) {
    return value.empty() ? "" : fmt::format("  {:<14} {}\n", name, base::printable(value));
}

/// Words with commas between them, in lines behind four blanks.
std::string list(const std::vector<std::string>& words) {
    std::string text;
    std::string line;
    for (const std::string& word : words) {
        const std::string item = base::printable(word) + (&word == &words.back() ? "" : ",");
        if (!line.empty() && 4 + line.size() + 1 + item.size() > width) {
            text += "    " + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + item;
    }
    return line.empty() ? text : text + "    " + line + "\n";
}

/// The lines under a title, if there are any.
std::string section(std::string_view title, const std::string& lines) {
    return lines.empty() ? "" : fmt::format("\n{}\n{}", title, lines);
}

std::string head(const Info& info) {
    const Request& request = info.overview.request;
    std::vector<std::string> types;
    bool is_chosen_there = false;
    for (const auto& type : info.overview.types) {
        is_chosen_there = is_chosen_there || type.is_chosen;
        types.push_back(type.image + (type.is_chosen ? " (selected)" : ""));
    }
    if (!is_chosen_there && !request.type.empty()) {
        types.push_back(request.type + " (selected by --type)");
    }
    std::string text = base::printable(
        fmt::format("{} {} for {}", request.name, request.version, request.architecture));
    text += "\n" + field("description", request.file) + field("what", request.specification) +
            field("author", request.author) + field("contact", request.contact) +
            field("types", base::join(types, ", ")) +
            field("packagemanager", request.package_manager) + field("locale", request.locale) +
            field("keytable", request.keytable) + field("timezone", request.timezone) +
            field("derived from", request.derived_from);
    std::string profiles;
    for (const auto& profile : info.overview.profiles) {
        profiles += base::printable(fmt::format(
                        "  {} {}: {}",
                        profile.is_selected ? "*" : " ",
                        profile.profile.name,
                        profile.profile.description)) +
                    "\n";
    }
    return text + section("Profiles (* selected)", profiles);
}

std::string repositories(const Info& info) {
    std::string text;
    for (std::size_t i = 0; i < info.places.size(); ++i) {
        const description::Repository& repository = info.overview.request.repositories[i];
        const RepositoryPlace& place = info.places[i];
        std::vector<std::string> words = {repository.distribution};
        words.insert(words.end(), repository.components.begin(), repository.components.end());
        std::string line = fmt::format(
            "  {}: {} {}",
            repository.alias,
            place.problem.empty() ? place.url : place.problem,
            base::join(words, " "));
        line =
            std::string(base::trim(line)) + (place.origin.empty() ? "" : " (" + place.origin + ")");
        line += repository.image_only      ? ", of the image only"
                : repository.image_include ? ", kept by the image"
                                           : "";
        text += "  " + base::printable(line) + "\n";
    }
    return section("Repositories", text);
}

std::vector<std::string> names_of(const std::vector<NamedItem>& items) {
    std::vector<std::string> names;
    for (const NamedItem& item : items) {
        names.push_back(item.name);
    }
    return names;
}

std::string packages(const Info& info) {
    std::string text;
    for (const auto& group : info.overview.packages) {
        text += fmt::format(
            "  {}{}{}{}\n",
            group.type,
            group.profiles.empty() ? "" : ", profiles " + base::join(group.profiles, ","),
            group.position.line == 0 ? "" : fmt::format(" (line {})", group.position.line),
            group.takes_part ? "" : ": left out, it is for another type");
        text += list(names_of(group.packages));
        if (!group.ignored.empty()) {
            text += "   not installed even if recommended:\n" + list(names_of(group.ignored));
        }
    }
    return section("Packages", text);
}

std::string archives_and_files(const Request& request) {
    std::string text;
    for (const auto* const archives : {&request.bootstrap_archives, &request.image_archives}) {
        for (const description::Archive& archive : *archives) {
            text += "  " +
                    base::printable(fmt::format(
                        "{} into {}",
                        archive.name,
                        archive.target_directory.empty() ? "/" : archive.target_directory)) +
                    "\n";
        }
    }
    for (const auto* const files : {&request.bootstrap_files, &request.image_files}) {
        for (const description::FileItem& file : *files) {
            text +=
                "  " +
                base::printable(fmt::format(
                    "{} as {}", file.name, file.target.empty() ? "/" + file.name : file.target)) +
                "\n";
        }
    }
    return section("Archives and files", text);
}

std::string containers(const Request& request) {
    std::string text;
    for (const description::Container& container : request.containers) {
        text += "  " +
                base::printable(
                    container.name +
                    (container.save_as.empty() ? "" : ", saved as " + container.save_as) +
                    (container.preload ? ", preloaded" : "")) +
                "\n";
    }
    return section("Containers", text);
}

std::string users(const Request& request) {
    std::string text;
    for (const description::User& user : request.users) {
        text += "  " +
                base::printable(
                    user.name + (user.id ? fmt::format(" ({})", *user.id) : "") +
                    (user.groups.empty() ? "" : ", groups " + base::join(user.groups, ",")) +
                    (user.home.empty() ? "" : ", home " + user.home) +
                    (user.shell.empty() ? "" : ", shell " + user.shell)) +
                "\n";
    }
    return section("Users", text);
}

std::string resolved(const package::Resolution& resolution) {
    std::string text;
    for (const package::ResolvedPackage& package : resolution.packages) {
        text += fmt::format(
            "  {} {} {} {}\n",
            package.name,
            package.version,
            package.architecture,
            package.automatic ? "(needed by others)" : "(wanted)");
    }
    return section(fmt::format("{} packages in all", resolution.packages.size()), text);
}

} // namespace

std::string info_as_text(const Info& info) {
    const Request& request = info.overview.request;
    return head(info) + repositories(info) + packages(info) + archives_and_files(request) +
           containers(request) + section("Scripts", list(info.overview.scripts)) +
           section("Trees that are copied over the image", list(info.overview.trees)) +
           users(request) + (info.resolution ? resolved(*info.resolution) : "");
}

} // namespace imgbuild::cli
