// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Documents, each broken in one known place of its text: the first message must name the line of the
 * break, and for a misspelt name propose the right one. The figures are printed: those of our own
 * documents, and those of kiwi's where they are there (corpus.hpp).
 */
#include "base/file.hpp"
#include "base/text.hpp"
#include "corpus.hpp"
#include "description/description.hpp"
#include "tags.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace imgbuild;
using test::Tag;
using test::Tags;

namespace {

std::vector<std::string> own_documents() {
    const char* const root = std::getenv("IMGBUILD_SOURCE_ROOT");
    REQUIRE_MESSAGE(root != nullptr, "run this by \"meson test\"");
    std::vector<std::string> paths;
    for (const char* folder : {"descriptions", "tests/data/xml/valid"}) {
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(std::string(root) + "/" + folder)) {
            if (entry.path().extension() == ".xml") {
                paths.push_back(entry.path());
            }
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// Documents whose figures count together.
struct Set {
    std::string title;
    std::vector<std::string> texts;
    /// One element in so many is broken.
    std::size_t stride;
    /// How many mutants there must be in all.
    int at_least;
    int mutants = 0;
};

std::vector<std::string> read_all(const std::vector<std::string>& paths) {
    std::vector<std::string> texts;
    for (const std::string& path : paths) {
        texts.push_back(base::read_file(path));
    }
    return texts;
}

std::vector<Set>& sets() {
    static std::vector<Set> sets = [] {
        std::vector<Set> found = {{"own", read_all(own_documents()), 1, 2000}};
        if (std::vector<std::string> paths = test::corpus(); !paths.empty()) {
            found.push_back({"kiwi's", read_all(paths), 10, 2000});
        }
        return found;
    }();
    return sets;
}

/// Older documents are upgraded on the way.
std::vector<base::Diagnostic> findings(const std::string& text) {
    try {
        (void)description::Description::parse(text, "/nonexistent/f");
        return {};
    } catch (const base::DescriptionError& error) {
        return error.diagnostics();
    }
}

struct Mutant {
    std::string text;
    /// Where it is broken; of what was moved or left open, both ends.
    std::set<int> lines;
    /// What was there; empty if no proposal is due.
    std::string original;
};

struct Tally {
    int mutants = 0;
    /// Still valid: a free text, for example. They count as no break.
    int valid = 0;
    int right_line = 0;
    int proposed = 0;
    int due = 0;
    std::vector<std::string> failures;
};

void judge(const Mutant& mutant, Tally& tally) {
    const std::vector<base::Diagnostic> found = findings(mutant.text);
    if (found.empty()) {
        ++tally.valid;
        return;
    }
    ++tally.mutants;
    const base::Diagnostic& first = found.front();
    const bool is_right = mutant.lines.count(first.position.line) != 0 ||
                          (first.related && mutant.lines.count(first.related->line) != 0);
    tally.right_line += is_right ? 1 : 0;
    const bool is_proposed = first.hint.find(mutant.original) != std::string::npos;
    tally.due += mutant.original.empty() ? 0 : 1;
    tally.proposed += !mutant.original.empty() && is_proposed ? 1 : 0;
    if (!is_right || !is_proposed) {
        const auto lines = base::split_lines(mutant.text);
        const auto line = static_cast<std::size_t>(*mutant.lines.begin());
        tally.failures.push_back(fmt::format(
            "broken in line {} \"{}\", was \"{}\"; said in line {}: {} {} | {}",
            line,
            line <= lines.size() ? base::trim(lines[line - 1]) : "",
            mutant.original,
            first.position.line,
            first.code,
            first.message,
            first.hint));
    }
}

/// As fingers do: a letter left out, doubled, changed, or two swapped.
std::string misspelt(const std::string& name, std::mt19937& random) {
    std::string wrong = name;
    while (wrong == name) {
        const std::size_t at = random() % name.size();
        switch (random() % 4) {
        case 0:
            wrong.erase(at, name.size() > 2 ? 1 : 0);
            break;
        case 1:
            wrong.insert(at, 1, name[at]);
            break;
        case 2:
            wrong[at] = static_cast<char>('a' + random() % 26);
            break;
        default:
            if (at > 0) {
                std::swap(wrong[at], wrong[at - 1]);
            }
            break;
        }
        const bool begins_well = std::isalpha(static_cast<unsigned char>(wrong.front())) != 0;
        wrong = begins_well ? wrong : name;
    }
    return wrong;
}

/// Other programs' data may be anything.
bool is_in_extension(const Tags& tags, std::size_t number) {
    while (true) {
        if (tags.list[number].name == "extension" ||
            tags.list[number].name.find(':') != std::string::npos) {
            return true;
        }
        if (tags.list[number].parent == number) {
            return false;
        }
        number = tags.list[number].parent;
    }
}

void print(const std::string& kind, const Set& set, const Tally& tally) {
    std::cout << fmt::format(
        "{:<22} {:<7} {:>5} mutants, the line {:>5.1f} %{}\n",
        kind,
        set.title,
        tally.mutants,
        100.0 * tally.right_line / std::max(1, tally.mutants),
        tally.due == 0 ? ""
                       : fmt::format(", the name {:>5.1f} %", 100.0 * tally.proposed / tally.due));
    for (std::size_t i = 0; i < std::min<std::size_t>(tally.failures.size(), 8); ++i) {
        std::cout << "  " << tally.failures[i] << "\n";
    }
}

/// Calls `action` for elements of each document, and requires that messages are as they should be.
template <typename Action>
void each_element(const char* kind, const Action& action) {
    for (Set& set : sets()) {
        Tally tally;
        std::mt19937 random(85);
        std::size_t count = 0;
        for (const std::string& text : set.texts) {
            const Tags tags = test::read_tags(text);
            for (std::size_t number = 0; number < tags.list.size(); ++number) {
                if (!is_in_extension(tags, number) && count++ % set.stride == 0) {
                    action(text, tags, number, random, tally);
                }
            }
        }
        print(kind, set, tally);
        set.mutants += tally.mutants;
        CHECK(tally.mutants > 0);
        CHECK(tally.right_line == tally.mutants);
        CHECK(tally.proposed * 100 >= tally.due * 95);
    }
}

} // namespace

TEST_CASE("mutants: misspelt elements") {
    each_element(
        "misspelt element",
        [](const std::string& text, const Tags& tags, std::size_t n, auto& random, Tally& tally) {
            const Tag& tag = tags.list[n];
            for (int i = 0; i < 3; ++i) {
                const std::string wrong = misspelt(tag.name, random);
                std::string broken = text;
                if (!tag.is_empty) {
                    broken.replace(tag.end_name, tag.name.size(), wrong);
                }
                broken.replace(tag.start + 1, tag.name.size(), wrong);
                judge({broken, {test::line_of(text, tag.start)}, tag.name}, tally);
            }
        });
}

TEST_CASE("mutants: misspelt attributes") {
    each_element(
        "misspelt attribute",
        [](const std::string& text, const Tags& tags, std::size_t n, auto& random, Tally& tally) {
            for (const test::AttributeText& attribute : tags.list[n].attributes) {
                if (attribute.name.find(':') != std::string::npos || attribute.name == "xmlns") {
                    continue;
                }
                for (int i = 0; i < 2; ++i) {
                    std::string broken = text;
                    broken.replace(
                        attribute.start, attribute.name.size(), misspelt(attribute.name, random));
                    judge({broken, {test::line_of(text, attribute.start)}, attribute.name}, tally);
                }
            }
        });
}

TEST_CASE("mutants: wrong values") {
    each_element(
        "wrong value",
        [](const std::string& text, const Tags& tags, std::size_t n, auto& random, Tally& tally) {
            for (const test::AttributeText& attribute : tags.list[n].attributes) {
                const bool is_word = attribute.value.size() > 3 &&
                                     attribute.value.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyz") == std::string::npos;
                std::string broken = text;
                broken.replace(
                    attribute.value_start,
                    attribute.value.size(),
                    is_word ? misspelt(attribute.value, random) : attribute.value + " ?");
                // A value is proposed only where it is one of several words.
                judge({broken, {test::line_of(text, attribute.value_start)}, ""}, tally);
            }
        });
}

TEST_CASE("mutants: what is required is taken away") {
    each_element(
        "required attribute",
        [](const std::string& text, const Tags& tags, std::size_t n, auto&, Tally& tally) {
            const Tag& tag = tags.list[n];
            for (const test::AttributeText& attribute : tag.attributes) {
                // Without it only the prefix is wrong, where it is used.
                if (attribute.name.rfind("xmlns", 0) == 0) {
                    continue;
                }
                std::string broken = text;
                broken.erase(
                    attribute.start,
                    attribute.value_start + attribute.value.size() + 1 - attribute.start);
                judge({broken, {test::line_of(text, tag.start)}, attribute.name}, tally);
            }
        });
    each_element(
        "required element",
        [](const std::string& text, const Tags& tags, std::size_t n, auto&, Tally& tally) {
            const Tag& tag = tags.list[n];
            if (tag.parent == n) {
                return;
            }
            std::string broken = text;
            broken.erase(tag.start, tag.end - tag.start);
            judge({broken, {test::line_of(text, tags.list[tag.parent].start)}, tag.name}, tally);
        });
}

TEST_CASE("mutants: elements in another place, and twice") {
    each_element(
        "moved element",
        [](const std::string& text, const Tags& tags, std::size_t n, auto& random, Tally& tally) {
            const Tag& tag = tags.list[n];
            // Behind another element that is not around it, so mostly in another parent.
            const Tag& target = tags.list[random() % tags.list.size()];
            const bool is_inside = target.start >= tag.start && target.end <= tag.end;
            if (tag.parent == n || is_inside || target.parent == tag.parent ||
                target.end >= tag.end) {
                return;
            }
            const std::string moved = text.substr(tag.start, tag.end - tag.start);
            std::string broken = text;
            broken.erase(tag.start, tag.end - tag.start);
            broken.insert(target.end, moved);
            // Where it was, something may be missing now.
            const std::size_t parent = tags.list[tag.parent].start;
            const bool is_shifted = parent >= target.end;
            const int shift = is_shifted ? test::line_of(moved, moved.size()) - 1 : 0;
            judge(
                {broken,
                 {test::line_of(text, target.end), test::line_of(text, parent) + shift},
                 ""},
                tally);
        });
    each_element(
        "element twice",
        [](const std::string& text, const Tags& tags, std::size_t n, auto&, Tally& tally) {
            const Tag& tag = tags.list[n];
            if (tag.parent == n) {
                return;
            }
            std::string broken = text;
            broken.insert(tag.end, text.substr(tag.start, tag.end - tag.start));
            judge({broken, {test::line_of(text, tag.end)}, ""}, tally);
        });
    each_element(
        "attribute twice",
        [](const std::string& text, const Tags& tags, std::size_t n, auto&, Tally& tally) {
            for (const test::AttributeText& attribute : tags.list[n].attributes) {
                const std::size_t end = attribute.value_start + attribute.value.size() + 1;
                std::string broken = text;
                broken.insert(end, " " + text.substr(attribute.start, end - attribute.start));
                judge({broken, {test::line_of(text, end)}, ""}, tally);
            }
        });
}

TEST_CASE("mutants: unbalanced tags") {
    each_element(
        "no end tag",
        [](const std::string& text, const Tags& tags, std::size_t n, auto&, Tally& tally) {
            const Tag& tag = tags.list[n];
            std::string broken = text;
            std::size_t end = tag.end;
            if (tag.is_empty) {
                broken.erase(tag.end - 2, 1);
            } else {
                const std::size_t end_tag = tag.end_name - 2;
                broken.erase(end_tag, tag.end - end_tag);
                end = end_tag;
            }
            judge(
                {broken, {test::line_of(text, tag.start), test::line_of(text, end)}, tag.name},
                tally);
        });
    each_element(
        "misspelt end tag",
        [](const std::string& text, const Tags& tags, std::size_t n, auto& random, Tally& tally) {
            const Tag& tag = tags.list[n];
            if (tag.is_empty) {
                return;
            }
            std::string broken = text;
            broken.replace(tag.end_name, tag.name.size(), misspelt(tag.name, random));
            judge({broken, {test::line_of(text, tag.end_name)}, tag.name}, tally);
        });
}

TEST_CASE("mutants: enough of them") {
    for (const Set& set : sets()) {
        std::cout << fmt::format("{} {} mutants in all\n", set.title, set.mutants);
        CHECK(set.mutants >= set.at_least);
    }
}
