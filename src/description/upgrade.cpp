// SPDX-License-Identifier: Apache-2.0
#include "description/upgrade.hpp"

#include "base/diagnostic.hpp"
#include "base/text.hpp"
#include "description/reading.hpp"
#include "description/words.hpp"
#include "xml/transform.hpp"
#include "xslt/upgrade_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgbuild::description {

namespace {

/// Major and minor number: all versions that there are order as decimal fractions do.
std::optional<double> version_number(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (error != std::errc() || stop != end || text.front() == '-') {
        return std::nullopt;
    }
    return number;
}

/// The versions that are upgraded.
std::string older_versions() {
    std::vector<std::string> versions;
    for (const xslt::UpgradeStep& step : xslt::upgrade_steps()) {
        versions.emplace_back(step.from);
    }
    return base::join(versions, ", ");
}

[[noreturn]] void refuse(const NamedItem& version, std::string message) {
    throw base::DescriptionError({base::Diagnostic{
        .code = "E200",
        .message = std::move(message),
        .position = version.position,
        .end_column =
            version.name.empty() ? 0 : version.position.column + count_characters(version.name) - 1,
        .hint = fmt::format(
            "imgbuild knows versions {} and {}",
            older_versions(),
            xslt::upgrade_steps().back().to)}});
}

struct CompiledStep {
    double from;
    xml::Stylesheet stylesheet;
};

const std::vector<CompiledStep>& compiled_steps() {
    static const std::vector<CompiledStep> steps = [] {
        std::vector<CompiledStep> compiled;
        for (const xslt::UpgradeStep& step : xslt::upgrade_steps()) {
            compiled.push_back(
                {version_number(step.from).value(),
                 xml::Stylesheet::parse(
                     step.stylesheet, fmt::format("{}-{}.xsl", step.from, step.to))});
        }
        return compiled;
    }();
    return steps;
}

} // namespace

xml::Document upgrade(xml::Document document) {
    const xml::Element root = document.root();
    if (root.name() != "image" || !root.attribute("schemaversion")) {
        return document;
    }
    const NamedItem version = read_word(root, "schemaversion");
    const std::optional<double> number = version_number(version.name);
    const double oldest = version_number(xslt::upgrade_steps().front().from).value();
    const double newest = version_number(xslt::upgrade_steps().back().to).value();
    if (!number) {
        refuse(version, fmt::format("\"{}\" is no schema version", base::printable(version.name)));
    }
    if (*number < oldest) {
        refuse(version, fmt::format("schema version {} is too old to be upgraded", version.name));
    }
    if (*number > newest) {
        refuse(
            version,
            fmt::format("schema version {} is newer than this version of imgbuild", version.name));
    }
    if (*number == newest) {
        return document;
    }
    std::vector<const xml::Stylesheet*> stylesheets;
    for (const CompiledStep& step : compiled_steps()) {
        // What lies between two versions was never released; kiwi takes it as the older one's end.
        if (*number <= step.from) {
            stylesheets.push_back(&step.stylesheet);
        }
    }
    return xml::transform(document, stylesheets);
}

std::vector<base::Diagnostic> validate_current(const xml::Document& document) {
    std::vector<base::Diagnostic> found = current_schema().validate(document);
    if (document.root().attribute("schemaversion")) {
        return found;
    }
    // The schema knows one version only; what is said here must not turn an old document into a wrong one.
    const auto missing = std::find_if(found.begin(), found.end(), [](const base::Diagnostic& one) {
        return one.message == "<image> lacks the attribute schemaversion";
    });
    if (missing != found.end()) {
        missing->hint = fmt::format(
            "add schemaversion=\"{}\", or the version that it was written for ({})",
            xslt::upgrade_steps().back().to,
            older_versions());
    }
    return found;
}

namespace {

/// Each container gets what its section says, so that a long value and many containers make far more
/// of the document than was written.
void check_containers_size(const xml::Document& document) {
    constexpr std::size_t most_bytes = std::size_t{16} << 20U;
    std::size_t bytes = 0;
    for (const xml::Element& section : document.root().children("containers")) {
        const std::size_t said =
            read_text(section, "source").size() + read_text(section, "arch").size();
        bytes += said * section.children().size();
        if (bytes > most_bytes) {
            throw base::DescriptionError({base::Diagnostic{
                .code = "E127",
                .message = "the containers take too much work to upgrade",
                .position = section.position(),
                .hint = "look for an attribute of <containers> that is far longer than any real "
                        "one"}});
        }
    }
}

} // namespace

xml::Document canonical(xml::Document document) {
    if (document.root().children("containers").empty()) {
        return document;
    }
    check_containers_size(document);
    static const xml::Stylesheet stylesheet =
        xml::Stylesheet::parse(xslt::containers_step(), "containers.xsl");
    return xml::transform(document, {&stylesheet});
}

} // namespace imgbuild::description
