// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::xml {

/// Facets and a pattern, compiled; libxml2 stays out of this header.
struct DatatypeState;

/// The kind of value that a `<data>` of the schema asks for. Immutable after it is made.
class Datatype {
public:
    struct Parameter {
        std::string name;
        std::string value;
    };

    /// @param type a name of the XML Schema datatypes, "token" or "string".
    /// @param documentation what the schema says about the value, for people.
    Datatype(std::string type, std::vector<Parameter> parameters, std::string documentation);
    Datatype(const Datatype&) = delete;
    Datatype& operator=(const Datatype&) = delete;
    ~Datatype();

    /// Parameters that are not known are taken as fulfilled: libxml2's verdict is the one that
    /// counts, this only finds the place.
    bool accepts(std::string_view value) const;

    /// What a value must be: "true or false", "a whole number, 0 or more", or the documentation.
    std::string description() const;

    /// What the schema says about it; empty if nothing.
    const std::string& documentation() const { return documentation_; }

    /// A list of fixed words, such as architectures, in the form (a|b)(,(a|b))*.
    struct WordList {
        std::vector<std::string_view> words;
        char separator = ',';
    };

    /// No words if it is nothing of that form.
    WordList word_list() const;

private:
    std::string type_;
    std::vector<Parameter> parameters_;
    std::string documentation_;
    std::unique_ptr<DatatypeState> state_;
};

/// Blanks at both ends removed, runs of blanks inside made one.
std::string collapse_blanks(std::string_view text);

} // namespace imgbuild::xml
