// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * What is read of real descriptions (corpus.hpp). To accept what is read now, run the test with
 * IMGBUILD_ACCEPT=1 and read the difference.
 */
#include "corpus.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "description/description.hpp"
#include "description/migration.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace imgbuild;
using namespace imgbuild::description;

namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string line(const std::string& kind, const std::vector<std::string>& names) {
    return names.empty()
               ? ""
               : kind + " " + std::to_string(names.size()) + ": " + base::join(names, " ") + "\n";
}

/// Everything that a build could be made of, each kind in the order of the file.
std::string summary(const Model& model) {
    std::vector<std::string> profiles;
    std::vector<std::string> types;
    std::vector<std::string> repositories;
    std::vector<std::string> users;
    std::vector<std::string> packages;
    std::vector<std::string> archives;
    for (const ProfileSection& profile : model.profiles) {
        profiles.push_back(profile.name);
    }
    for (const PreferencesSection& section : model.preferences) {
        for (const TypeSection& type : section.types) {
            types.push_back(type.image.name);
        }
    }
    for (const RepositorySection& section : model.repositories) {
        repositories.push_back(section.repository.path);
    }
    for (const UsersSection& section : model.users) {
        for (const User& user : section.users) {
            users.push_back(user.name);
        }
    }
    for (const PackagesSection& section : model.packages) {
        for (const auto& package : section.packages) {
            packages.push_back(section.type + "/" + package.item.name);
        }
        for (const auto& archive : section.archives) {
            archives.push_back(section.type + "/" + archive.item.name);
        }
    }
    return "name: " + model.name + "\n" + line("profiles", profiles) + line("types", types) +
           line("repositories", repositories) + line("users", users) + line("packages", packages) +
           line("archives", archives);
}

} // namespace

TEST_CASE("real descriptions are valid, and all that is in them is read") {
    const std::vector<std::string> paths = test::corpus();
    if (paths.empty()) {
        MESSAGE("no corpus of kiwi descriptions here; set IMGBUILD_KIWI_CORPUS");
        return;
    }
    CHECK(paths.size() == 42);
    for (const std::string& path : paths) {
        CAPTURE(path);
        const std::string found = summary(Description::load(path).model());
        const std::string expected = environment("IMGBUILD_TEST_DATA") + "/description/corpus/" +
                                     std::filesystem::path(path).stem().string() + ".txt";
        if (!environment("IMGBUILD_ACCEPT").empty()) {
            base::replace_file(expected, found);
        }
        CHECK(found == base::read_file(expected));
    }
}

TEST_CASE("real descriptions say the same when they are migrated") {
    for (const std::string& path : test::corpus()) {
        CAPTURE(path);
        const std::vector<MigratedFile> files = migrate(path);
        REQUIRE(files.size() == 1);
        CHECK(files[0].after.find("schemaversion=\"8.5\"") != std::string::npos);
        const Model now = Description::parse(files[0].after, path).model();
        CHECK(summary(now) == summary(Description::load(path).model()));
        const auto again = migrate(path, [&](const std::string&) { return files[0].after; });
        CHECK(again[0].after == files[0].after);
    }
}
