// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "description/description.hpp"

#include <string>
#include <vector>

namespace imgbuild::description::test {

/// A small valid description; `sections` start at line 4, column 1.
std::string document(const std::string& sections);

/// The same with everything but <description> to be said.
std::string bare_document(const std::string& sections);

/// One line for each: "4:11-14 error E201: message", with its hint and related place below it.
std::string render(const std::vector<base::Diagnostic>& diagnostics);

/// What `check` says about `text`, which lies in an empty directory unless one is given.
std::string findings_of(
    const std::string& text,
    const Selection& selection = {},
    const std::string& directory = "/nonexistent");

/// For x86_64 unless `selection` says otherwise. @throws base::DescriptionError
Request request_of(const std::string& text, Selection selection = {});

std::vector<std::string> names_of(const std::vector<NamedItem>& items);

} // namespace imgbuild::description::test
