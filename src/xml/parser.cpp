// SPDX-License-Identifier: Apache-2.0
#include "xml/parser.hpp"

#include "base/diagnostic.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/cursor.hpp"

#include <fmt/format.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include <exception>
#include <new>
#include <optional>
#include <utility>

namespace imgbuild::xml {

namespace {

using Context = std::unique_ptr<xmlParserCtxt, base::Deleter<xmlFreeParserCtxt>>;

constexpr int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC;

/// What libxml2 says while it parses one document; its user data.
struct Sink {
    const std::string& file;
    std::string_view text;
    /// Of the document; entities are parsed in contexts of their own.
    const xmlParserCtxt* context;
    /// The first; those after it are its consequences.
    std::optional<base::Diagnostic> error;
    std::exception_ptr failure;
};

/// How far the document itself has been read.
std::string_view read_so_far(const Sink& sink) {
    if (sink.context->inputNr < 1) {
        return {};
    }
    const xmlParserInput& input = *sink.context->inputTab[0];
    const auto offset =
        static_cast<std::size_t>(input.cur - input.base) + static_cast<std::size_t>(input.consumed);
    return sink.text.substr(0, offset);
}

/// The scan has seen that all these are finished, so that libxml2 means that they are too long.
bool is_length_limit(int code) {
    switch (code) {
    case XML_ERR_NAME_TOO_LONG:
    case XML_ERR_ATTRIBUTE_NOT_FINISHED:
    case XML_ERR_COMMENT_NOT_FINISHED:
    case XML_ERR_PI_NOT_FINISHED:
    case XML_ERR_CDATA_NOT_FINISHED:
    case XML_ERR_ENTITY_NOT_FINISHED:
    case XML_ERR_INTERNAL_ERROR:
        return true;
    default:
        return false;
    }
}

base::Diagnostic diagnostic(const xmlError& error, const Sink& sink) {
    base::Diagnostic diagnostic;
    std::string_view before = read_so_far(sink);
    const auto go_back_to = [&](char c) {
        const std::size_t found = before.rfind(c);
        before = found == std::string_view::npos ? before : before.substr(0, found);
    };
    if (error.code == XML_ERR_ENTITY_LOOP) {
        go_back_to('&');
        diagnostic.code = code::entity_expansion;
        diagnostic.message = "the entities of the DOCTYPE expand to too much text";
        diagnostic.hint = "write the text itself instead of entities that contain each other";
    } else if (is_length_limit(error.code)) {
        diagnostic.code = code::too_large;
        diagnostic.message = "something here is longer than any real description needs";
        diagnostic.hint = "names have at most 50,000 bytes; texts, values and comments 10 MB";
    } else {
        const char last = before.empty() ? '\0' : before.back();
        if (error.code == XML_NS_ERR_ATTRIBUTE_REDEFINED) {
            // Said at the end of the start tag.
            go_back_to('<');
        } else if (error.domain == XML_FROM_NAMESPACE && (last == '"' || last == '\'')) {
            // Said behind the value that is wrong, which may have several lines.
            before.remove_suffix(1);
            go_back_to(last);
        }
        diagnostic.code = code::not_well_formed;
        diagnostic.message = fmt::format(
            "this is not well-formed XML: {}",
            base::printable(base::trim(error.message == nullptr ? "" : error.message)));
    }
    const Mark mark = advance_mark({1, 1}, before);
    diagnostic.position = {sink.file, mark.line, mark.column};
    return diagnostic;
}

void on_error(void* user_data, xmlErrorPtr error) noexcept {
    auto* const context = static_cast<xmlParserCtxt*>(user_data);
    auto& sink = *static_cast<Sink*>(context->_private);
    try {
        if (error->level >= XML_ERR_ERROR && !sink.error) {
            sink.error = diagnostic(*error, sink);
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
    Sink sink{file, text, context.get(), {}, {}};
    context->_private = &sink;
    context->sax->serror = on_error;
    context->sax->getEntity = internal_entity;
    context->sax->getParameterEntity = no_parameter_entity;
    Tree tree(xmlCtxtReadMemory(
        context.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", options));
    if (sink.failure) {
        std::rethrow_exception(sink.failure);
    }
    if (tree == nullptr && !sink.error) {
        sink.error = base::Diagnostic{
            .code = std::string(code::not_well_formed),
            .message = "this is not well-formed XML",
            .position = {file, 1, 1}};
    }
    if (sink.error) {
        throw base::DescriptionError({*std::move(sink.error)});
    }
    return tree;
}

} // namespace imgbuild::xml
