// SPDX-License-Identifier: Apache-2.0
#include "xml/schema.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/diagnosis.hpp"
#include "xml/document_state.hpp"
#include "xml/findings.hpp"
#include "xml/grammar.hpp"
#include "xml/grammar_reader.hpp"
#include "xml/parser.hpp"
#include "xml/reporter.hpp"

#include <fmt/format.h>
#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>

#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace imgbuild::xml {

/// The first thing that libxml2 says against a document, or against the schema.
struct Complaint {
    std::string message;
    const xmlNode* node = nullptr;
    std::exception_ptr failure;
};

namespace {

using ParserContext =
    std::unique_ptr<xmlRelaxNGParserCtxt, base::Deleter<xmlRelaxNGFreeParserCtxt>>;
using ValidContext = std::unique_ptr<xmlRelaxNGValidCtxt, base::Deleter<xmlRelaxNGFreeValidCtxt>>;

/// libxml2's time grows with the square of the number of siblings, that of our own reading of the
/// schema does not. That both judge alike is shown by tests/unit/xml/mutations.cpp.
constexpr std::size_t most_elements_for_libxml = 2000;

void on_error(void* user_data, xmlErrorPtr error) noexcept {
    auto& complaint = *static_cast<Complaint*>(user_data);
    try {
        if (complaint.message.empty() && error->message != nullptr) {
            complaint.message = base::printable(base::trim(error->message));
            complaint.node = static_cast<const xmlNode*>(error->node);
        }
    } catch (...) {
        complaint.failure = std::current_exception();
    }
}

} // namespace

struct SchemaState {
    Tree tree;
    std::unique_ptr<xmlRelaxNG, base::Deleter<xmlRelaxNGFree>> relax_ng;
    /// Read when the first invalid document comes: a valid one needs no messages.
    std::once_flag grammar_once;
    std::unique_ptr<const Grammar> grammar;
};

Schema::Schema(std::unique_ptr<SchemaState> state)
    : state_(std::move(state)) {}

Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Schema Schema::parse(std::string_view rng) {
    initialise_libxml();
    auto state = std::make_unique<SchemaState>();
    state->tree = parse_tree(rng, "schema");
    const ParserContext context(xmlRelaxNGNewDocParserCtxt(state->tree.get()));
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    Complaint complaint;
    xmlRelaxNGSetParserStructuredErrors(context.get(), on_error, &complaint);
    state->relax_ng.reset(xmlRelaxNGParse(context.get()));
    if (complaint.failure) {
        std::rethrow_exception(complaint.failure);
    }
    if (state->relax_ng == nullptr) {
        throw base::Error(fmt::format("the schema can't be read: {}", complaint.message));
    }
    return Schema(std::move(state));
}

namespace {

/// The patterns of the schema take a time that grows with the square of a value's length.
std::vector<base::Diagnostic> values_too_long(const DocumentState& state) {
    constexpr std::size_t longest_value = std::size_t{64} << 10U;
    Reporter reporter(state);
    const xmlNode* const root = xmlDocGetRootElement(state.tree.get());
    for (const xmlNode* node = root; node != nullptr; node = next_node(node, root)) {
        if (node->type != XML_ELEMENT_NODE) {
            continue;
        }
        for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
            std::size_t length = 0;
            for (const xmlNode* part = attr->children; part != nullptr; part = part->next) {
                length += view(part->content).size();
            }
            if (length > longest_value) {
                reporter.at_attribute(
                    code::value_too_long,
                    attr,
                    fmt::format(
                        "the value of {} is longer than {}",
                        qualified_name(attr->ns, attr->name),
                        base::format_bytes(longest_value)),
                    "");
            }
        }
    }
    return reporter.take();
}

} // namespace

std::vector<base::Diagnostic> Schema::validate(const Document& document) const {
    const DocumentState& state = *document.state_;
    if (auto findings = values_too_long(state); !findings.empty()) {
        return findings;
    }
    const bool is_large = state.places.elements.size() > most_elements_for_libxml;
    const std::optional<Complaint> complaint = is_large ? Complaint() : complain(state);
    if (!complaint) {
        return {};
    }
    std::call_once(state_->grammar_once, [&] { state_->grammar = read_grammar(*state_->tree); });
    std::vector<base::Diagnostic> diagnostics = diagnose(state, *state_->grammar);
    if (is_large || !diagnostics.empty()) {
        return diagnostics;
    }
    // Our reading of the schema and libxml2's differ: say at least what libxml2 says.
    const ElementPlace* const place =
        complaint->node == nullptr ? nullptr : state.place(complaint->node);
    Findings findings(document.file());
    findings.add(code::invalid, place == nullptr ? Mark() : place->start, complaint->message);
    return findings.take();
}

std::optional<Complaint> Schema::complain(const DocumentState& state) const {
    const ValidContext context(xmlRelaxNGNewValidCtxt(state_->relax_ng.get()));
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    Complaint complaint;
    xmlRelaxNGSetValidStructuredErrors(context.get(), on_error, &complaint);
    const int verdict = xmlRelaxNGValidateDoc(context.get(), state.tree.get());
    if (complaint.failure) {
        std::rethrow_exception(complaint.failure);
    }
    return verdict == 0 ? std::nullopt : std::optional(std::move(complaint));
}

} // namespace imgbuild::xml
