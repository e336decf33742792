// SPDX-License-Identifier: Apache-2.0
#include "description/description.hpp"

#include "description/checks.hpp"
#include "description/findings.hpp"
#include "description/include.hpp"
#include "description/model_reader.hpp"
#include "description/narrow.hpp"
#include "description/reading.hpp"
#include "description/upgrade.hpp"
#include "xml/document.hpp"

#include <fmt/format.h>

#include <utility>

namespace imgbuild::description {

namespace {

/// Profiles are looked for in each other, so that many take long; the descriptions of whole
/// distributions have some dozens.
constexpr std::size_t most_profiles = 1000;

void check_bounds(const Model& model) {
    if (model.profiles.size() > most_profiles) {
        throw base::DescriptionError({base::Diagnostic{
            .code = "E120",
            .message = fmt::format("the description has more than {} profiles", most_profiles),
            .position = model.profiles[most_profiles].position}});
    }
}

} // namespace

Description Description::load(const std::string& path) {
    const std::string file = find_description_file(path);
    return parse(read_part(file), file);
}

Description Description::parse(std::string text, const std::string& file) {
    xml::Document document = xml::Document::parse(std::move(text), file);
    expand_includes(document, read_part);
    document = upgrade(std::move(document));
    auto diagnostics = validate_current(document);
    if (base::has_errors(diagnostics)) {
        throw base::DescriptionError(std::move(diagnostics));
    }
    Model model = read_model(canonical(std::move(document)));
    check_bounds(model);
    return Description(std::move(model));
}

Description::Evaluation Description::evaluate(const Selection& selection) const {
    Findings findings;
    Evaluation result;
    check_model(model_, findings);
    result.request = narrow_model(model_, selection, findings);
    check_request(result.request, findings);
    result.diagnostics = findings.take_sorted();
    return result;
}

std::vector<base::Diagnostic> Description::check(const Selection& selection) const {
    return evaluate(selection).diagnostics;
}

Request Description::narrow(const Selection& selection) const {
    Evaluation result = evaluate(selection);
    if (base::has_errors(result.diagnostics)) {
        throw base::DescriptionError(std::move(result.diagnostics));
    }
    for (const base::Diagnostic& diagnostic : result.diagnostics) {
        result.request.notes.push_back(
            fmt::format("{}: {}", base::to_string(diagnostic.position), diagnostic.message));
    }
    return std::move(result.request);
}

} // namespace imgbuild::description
