// SPDX-License-Identifier: Apache-2.0
#include "xml/parser.hpp"

#include "base/diagnostic.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"

#include <fmt/format.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include <exception>
#include <new>
#include <vector>

namespace imgbuild::xml {

namespace {

using Context = std::unique_ptr<xmlParserCtxt, base::Deleter<xmlFreeParserCtxt>>;

constexpr int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC;

/// What libxml2 says while it parses one document; its user data.
struct Sink {
    const std::string& file;
    std::vector<base::Diagnostic> errors;
    std::exception_ptr failure;
};

base::Diagnostic diagnostic(const xmlError& error, const std::string& file) {
    base::Diagnostic diagnostic;
    const bool is_expansion = error.code == XML_ERR_ENTITY_LOOP;
    diagnostic.code = is_expansion ? code::entity_expansion : code::not_well_formed;
    diagnostic.message =
        is_expansion
            ? "the entities of the DOCTYPE expand to too much text"
            : fmt::format(
                  "this is not well-formed XML: {}",
                  base::printable(base::trim(error.message == nullptr ? "" : error.message)));
    // libxml2's columns count bytes, and only within its buffer: the line alone is sure.
    diagnostic.position = {file, error.line, 0};
    return diagnostic;
}

void on_error(void* user_data, xmlErrorPtr error) noexcept {
    auto* const context = static_cast<xmlParserCtxt*>(user_data);
    auto& sink = *static_cast<Sink*>(context->_private);
    try {
        if (error->level >= XML_ERR_ERROR && sink.errors.size() < 100) {
            sink.errors.push_back(diagnostic(*error, sink.file));
        }
    } catch (...) {
        sink.failure = std::current_exception();
    }
}

/// The scan refuses references to external entities already; this makes it certain that libxml2
/// opens nothing.
xmlEntityPtr internal_entity(void* user_data, const xmlChar* name) noexcept {
    const xmlEntityPtr entity = xmlSAX2GetEntity(user_data, name);
    const bool is_internal = entity != nullptr && (entity->etype == XML_INTERNAL_GENERAL_ENTITY ||
                                                   entity->etype == XML_INTERNAL_PREDEFINED_ENTITY);
    return is_internal ? entity : nullptr;
}

xmlEntityPtr no_parameter_entity(void*, const xmlChar*) noexcept {
    return nullptr;
}

} // namespace

Tree parse_tree(std::string_view text, const std::string& file) {
    const Context context(xmlNewParserCtxt());
    if (context == nullptr) {
        throw std::bad_alloc();
    }
    Sink sink{file, {}, {}};
    context->_private = &sink;
    context->sax->serror = on_error;
    context->sax->getEntity = internal_entity;
    context->sax->getParameterEntity = no_parameter_entity;
    Tree tree(xmlCtxtReadMemory(
        context.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", options));
    if (sink.failure) {
        std::rethrow_exception(sink.failure);
    }
    if (tree == nullptr && sink.errors.empty()) {
        base::Diagnostic unknown;
        unknown.code = code::not_well_formed;
        unknown.message = "this is not well-formed XML";
        unknown.position = {file, 0, 0};
        sink.errors.push_back(std::move(unknown));
    }
    if (!sink.errors.empty()) {
        throw base::DescriptionError(std::move(sink.errors));
    }
    return tree;
}

} // namespace imgbuild::xml
