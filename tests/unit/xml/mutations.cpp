// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Valid documents, broken in one known place at a time: libxml2's verdict and our diagnosis must
 * agree on each, and the first message must be about the place that was broken.
 */
#include "base/file.hpp"
#include "findings_of.hpp"
#include "schema/imgbuild_schema.hpp"
#include "xml/diagnosis.hpp"
#include "xml/document_state.hpp"
#include "xml/grammar_reader.hpp"
#include "xml/parser.hpp"
#include "xml/scanner.hpp"
#include "xml/schema.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace imgbuild;

namespace {

const xmlChar* chars(const std::string& text) {
    return reinterpret_cast<const xmlChar*>(text.c_str());
}

std::vector<xmlNode*> elements(xmlDoc* tree) {
    std::vector<xmlNode*> found;
    xmlNode* const root = xmlDocGetRootElement(tree);
    for (xmlNode* node = root; node != nullptr; node = xml::next_node(node, root)) {
        if (node->type == XML_ELEMENT_NODE) {
            found.push_back(node);
        }
    }
    return found;
}

std::string text_of(xmlDoc* tree) {
    xmlChar* memory = nullptr;
    int size = 0;
    xmlDocDumpMemory(tree, &memory, &size);
    std::string text(reinterpret_cast<const char*>(memory), static_cast<std::size_t>(size));
    xmlFree(memory);
    return text;
}

struct Judgement {
    bool is_valid = false;
    std::vector<base::Diagnostic> diagnostics;
    /// Of the element with the given ordinal.
    int line = 0;
};

/// Both verdicts on a document, and where one of its elements stands.
class Judge {
public:
    Judge()
        : schema_(xml::Schema::parse(schema::rng()))
        , rng_(xml::parse_tree(schema::rng(), "s")) {
        grammar_ = xml::read_grammar(*rng_);
    }

    Judgement judge(const std::string& text, std::size_t ordinal) const {
        const xml::Document document = xml::Document::parse(text, "f");
        xml::DocumentState state;
        state.tree = xml::parse_tree(text, "f");
        state.places = xml::scan(text, "f", {}).places;
        xml::number_elements(state.tree.get());
        Judgement judgement;
        judgement.is_valid = schema_.validate(document).empty();
        judgement.diagnostics = xml::diagnose(state, *grammar_);
        judgement.line = state.places.elements.at(ordinal).start.line;
        return judgement;
    }

private:
    xml::Schema schema_;
    xml::Tree rng_;
    std::unique_ptr<const xml::Grammar> grammar_;
};

const Judge& judge() {
    static const Judge instance;
    return instance;
}

std::string document(const char* name) {
    const char* const data = std::getenv("IMGBUILD_TEST_DATA");
    REQUIRE_MESSAGE(data != nullptr, "run this by \"meson test\"");
    return base::read_file(std::string(data) + "/xml/valid/" + name);
}

/// Breaks the element; returns false where that makes no sense for it.
using Break = std::function<bool(xmlNode* element)>;

struct Tally {
    int mutants = 0;
    int invalid = 0;
    int right_line = 0;
    int proposed = 0;
};

/// Breaks every `step`th element in turn.
Tally break_each(
    std::size_t step, const Break& action, const std::function<std::string(xmlNode*)>& original) {
    Tally tally;
    for (const char* name : {"node.xml", "disks.xml"}) {
        const std::string text = document(name);
        const std::size_t count = elements(xml::parse_tree(text, name).get()).size();
        for (std::size_t ordinal = 0; ordinal < count; ordinal += step) {
            const xml::Tree tree = xml::parse_tree(text, name);
            xmlNode* const element = elements(tree.get())[ordinal];
            const std::string was = original(element);
            if (!action(element)) {
                continue;
            }
            const std::string mutant = text_of(tree.get());
            const Judgement judgement = judge().judge(mutant, ordinal);
            CAPTURE(mutant);
            CAPTURE(test::in_lines(judgement.diagnostics));
            CHECK(judgement.is_valid == judgement.diagnostics.empty());
            ++tally.mutants;
            if (judgement.diagnostics.empty()) {
                continue;
            }
            ++tally.invalid;
            const base::Diagnostic& first = judgement.diagnostics.front();
            tally.right_line += first.position.line == judgement.line ? 1 : 0;
            tally.proposed += first.hint.find(was) != std::string::npos ? 1 : 0;
        }
    }
    return tally;
}

std::string name_of(xmlNode* node) {
    return std::string(xml::view(node->name));
}

std::string no_name(xmlNode*) {
    return {};
}

/// Two letters in the middle change places, or one is doubled.
std::string misspell(std::string name) {
    const std::size_t middle = name.size() / 2;
    if (middle > 0 && name[middle] != name[middle - 1]) {
        std::swap(name[middle], name[middle - 1]);
    } else {
        name.insert(middle, 1, name[middle]);
    }
    return name;
}

bool is_inside_extension(const xmlNode* node) {
    while (node != nullptr && node->type == XML_ELEMENT_NODE) {
        if (node->ns != nullptr || xml::view(node->name) == "extension") {
            return true;
        }
        node = node->parent;
    }
    return false;
}

} // namespace

TEST_CASE("misspelt elements: the line, and the name that was meant") {
    const Tally tally = break_each(
        2,
        [](xmlNode* element) {
            xmlNodeSetName(element, chars(misspell(name_of(element))));
            return !is_inside_extension(element);
        },
        name_of);
    MESSAGE(tally.mutants, " mutants, line ", tally.right_line, ", proposed ", tally.proposed);
    CHECK(tally.mutants >= 60);
    CHECK(tally.invalid == tally.mutants);
    CHECK(tally.right_line == tally.invalid);
    CHECK(tally.proposed * 100 >= tally.invalid * 95);
}

TEST_CASE("misspelt attributes: the line, and the name that was meant") {
    const auto last = [](xmlNode* element) {
        xmlAttr* attr = element->properties;
        while (attr != nullptr && attr->next != nullptr) {
            attr = attr->next;
        }
        return attr;
    };
    const Tally tally = break_each(
        2,
        [&](xmlNode* element) {
            xmlAttr* const attr = last(element);
            if (attr == nullptr || attr->ns != nullptr || is_inside_extension(element)) {
                return false;
            }
            xmlNodeSetName(
                reinterpret_cast<xmlNode*>(attr),
                chars(misspell(std::string(xml::view(attr->name)))));
            return true;
        },
        [&](xmlNode* element) {
            return last(element) == nullptr ? "" : std::string(xml::view(last(element)->name));
        });
    MESSAGE(tally.mutants, " mutants, line ", tally.right_line, ", proposed ", tally.proposed);
    CHECK(tally.mutants >= 40);
    CHECK(tally.invalid == tally.mutants);
    CHECK(tally.right_line == tally.invalid);
    CHECK(tally.proposed * 100 >= tally.invalid * 95);
}

TEST_CASE("attributes taken away, added, and with other values") {
    const Tally removed = break_each(
        2,
        [](xmlNode* element) {
            return element->properties != nullptr && xmlRemoveProp(element->properties) == 0;
        },
        no_name);
    CHECK(removed.invalid > 20);
    CHECK(removed.right_line == removed.invalid);
    const Tally added = break_each(
        3,
        [](xmlNode* element) {
            return xmlNewProp(element, chars("no-such-attribute"), chars("x")) != nullptr;
        },
        no_name);
    CHECK(added.invalid > 40);
    CHECK(added.right_line == added.invalid);
    for (const std::string value : {"", " x ", "\xC3\xBC, true"}) {
        const Tally changed = break_each(
            3,
            [&](xmlNode* element) {
                return element->properties != nullptr && element->properties->ns == nullptr &&
                       xmlSetProp(element, element->properties->name, chars(value)) != nullptr;
            },
            no_name);
        CHECK(changed.mutants > 30);
        // The element may begin on a line before its attribute.
        CHECK(changed.right_line * 100 >= changed.invalid * 90);
    }
}

TEST_CASE("elements taken away, doubled, moved and filled with text") {
    const Tally doubled = break_each(
        3,
        [](xmlNode* element) {
            return element->parent->type == XML_ELEMENT_NODE &&
                   xmlAddPrevSibling(element, xmlCopyNode(element, 1)) != nullptr;
        },
        no_name);
    CHECK(doubled.invalid > 10);
    const Tally emptied = break_each(
        2,
        [](xmlNode* element) {
            xmlNode* const child = xmlFirstElementChild(element);
            if (child == nullptr) {
                return false;
            }
            xmlUnlinkNode(child);
            xmlFreeNode(child);
            return true;
        },
        no_name);
    CHECK(emptied.invalid > 5);
    CHECK(emptied.right_line == emptied.invalid);
    const Tally moved = break_each(
        3,
        [](xmlNode* element) {
            xmlNode* const root = xmlDocGetRootElement(element->doc);
            if (element == root || element->parent == root || is_inside_extension(element)) {
                return false;
            }
            xmlUnlinkNode(element);
            return xmlAddPrevSibling(xmlFirstElementChild(root), element) != nullptr;
        },
        no_name);
    CHECK(moved.invalid > 30);
    const Tally filled = break_each(
        3,
        [](xmlNode* element) {
            xmlNodeAddContent(element, chars("stray"));
            return true;
        },
        no_name);
    CHECK(filled.invalid > 30);
}

/// The scan must never refuse what libxml2 accepts, and nearly always say itself what libxml2
/// refuses: libxml2's own words are for what nobody ever wrote.
TEST_CASE("the scan and libxml2 agree on what is well-formed") {
    const std::vector<std::string> pieces = {
        "<",    ">",   "\"", "'",  "&",       "/",         "=",           "--", "]]>",
        "<!--", "-->", "\n", "a",  "</a>",    "<b>",       "&amp;",       " ",  "<!",
        "x:",   "]]",  "?>", "/>", "<?x y?>", "<![CDATA[", "xmlns:x='u'", "\t"};
    std::mt19937 random(20261122);
    const auto any = [&](std::size_t below) { return random() % below; };
    int refused = 0;
    int only_by_libxml = 0;
    for (int i = 0; i < 1500; ++i) {
        std::string text = document(i % 2 == 0 ? "node.xml" : "disks.xml");
        const std::size_t place = any(text.size());
        if (i % 3 == 0) {
            text.erase(place, 1 + any(3));
        } else {
            text.insert(place, pieces[any(pieces.size())]);
        }
        const bool is_scanned = xml::scan(text, "f", {}).errors.empty();
        bool is_parsed = true;
        try {
            xml::parse_tree(text, "f");
        } catch (const base::DescriptionError&) {
            is_parsed = false;
        }
        CAPTURE(text);
        CHECK((is_scanned || !is_parsed));
        refused += is_parsed ? 0 : 1;
        only_by_libxml += is_scanned && !is_parsed ? 1 : 0;
    }
    MESSAGE(refused, " of 1500 mutants refused, ", only_by_libxml, " of them only by libxml2");
    CHECK(refused > 500);
    CHECK(only_by_libxml * 100 <= refused);
}
