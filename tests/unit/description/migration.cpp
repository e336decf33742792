// SPDX-License-Identifier: Apache-2.0
#include "description/migration.hpp"

#include "base/error.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;

namespace {

std::string migrated(const std::string& text) {
    const auto files = migrate("/nonexistent/f.xml", [&](const std::string&) { return text; });
    REQUIRE(files.size() == 1);
    CHECK(files[0].before == text);
    return files[0].after;
}

std::string utf16(const std::string& ascii) {
    std::string text = "\xFE\xFF";
    for (const char c : ascii) {
        text += '\0';
        text += c;
    }
    return text;
}

/// A valid document with blanks and quotes of its user's taste.
std::string styled(const std::string& version, const std::string& rest) {
    return "<?xml version='1.0'?>\r\n"
           "<!DOCTYPE image [<!ENTITY me 'A &amp; B'>\n"
           "<!ENTITY old \"<repository type='rpm-dir'><source path='p'/></repository>\"> ]>\n"
           "<!-- first --><?pi a=\"b\"?>\n"
           "<image  name = 'n'\tschemaversion='" +
           version +
           "'\n   displayname=\"&me;&#x20;x\" >\n"
           "<description type='system'><author>&me;</author><contact/><specification/>"
           "</description>\n" +
           rest + "\n\n</image><!-- last -->\n\n";
}

} // namespace

TEST_CASE("what is current stays as it is, byte for byte") {
    const std::string text = styled("8.5", "<preferences ><version>1</version></preferences>");
    CHECK(migrated(text) == text);
}

TEST_CASE("only what must change changes") {
    CHECK(
        migrated(styled(
            "7.4",
            "<preferences>\n"
            "  <!-- console='no' --><packagemanager ><!-- c -->dnf</packagemanager >\n"
            "  <type image='oem'   vga='1' btrfs_root_is_snapshot = '1' kernelcmdline='a>b &me;'>\n"
            "    <containerconfig additionaltags=\"1,2\" name='n'/>\n"
            "    <bootloader\n\tconsole = 'serial serial'\n\tname='grub2' ></bootloader>\n"
            "  </type></preferences>\n"
            "<repository use_for_bootstrap='true'\n  type='rpm-dir'><source path='ä'/>"
            "</repository>")) ==
        styled(
            "8.5",
            "<preferences>\n"
            "  <!-- console='no' --><packagemanager ><!-- c -->dnf4</packagemanager >\n"
            "  <type image='oem' btrfs_root_is_snapper_snapshot = '1' kernelcmdline='a>b &me;'>\n"
            "    <containerconfig additionalnames=\":1,:2\" name='n'/>\n"
            "    <bootloader\n\toutput_console = 'serial' input_console=\"serial\"\n\tname='grub2' "
            "></bootloader>\n"
            "  </type></preferences>\n"
            "<repository><source path='ä'/></repository>"));
}

TEST_CASE("containers sections are rewritten where they stand") {
    CHECK(
        migrated(styled(
            "8.5",
            "<preferences/>\n"
            "<containers backend='podman' source='r'><!-- a -->\n"
            "  <container path='q' name='a'/><container name='b' fetch_only='1' arch='ppc'/>\n"
            "</containers>\n"
            "<containers arch='ppc' backend='docker' source='r' profiles='p'>\n"
            "  <container arch='s390' name='c'/>\n"
            "  <container name='d' tag='&me;'></container>\n"
            "</containers>")) ==
        styled(
            "8.5",
            "<preferences/>\n"
            "<packages type=\"image\"><!-- a -->\n"
            "  <container name='docker://r/q/a:latest' preload=\"true\" backend=\"podman\"/>"
            "<container name='docker://r/b:latest' save_as='/var/tmp/kiwi_containers/b_latest' "
            "arch='ppc'/>\n"
            "</packages>\n"
            "<packages type=\"image\" profiles='p'>\n"
            "  <container name='docker://r/d:A &amp; B' preload=\"true\" backend=\"docker\" "
            "arch=\"ppc\"></container>\n"
            "</packages>"));
}

TEST_CASE("the encoding stays what it was") {
    const std::string old_text = "<image name='n' schemaversion='8.4'><description type='system'>"
                                 "<author/><contact/><specification/></description>"
                                 "<preferences><type image='oem' vga='1'/></preferences></image>";
    std::string new_text = old_text;
    new_text.replace(new_text.find("8.4"), 3, "8.5");
    new_text.erase(new_text.find(" vga='1'"), 8);
    CHECK(migrated(old_text) == new_text);
    CHECK(migrated("\xEF\xBB\xBF" + old_text) == "\xEF\xBB\xBF" + new_text);
    CHECK(migrated(utf16(old_text)) == utf16(new_text));
    const std::string latin = "<?xml version='1.0' encoding='ISO-8859-1'?><!-- \xE4 -->";
    CHECK(migrated(latin + old_text) == latin + new_text);
}

TEST_CASE("an entity that must change can't be rewritten") {
    try {
        migrated(styled("8.0", "<preferences/>\n &old;"));
        FAIL("rewritten");
    } catch (const base::DescriptionError& error) {
        CHECK(
            render(error.diagnostics()) ==
            "9:2 error E123: <repository> must change, but it comes from an entity of the "
            "DOCTYPE\n  hint: write the element here instead of the entity\n");
    }
    CHECK(migrated(styled("8.1", "<preferences/>")) == styled("8.5", "<preferences/>"));
}

TEST_CASE("an invalid description is not rewritten") {
    CHECK_THROWS_AS(migrated(styled("7.4", "<preferences/><packages/>")), base::DescriptionError);
}
