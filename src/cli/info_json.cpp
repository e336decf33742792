// SPDX-License-Identifier: Apache-2.0
#include "cli/info_output.hpp"
#include "json/json.hpp"

namespace imgbuild::cli {

namespace {

using description::Request;
using json::Value;

Value names_with_lines(const std::vector<description::NamedItem>& items) {
    Value list = Value::array();
    for (const description::NamedItem& item : items) {
        list.push_back({{"name", item.name}, {"line", item.position.line}});
    }
    return list;
}

Value types(const Info& info) {
    Value list = Value::array();
    for (const auto& type : info.overview.types) {
        list.push_back(
            {{"image", type.image}, {"selected", type.is_chosen}, {"line", type.position.line}});
    }
    return list;
}

Value profiles(const Info& info) {
    Value list = Value::array();
    for (const auto& profile : info.overview.profiles) {
        list.push_back(
            {{"name", profile.profile.name},
             {"description", profile.profile.description},
             {"selected", profile.is_selected}});
    }
    return list;
}

Value repositories(const Info& info) {
    Value list = Value::array();
    for (std::size_t i = 0; i < info.places.size(); ++i) {
        const description::Repository& repository = info.overview.request.repositories[i];
        const RepositoryPlace& place = info.places[i];
        Value value = {
            {"alias", repository.alias},
            {"path", repository.path},
            {"type", repository.type},
            {"url", place.url},
            {"from", place.origin},
            {"distribution", repository.distribution},
            {"components", repository.components},
            {"image_include", repository.image_include},
            {"image_only", repository.image_only},
            {"line", repository.position.line}};
        if (!place.problem.empty()) {
            value["problem"] = place.problem;
        }
        list.push_back(std::move(value));
    }
    return list;
}

Value packages(const Info& info) {
    Value list = Value::array();
    for (const auto& group : info.overview.packages) {
        list.push_back(
            {{"section", group.type},
             {"profiles", group.profiles},
             {"line", group.position.line},
             {"takes_part", group.takes_part},
             {"packages", names_with_lines(group.packages)},
             {"ignored", names_with_lines(group.ignored)}});
    }
    return list;
}

Value archives(const Request& request) {
    Value list = Value::array();
    for (const auto* const all : {&request.bootstrap_archives, &request.image_archives}) {
        for (const description::Archive& archive : *all) {
            list.push_back({{"name", archive.name}, {"target_dir", archive.target_directory}});
        }
    }
    return list;
}

Value files(const Request& request) {
    Value list = Value::array();
    for (const auto* const all : {&request.bootstrap_files, &request.image_files}) {
        for (const description::FileItem& file : *all) {
            list.push_back(
                {{"name", file.name},
                 {"target", file.target},
                 {"owner", file.owner},
                 {"permissions", file.permissions}});
        }
    }
    return list;
}

Value containers(const Request& request) {
    Value list = Value::array();
    for (const description::Container& container : request.containers) {
        list.push_back(
            {{"name", container.name},
             {"save_as", container.save_as},
             {"preload", container.preload}});
    }
    return list;
}

/// Without passwords.
Value users(const Request& request) {
    Value list = Value::array();
    for (const description::User& user : request.users) {
        Value value = {
            {"name", user.name},
            {"groups", user.groups},
            {"home", user.home},
            {"shell", user.shell}};
        if (user.id) {
            value["id"] = *user.id;
        }
        list.push_back(std::move(value));
    }
    return list;
}

Value resolved(const Info& info) {
    Value list = Value::array();
    for (const package::ResolvedPackage& package : info.resolution->packages) {
        list.push_back(
            {{"name", package.name},
             {"version", package.version},
             {"arch", package.architecture},
             {"size", package.size},
             {"digest", package.digest.hex()},
             {"repository", info.sources.at(package.source)},
             {"wanted", !package.automatic}});
    }
    return list;
}

} // namespace

std::string info_as_json(const Info& info) {
    const Request& request = info.overview.request;
    Value document = {
        {"description", request.file},
        {"name", request.name},
        {"version", request.version},
        {"arch", request.architecture},
        {"type", request.type},
        {"package_manager", request.package_manager}};
    document["types"] = types(info);
    document["profiles"] = profiles(info);
    document["repositories"] = repositories(info);
    document["packages"] = packages(info);
    document["archives"] = archives(request);
    document["files"] = files(request);
    document["containers"] = containers(request);
    document["scripts"] = info.overview.scripts;
    document["trees"] = info.overview.trees;
    document["users"] = users(request);
    if (info.resolution) {
        document["resolved_packages"] = resolved(info);
    }
    return json::dump(document);
}

} // namespace imgbuild::cli
