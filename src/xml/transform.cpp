// SPDX-License-Identifier: Apache-2.0
#include "xml/transform.hpp"

#include "base/deleter.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "xml/codes.hpp"
#include "xml/document_state.hpp"
#include "xml/parser.hpp"

#include <fmt/format.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

namespace imgbuild::xml {

namespace {

using TransformContext =
    std::unique_ptr<xsltTransformContext, base::Deleter<xsltFreeTransformContext>>;
using SecurityPreferences =
    std::unique_ptr<xsltSecurityPrefs, base::Deleter<xsltFreeSecurityPrefs>>;

constexpr std::string_view element_namespace = "urn:imgbuild:element";
constexpr std::string_view origin_namespace = "urn:imgbuild:origin";

/// Our stylesheets need a handful of operations for each element; a description that takes more is
/// made to take long.
constexpr unsigned long operations_at_least = 300'000;
constexpr unsigned long operations_per_element = 1'000;
constexpr int deepest_template = 500;

const xmlChar* chars(std::string_view literal) {
    return reinterpret_cast<const xmlChar*>(literal.data());
}

[[noreturn]] void
refuse(std::string_view code, base::Position position, std::string message, std::string hint) {
    throw base::DescriptionError({base::Diagnostic{
        .code = std::string(code),
        .message = std::move(message),
        .position = std::move(position),
        .hint = std::move(hint)}});
}

/// libxslt says it as printf does; what it is about is said in our own words.
void on_error(void* user_data, const char*, ...) noexcept {
    *static_cast<bool*>(user_data) = true;
}

void ignore(void*, const char*, ...) noexcept {}

/// libxslt shows its stack to a function for the whole process, which prints if it is not told
/// otherwise. What went wrong is known without it.
void ignore_traces() {
    static std::once_flag once;
    std::call_once(once, [] { xsltSetGenericErrorFunc(nullptr, ignore); });
}

/// The number at the beginning of "17" or "17/name"; 0 if there is none. `text` is left behind it.
std::uint32_t take_number(std::string_view& text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) {
        return 0;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

} // namespace

struct StylesheetState {
    std::unique_ptr<xsltStylesheet, base::Deleter<xsltFreeStylesheet>> sheet;
};

Stylesheet::Stylesheet(std::unique_ptr<StylesheetState> state)
    : state_(std::move(state)) {}

Stylesheet::Stylesheet(Stylesheet&&) noexcept = default;
Stylesheet& Stylesheet::operator=(Stylesheet&&) noexcept = default;
Stylesheet::~Stylesheet() = default;

Stylesheet Stylesheet::parse(std::string_view text, const std::string& name) {
    initialise_libxml();
    ignore_traces();
    Tree tree = parse_tree(text, name);
    auto state = std::make_unique<StylesheetState>();
    state->sheet.reset(xsltParseStylesheetDoc(tree.get()));
    if (state->sheet == nullptr || state->sheet->errors != 0) {
        throw base::Error(fmt::format("the stylesheet {} can't be read", name));
    }
    // The stylesheet owns its text from here on.
    tree.release();
    return Stylesheet(std::move(state));
}

/// One document on its way through the stylesheets.
class Transformation {
public:
    explicit Transformation(const Document& document)
        : original_(*document.state_) {}

    Document run(const std::vector<const Stylesheet*>& stylesheets) {
        Tree tree(xmlCopyDoc(original_.tree.get(), 1));
        if (tree == nullptr) {
            throw std::bad_alloc();
        }
        attach_numbers(tree.get());
        for (const Stylesheet* const stylesheet : stylesheets) {
            tree = apply(*stylesheet, tree.get());
        }
        auto result = std::make_unique<DocumentState>();
        result->places = original_.places;
        detach_numbers(tree.get(), result->places);
        result->tree = std::move(tree);
        return Document(std::move(result));
    }

private:
    void attach_numbers(xmlDoc* tree) {
        const xmlNode* const from_root = xmlDocGetRootElement(original_.tree.get());
        xmlNode* const root = xmlDocGetRootElement(tree);
        xmlNs* const ns = declare_namespace(root);
        const xmlNode* from = from_root;
        for (xmlNode* node = root; node != nullptr; node = next_node(node, root)) {
            if (node->type == XML_ELEMENT_NODE) {
                refuse_private_names(from);
                const auto number = reinterpret_cast<std::uintptr_t>(from->_private);
                std::array<char, 24> text{};
                std::to_chars(text.data(), text.data() + text.size() - 1, number);
                if (xmlNewNsProp(node, ns, chars("number"), chars(text.data())) == nullptr) {
                    throw std::bad_alloc();
                }
                ++elements_;
            }
            from = next_node(from, from_root);
        }
    }

    /// With a prefix that the user's document does not use there.
    static xmlNs* declare_namespace(xmlNode* root) {
        std::string prefix = "element";
        xmlNs* ns = nullptr;
        while (ns == nullptr && prefix.size() < 1000) {
            ns = xmlNewNs(root, chars(element_namespace), chars(prefix));
            prefix += '_';
        }
        if (ns == nullptr) {
            throw std::bad_alloc();
        }
        return ns;
    }

    void refuse_private_names(const xmlNode* node) const {
        for (const xmlAttr* attr = node->properties; attr != nullptr; attr = attr->next) {
            if (attr->ns != nullptr && (view(attr->ns->href) == element_namespace ||
                                        view(attr->ns->href) == origin_namespace)) {
                const ElementPlace* const place = original_.place(node);
                refuse(
                    code::reserved_namespace,
                    original_.position(place, place == nullptr ? Mark() : place->start),
                    fmt::format("the namespace {} is imgbuild's own", view(attr->ns->href)),
                    fmt::format("remove the attribute {}", qualified_name(attr->ns, attr->name)));
            }
        }
    }

    Tree apply(const Stylesheet& stylesheet, xmlDoc* tree) {
        const TransformContext context(
            xsltNewTransformContext(stylesheet.state_->sheet.get(), tree));
        const SecurityPreferences security(xsltNewSecurityPrefs());
        if (context == nullptr || security == nullptr) {
            throw std::bad_alloc();
        }
        for (const xsltSecurityOption option :
             {XSLT_SECPREF_READ_FILE,
              XSLT_SECPREF_WRITE_FILE,
              XSLT_SECPREF_CREATE_DIRECTORY,
              XSLT_SECPREF_READ_NETWORK,
              XSLT_SECPREF_WRITE_NETWORK}) {
            xsltSetSecurityPrefs(security.get(), option, xsltSecurityForbid);
        }
        xsltSetCtxtSecurityPrefs(security.get(), context.get());
        bool has_failed = false;
        xsltSetTransformErrorFunc(context.get(), &has_failed, on_error);
        context->xinclude = 0;
        context->maxTemplateDepth = deepest_template;
        context->opLimit = operations_at_least + operations_per_element * elements_;
        Tree result(xsltApplyStylesheetUser(
            stylesheet.state_->sheet.get(), tree, nullptr, nullptr, nullptr, context.get()));
        if (result == nullptr || has_failed || context->state != XSLT_STATE_OK ||
            xmlDocGetRootElement(result.get()) == nullptr) {
            refuse(
                code::too_costly,
                {original_.places.files.front(), 0, 0},
                "the description takes too much work to upgrade",
                "look for an attribute that is far longer than any real one");
        }
        return result;
    }

    /// Gives the numbers back to where they are kept, and renamed attributes their places.
    void detach_numbers(xmlDoc* tree, Places& places) {
        xmlNode* const root = xmlDocGetRootElement(tree);
        std::vector<std::pair<std::string, std::string>> origins;
        for (xmlNode* node = root; node != nullptr; node = next_node(node, root)) {
            if (node->type != XML_ELEMENT_NODE) {
                continue;
            }
            origins.clear();
            for (xmlAttr* attr = node->properties; attr != nullptr;) {
                xmlAttr* const next = attr->next;
                const std::string_view ns = attr->ns == nullptr ? "" : view(attr->ns->href);
                if (ns == element_namespace || ns == origin_namespace) {
                    std::string_view value =
                        attr->children == nullptr ? "" : view(attr->children->content);
                    if (ns == origin_namespace) {
                        origins.emplace_back(view(attr->name), value);
                    } else {
                        node->_private = reinterpret_cast<void*>(
                            static_cast<std::uintptr_t>(take_number(value)));
                    }
                    xmlRemoveProp(attr);
                }
                attr = next;
            }
            if (!origins.empty()) {
                place_renamed(node, origins, places);
            }
        }
    }

    /// The attributes of an element lie side by side: with the new ones they move to the end.
    static void place_renamed(
        const xmlNode* node,
        const std::vector<std::pair<std::string, std::string>>& origins,
        Places& places) {
        const auto own = reinterpret_cast<std::uintptr_t>(node->_private);
        if (own == 0 || own > places.elements.size()) {
            return;
        }
        std::vector<AttributePlace> attributes;
        for (const auto& [name, origin] : origins) {
            std::string_view old_name = origin;
            std::uint32_t number = take_number(old_name);
            if (number == 0 || number > places.elements.size()) {
                number = static_cast<std::uint32_t>(own);
            } else {
                old_name.remove_prefix(1);
            }
            const AttributePlace* const place =
                places.attribute(places.elements[number - 1], old_name);
            if (place != nullptr) {
                attributes.push_back(*place);
                attributes.back().old_name = place->name == name ? "" : place->name;
                attributes.back().name = name;
            }
        }
        ElementPlace& element = places.elements[own - 1];
        for (std::uint32_t i = 0; i < element.attribute_count; ++i) {
            attributes.push_back(places.attributes[element.first_attribute + i]);
        }
        element.first_attribute = static_cast<std::uint32_t>(places.attributes.size());
        element.attribute_count = static_cast<std::uint32_t>(attributes.size());
        places.attributes.insert(places.attributes.end(), attributes.begin(), attributes.end());
    }

    const DocumentState& original_;
    unsigned long elements_ = 0;
};

Document transform(const Document& document, const std::vector<const Stylesheet*>& stylesheets) {
    return Transformation(document).run(stylesheets);
}

} // namespace imgbuild::xml
