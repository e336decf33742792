// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/diagnostic.hpp"
#include "xml/document.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

struct Complaint;
struct DocumentState;
struct SchemaState;

/// A RELAX NG schema. Thread-compatible.
class Schema {
public:
    /// @param rng the schema in RELAX NG's XML syntax.
    static Schema parse(std::string_view rng);

    Schema(Schema&&) noexcept;
    Schema& operator=(Schema&&) noexcept;
    Schema(const Schema&) = delete;
    Schema& operator=(const Schema&) = delete;
    ~Schema();

    /// What is wrong with the document, all of it, in the order of the file; empty if it is valid.
    std::vector<base::Diagnostic> validate(const Document& document) const;

private:
    explicit Schema(std::unique_ptr<SchemaState> state);

    /// What libxml2 says; nothing if the document is valid.
    std::optional<Complaint> complain(const DocumentState& state) const;

    std::unique_ptr<SchemaState> state_;
};

} // namespace imgbuild::xml
