// SPDX-License-Identifier: Apache-2.0
#include "description/upgrade.hpp"

#include "description/description.hpp"
#include "support.hpp"
#include "xml/transform.hpp"
#include "xslt/upgrade_steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace imgbuild;
using namespace imgbuild::description;
using namespace imgbuild::description::test;

namespace {

/// "name a='1' b='2'(child 'text')…": enough to compare small trees.
std::string outline(const xml::Element& element) {
    std::string text(element.name());
    for (const xml::Attribute& attribute : element.attributes()) {
        text += " " + attribute.name + "='" + attribute.value + "'";
    }
    if (!element.text().empty()) {
        text += " '" + element.text() + "'";
    }
    for (const xml::Element& child : element.children()) {
        text += " (" + outline(child) + ")";
    }
    return text;
}

/// What one step makes of a document.
std::string after_step(const std::string& from, const std::string& text) {
    const auto& steps = xslt::upgrade_steps();
    const auto step = std::find_if(
        steps.begin(), steps.end(), [&](const auto& candidate) { return candidate.from == from; });
    REQUIRE(step != steps.end());
    const auto stylesheet = xml::Stylesheet::parse(step->stylesheet, from);
    return outline(xml::transform(xml::Document::parse(text, "f"), {&stylesheet}).root());
}

std::string after_all(const std::string& text) {
    return outline(upgrade(xml::Document::parse(text, "f")).root());
}

std::string canonical_outline(const std::string& text) {
    return outline(canonical(xml::Document::parse(text, "f")).root());
}

/// Everything that an upgrade changes, as it was in 7.4.
const std::string old_document = "<image name='a' schemaversion='7.4'>\n"
                                 "<preferences><packagemanager>dnf</packagemanager>\n"
                                 "<type image='docker' vga='0x317' btrfs_root_is_snapshot='true'>\n"
                                 "<containerconfig name='n' additionaltags='1,2'/>\n"
                                 "<bootloader console='serial gfxterm' name='grub2'/>\n"
                                 "</type></preferences>\n"
                                 "<repository type='rpm-dir' alias='r' "
                                 "use_for_bootstrap='true'><source path='p'/></repository>\n"
                                 "</image>";

std::string refusal(const std::string& version) {
    try {
        upgrade(xml::Document::parse("<image schemaversion='" + version + "'/>", "f"));
    } catch (const base::DescriptionError& error) {
        return render(error.diagnostics());
    }
    return "none";
}

/// All that is wrong with a text, as `validate` says it.
std::string errors_of(const std::string& text, const std::string& file = "f.xml") {
    try {
        Description::parse(text, file);
    } catch (const base::DescriptionError& error) {
        return render(error.diagnostics());
    }
    return "";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

} // namespace

TEST_CASE("each step leads to the version that the next one begins with") {
    const auto& steps = xslt::upgrade_steps();
    REQUIRE(steps.size() == 8);
    CHECK(steps.front().from == "7.4");
    CHECK(steps.back().to == "8.5");
    for (std::size_t i = 1; i < steps.size(); ++i) {
        CHECK(steps[i].from == steps[i - 1].to);
    }
    for (const auto& step : steps) {
        const std::string to(step.to);
        CHECK(
            after_step(
                std::string(step.from), "<image name='a' schemaversion='x'><b c='d'/></image>") ==
            "image name='a' schemaversion='" + to + "' (b c='d')");
    }
}

TEST_CASE("7.4: additional tags become names with a colon") {
    const auto step = [](const std::string& attributes) {
        return after_step(
            "7.4",
            "<image schemaversion='7.4'><preferences><type><containerconfig " + attributes +
                "/></type></preferences></image>");
    };
    const std::string before = "image schemaversion='7.5' (preferences (type (containerconfig ";
    CHECK(step("additionaltags='a'") == before + "additionalnames=':a')))");
    CHECK(
        step("name='n' additionaltags='a,b,,c' tag='t'") ==
        before + "name='n' tag='t' additionalnames=':a,:b,:,:c')))");
    CHECK(step("additionaltags=''") == before + "additionalnames=':')))");
    CHECK(step("name='n'") == before + "name='n')))");
}

TEST_CASE("7.5: dnf becomes dnf4, nothing else does") {
    const auto step = [](const std::string& text) {
        return after_step(
            "7.5",
            "<image schemaversion='7.5'><preferences><packagemanager>" + text +
                "</packagemanager></preferences></image>");
    };
    const std::string before = "image schemaversion='7.6' (preferences (packagemanager ";
    CHECK(step("dnf") == before + "'dnf4'))");
    CHECK(step("dnf<!-- which? -->") == before + "'dnf4'))");
    CHECK(step("dnf5") == before + "'dnf5'))");
    CHECK(step(" dnf ") == before + "'dnf'))");
}

TEST_CASE("8.0 and 8.1: repositories lose what has no meaning any more") {
    CHECK(
        after_step(
            "8.0",
            "<image schemaversion='8.0'><repository type='rpm-dir' alias='a'><source/></repository>"
            "<repository type='rpm-md'/></image>") ==
        "image schemaversion='8.1' (repository alias='a' (source)) (repository type='rpm-md')");
    CHECK(
        after_step(
            "8.1",
            "<image schemaversion='8.1'><repository use_for_bootstrap='1' alias='a'/></image>") ==
        "image schemaversion='8.2' (repository alias='a')");
}

TEST_CASE("8.2: the name of a btrfs attribute") {
    CHECK(
        after_step(
            "8.2",
            "<image schemaversion='8.2'><preferences><type btrfs_root_is_snapshot='true' "
            "image='oem'><size/></type></preferences></image>") ==
        "image schemaversion='8.3' (preferences (type image='oem' "
        "btrfs_root_is_snapper_snapshot='true' (size)))");
}

TEST_CASE("8.3: one console becomes two") {
    const auto step = [](const std::string& attributes) {
        return after_step(
            "8.3",
            "<image schemaversion='8.3'><preferences><type><bootloader " + attributes +
                "/></type></preferences></image>");
    };
    const std::string before = "image schemaversion='8.4' (preferences (type (bootloader ";
    CHECK(step("console='serial'") == before + "output_console='serial')))");
    CHECK(
        step("console='serial gfxterm' name='grub2'") ==
        before + "name='grub2' output_console='serial' input_console='gfxterm')))");
    CHECK(step("console='a b c'") == before + "output_console='a' input_console='b c')))");
    CHECK(step("name='grub2'") == before + "name='grub2')))");
}

TEST_CASE("8.4: the vga mode goes") {
    CHECK(
        after_step(
            "8.4",
            "<image schemaversion='8.4'><preferences><type vga='1' image='oem'/></preferences>"
            "</image>") == "image schemaversion='8.5' (preferences (type image='oem'))");
}

TEST_CASE("the steps are chained from the version that the document states") {
    const std::string expected =
        "image name='a' schemaversion='8.5' (preferences (packagemanager 'dnf4') (type "
        "image='docker' btrfs_root_is_snapper_snapshot='true' (containerconfig name='n' "
        "additionalnames=':1,:2') (bootloader name='grub2' output_console='serial' "
        "input_console='gfxterm'))) (repository alias='r' (source path='p'))";
    CHECK(after_all(old_document) == expected);
    CHECK(after_all(replaced(old_document, "7.4", " 7.4 ")) == expected);
    CHECK(
        after_all(replaced(old_document, "7.4", "8.4")) ==
        "image name='a' schemaversion='8.5' (preferences (packagemanager 'dnf') (type "
        "image='docker' btrfs_root_is_snapshot='true' (containerconfig name='n' "
        "additionaltags='1,2') (bootloader console='serial gfxterm' name='grub2'))) (repository "
        "type='rpm-dir' alias='r' use_for_bootstrap='true' (source path='p'))");
    CHECK(
        after_all(replaced(old_document, "7.4", "8.5")) ==
        outline(xml::Document::parse(replaced(old_document, "7.4", "8.5"), "f").root()));
}

TEST_CASE("other versions are refused") {
    const std::string known =
        "\n  hint: imgbuild knows versions 7.4, 7.5, 7.6, 8.0, 8.1, 8.2, 8.3, 8.4 and 8.5\n";
    CHECK(
        refusal("7.3") ==
        "1:23-25 error E200: schema version 7.3 is too old to be upgraded" + known);
    CHECK(
        refusal("8.6") ==
        "1:23-25 error E200: schema version 8.6 is newer than this version of imgbuild" + known);
    CHECK(
        refusal("10") ==
        "1:23-24 error E200: schema version 10 is newer than this version of imgbuild" + known);
    CHECK(refusal("") == "1:23 error E200: \"\" is no schema version" + known);
    CHECK(refusal("8.x") == "1:23-25 error E200: \"8.x\" is no schema version" + known);
    CHECK(refusal("-8") == "1:23-24 error E200: \"-8\" is no schema version" + known);
    CHECK(refusal("8.0") == "none");
}

TEST_CASE("messages name the user's lines after all steps") {
    const std::string text =
        "<image name=\"a\" schemaversion=\"7.4\">\n"
        "\t<description type=\"system\"><author/><contact/><specification/></description>\n"
        "\t<preferences>\n"
        "\t\t<packagemanager>dnf</packagemanager>\n"
        "\t\t<type image=\"docker\" vga=\"1\" btrfs_root_is_snapshot=\"ja\">\n"
        "\t\t\t<containerconfig additionaltags=\"ü\" nam=\"x\" name=\"y\"/>\n"
        "\t\t\t<bootloader name=\"grub2\" console=\"serial monitor\" timeout=\"soon\"/>\n"
        "\t\t</type>\n"
        "\t</preferences>\n"
        "\t<repository type=\"rpm-dir\"/>\n"
        "</image>\n";
    const std::string expected =
        "5:56-57 error E105: \"ja\" is no value for the attribute "
        "btrfs_root_is_snapper_snapshot of <type>\n"
        "  hint: it must be true or false\n"
        "  5:32: btrfs_root_is_snapshot is what btrfs_root_is_snapper_snapshot was called before\n"
        "6:40-42 error E102: unknown attribute nam of <containerconfig>\n"
        "  hint: here may stand tag, maintainer, user or workingdir\n"
        "7:38-51 error E105: \"monitor\" is no value for the attribute input_console of "
        "<bootloader>\n"
        "  hint: \"monitor\" may be none, console, serial, at_keyboard or usb_keyboard\n"
        "  7:29: console is what input_console was called before\n"
        "7:63-66 error E105: \"soon\" is no value for the attribute timeout of <bootloader>\n"
        "  hint: it must be a whole number, 0 or more\n"
        "10:2-12 error E103: <repository> lacks <source>\n"
        "  hint: add <source> inside it\n";
    const std::string said = errors_of(text);
    CHECK(said == expected);
    CHECK(errors_of("\xEF\xBB\xBF" + text) == said);
    CHECK(errors_of(replaced(text, "\n", "\r\n")) == said);
    std::string utf16 = "\xFF\xFE";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_umlaut = static_cast<unsigned char>(text[i]) == 0xC3;
        utf16 += is_umlaut ? static_cast<char>(0xFC) : text[i];
        utf16 += '\0';
        i += is_umlaut ? 1 : 0;
    }
    CHECK(errors_of(utf16) == said);
}

TEST_CASE("lines beyond 65,535 survive the upgrade, too") {
    std::string text = replaced(document("<packages type=\"image\">"), "8.5", "7.4");
    text.erase(text.rfind("</image>"));
    const auto lines = std::count(text.begin(), text.end(), '\n');
    text += std::string(static_cast<std::size_t>(70000 - lines), '\n');
    text += "<package name=\"p\" arc=\"x86_64\"/></packages></image>";
    CHECK(
        errors_of(text) ==
        "70001:19-21 error E102: unknown attribute arc of <package>\n"
        "  hint: did you mean arch? here may stand arch, bootdelete or bootinclude\n");
}

TEST_CASE("containers sections become packages") {
    CHECK(
        canonical_outline(
            "<image><containers source='r' backend='docker' profiles='p' arch='x86_64,arm64'>"
            "<container name='a' path='b/c' tag='1' fetch_only='true' arch='amd64,aarch64'/>"
            "<container name='d/e'/>"
            "<container name='f' tag='' fetch_only='false' arch='s390x,x86_64'/>"
            "<container name='left-out' arch='s390x'/>"
            "</containers><packages/></image>") ==
        "image (packages type='image' profiles='p'"
        " (container name='docker://r/b/c/a:1' save_as='/var/tmp/kiwi_containers/a_1' "
        "arch='amd64,aarch64')"
        " (container name='docker://r/d/e:latest' preload='true' backend='docker' "
        "arch='x86_64,arm64')"
        " (container name='docker://r/f:latest' preload='true' backend='docker' arch='x86_64'))"
        " (packages)");
    CHECK(
        canonical_outline(
            "<image><containers source='r' backend='podman'><container name='a' arch='s390x'/>"
            "<container name='b' fetch_only=' 1 '/></containers></image>") ==
        "image (packages type='image'"
        " (container name='docker://r/a:latest' preload='true' backend='podman' arch='s390x')"
        " (container name='docker://r/b:latest' save_as='/var/tmp/kiwi_containers/b_latest'))");
}

TEST_CASE("saved containers of one name have their path in the file's name") {
    CHECK(
        canonical_outline("<image><containers source='r' backend='podman'>"
                          "<container name='a' path='p/q' tag='latest' fetch_only='true'/>"
                          "<container name='a' path='s' fetch_only='1'/>"
                          "<container name='a' fetch_only='true'/>"
                          "<container name='a' path='s' tag='2' fetch_only='true'/>"
                          "<container name='a' path='t' tag='2'/>"
                          "<container name='b' path='p' fetch_only='true' arch='x86_64'/>"
                          "<container name='b' path='s' fetch_only='true' arch='aarch64'/>"
                          "</containers></image>") ==
        "image (packages type='image'"
        " (container name='docker://r/p/q/a:latest' "
        "save_as='/var/tmp/kiwi_containers/p_q_a_latest')"
        " (container name='docker://r/s/a:latest' save_as='/var/tmp/kiwi_containers/s_a_latest')"
        " (container name='docker://r/a:latest' save_as='/var/tmp/kiwi_containers/a_latest')"
        " (container name='docker://r/s/a:2' save_as='/var/tmp/kiwi_containers/a_2')"
        " (container name='docker://r/t/a:2' preload='true' backend='podman')"
        " (container name='docker://r/p/b:latest' save_as='/var/tmp/kiwi_containers/b_latest' "
        "arch='x86_64')"
        " (container name='docker://r/s/b:latest' save_as='/var/tmp/kiwi_containers/b_latest' "
        "arch='aarch64'))");
}

TEST_CASE("what a container came from is known") {
    const xml::Document document = canonical(xml::Document::parse(
        "<image>\n<containers\n source='r'\n backend='docker'>\n<container name='a'/>\n"
        "</containers></image>",
        "f"));
    const xml::Element container = document.root().children()[0].children()[0];
    CHECK(container.position() == base::Position{"f", 5, 1});
    CHECK(container.attribute_position("name") == base::Position{"f", 5, 12});
    CHECK(container.attribute_position("backend") == base::Position{"f", 4, 2});
    CHECK(container.attribute_position("preload") == base::Position{"f", 5, 1});
}

TEST_CASE("the namespaces of the upgrade can't be used by a document") {
    CHECK(
        errors_of("<image schemaversion='7.4'\n xmlns:x='urn:imgbuild:origin'>\n"
                  "<a x:b='1/c'/></image>") ==
        "3:1 error E126: the namespace urn:imgbuild:origin is imgbuild's own\n"
        "  hint: remove the attribute x:b\n");
}

TEST_CASE("an upgrade that would take too long is refused") {
    const std::string text = "<image schemaversion='7.4'><preferences><type><containerconfig "
                             "additionaltags='" +
                             std::string(1'000'000, ',') + "'/></type></preferences></image>";
    CHECK(
        errors_of(text) == "f.xml error E127: the description takes too much work to upgrade\n"
                           "  hint: look for an attribute that is far longer than any real one\n");
}

TEST_CASE("containers can't make a document far larger than it is") {
    std::string architectures = "x86_64";
    while (architectures.size() < 20'000) {
        architectures += ",x86_64";
    }
    std::string text =
        "<image>\n<containers source='r' backend='podman' arch='" + architectures + "'>";
    for (int i = 0; i < 1000; ++i) {
        text += "<container name='a'/>";
    }
    try {
        (void)canonical(xml::Document::parse(text + "</containers></image>", "f"));
        FAIL("accepted");
    } catch (const base::DescriptionError& error) {
        CHECK(
            test::render(error.diagnostics()) ==
            "2:1 error E127: the containers take too much work to upgrade\n"
            "  hint: look for an attribute of <containers> that is far longer than any real one\n");
    }
}
