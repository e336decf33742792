// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"
#include "findings_of.hpp"
#include "schema/imgbuild_schema.hpp"
#include "xml/schema.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace imgbuild;

namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    REQUIRE_MESSAGE(value != nullptr, "run this by \"meson test\": it sets " << std::string(name));
    return value;
}

std::vector<std::string> documents(const std::string& folder) {
    std::vector<std::string> paths;
    const std::string data = environment("IMGBUILD_TEST_DATA") + "/xml/" + folder;
    for (const auto& entry : std::filesystem::directory_iterator(data)) {
        if (entry.path().extension() == ".xml") {
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

const xml::Schema& language() {
    static const xml::Schema schema = xml::Schema::parse(schema::rng());
    return schema;
}

} // namespace

TEST_CASE("the schema in the program is the one in the repository") {
    const std::string folder = environment("IMGBUILD_SOURCE_ROOT") + "/schema/";
    CHECK(base::read_file(folder + "imgbuild.rng") == schema::rng());
    CHECK(base::read_file(folder + "imgbuild.rnc") == schema::rnc());
}

TEST_CASE("documents that use the whole language are valid") {
    const std::vector<std::string> paths = documents("valid");
    CHECK(paths.size() >= 2);
    for (const std::string& path : paths) {
        CAPTURE(path);
        const xml::Document document = xml::Document::parse(base::read_file(path), path);
        CHECK(test::in_lines(language().validate(document)) == test::Lines{});
    }
}

/// libxml2 tries every subset of optional attributes that the schema joins by ",".
TEST_CASE("many attributes take no longer than few") {
    std::string attributes;
    for (const char* name :
         {"primary",
          "archive",
          "compressed",
          "xen_server",
          "ensure_empty_tmpdirs",
          "bootpartition",
          "eficsm",
          "gpt_hybrid_mbr",
          "force_mbr",
          "target_removable",
          "spare_part_is_last",
          "btrfs_quota_groups",
          "btrfs_root_is_subvolume",
          "btrfs_set_default_volume",
          "overlayroot",
          "embed_verity_metadata",
          "standalone_integrity",
          "luks_randomize",
          "hybridpersistent",
          "mediacheck",
          "installiso",
          "installstick",
          "installpxe",
          "ramonly",
          "delta_root",
          "provide_system_files",
          "require_system_files"}) {
        attributes += std::string(" ") + name + "=\"true\"";
    }
    const std::string text =
        "<image schemaversion=\"8.5\" name=\"a\"><description type=\"system\"><author/><contact/>"
        "<specification/></description><preferences><type image=\"oem\"" +
        attributes + "/></preferences></image>";
    CHECK(language().validate(xml::Document::parse(text, "f")).empty());
}

/// Beside each document lies what is said about it. To accept what is said now, run the test with
/// IMGBUILD_ACCEPT=1 and read the difference.
TEST_CASE("messages about invalid documents, word by word") {
    const std::vector<std::string> paths = documents("invalid");
    CHECK(paths.size() >= 10);
    for (const std::string& path : paths) {
        CAPTURE(path);
        const xml::Document document = xml::Document::parse(base::read_file(path), path);
        std::string said;
        for (const std::string& line : test::in_lines(language().validate(document))) {
            said += line + "\n";
        }
        const std::string expected = path.substr(0, path.size() - 4) + ".txt";
        if (std::getenv("IMGBUILD_ACCEPT") != nullptr) {
            base::replace_file(expected, said);
        }
        CHECK(said == base::read_file(expected));
    }
}
