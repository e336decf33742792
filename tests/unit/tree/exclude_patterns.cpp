// SPDX-License-Identifier: Apache-2.0
#include "tree/exclude_patterns.hpp"

#include "base/error.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using namespace imgbuild::tree;

namespace {

bool matches(const std::string& pattern, std::string_view path) {
    return ExcludePatterns({pattern}, "excludes").matches(path);
}

} // namespace

TEST_CASE("patterns match as Go's filepath.Match does") {
    struct Case {
        const char* pattern;
        const char* path;
        bool matched;
    };

    // clang-format off
    const Case cases[] = {
        {"abc", "abc", true}, {"abc", "abcd", false}, {"abc", "ab", false},
        {"*", "abc", true}, {"*", "a/b", false}, {"*c", "abc", true}, {"a*", "a", true},
        {"a*", "abc", true}, {"a*", "ab/c", false}, {"a*/b", "abc/b", true},
        {"a*/b", "a/c/b", false}, {"a*b*c*d*e*/f", "axbxcxdxe/f", true},
        {"a*b*c*d*e*/f", "axbxcxdxexxx/f", true}, {"a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false},
        {"a*b*c*d*e*/f", "axbxcxdxexxx/fff", false}, {"a*b?c*x", "abxbbxdbxebxczzx", true},
        {"a*b?c*x", "abxbbxdbxebxczzy", false}, {"**", "abc", true}, {"a**b", "axxb", true},
        {"**/x", "a/b/x", false}, {"**/x", "a/x", true},
        {"ab[c]", "abc", true}, {"ab[b-d]", "abc", true}, {"ab[e-g]", "abc", false},
        {"ab[^c]", "abc", false}, {"ab[^b-d]", "abc", false}, {"ab[^e-g]", "abc", true},
        {"a[^a]b", "a/b", true}, {"a?b", "a/b", false}, {"a?b", "axb", true}, {"?", "", false},
        {"a\\*b", "a*b", true}, {"a\\*b", "axb", false}, {"a\\bc", "abc", true},
        {"a?b", "a\u263ab", true}, {"a??b", "a\u263ab", false}, {"a???b", "a\u263ab", false},
        {"a[^a]b", "a\u263ab", true}, {"a[^a][^a]b", "a\u263ab", false},
        {"[\u0430-\u044f]x", "\u0436x", true}, {"a?b", "a\xff" "b", true},
        {"[a-\u03b6]*", "\u03b1", true}, {"*[a-\u03b6]", "A", false}, {"*[\xef\xbf\xbd]", "a\x80", true},
        {"[\\]a]", "]", true}, {"[\\-]", "-", true}, {"[x\\-]", "x", true}, {"[x\\-]", "-", true},
        {"[x\\-]", "z", false}, {"[\\-x]", "a", false}, {"[z-a]", "m", false}, {"[a]*[^x]", "ab/", true},
        {"*x", "xxx", true}, {"*.pyc", "usr/lib/a.pyc", false}, {"usr/*/*.pyc", "usr/lib/a.pyc", true},
        {"#comment", "#comment", true}, {"!boot", "boot", false}, {" boot", "boot", false},
        {"//boot//", "boot", true}, {"/", "", false},
    };
    // clang-format on
    for (const Case& one : cases) {
        CAPTURE(std::string(one.pattern));
        CAPTURE(std::string(one.path));
        CHECK(matches(one.pattern, one.path) == one.matched);
    }
}

TEST_CASE("a malformed pattern is an error that names its line") {
    for (const char* const pattern :
         {"[]a]",
          "[-]",
          "[x-]",
          "[-x]",
          "[a-b-c]",
          "[",
          "[^",
          "[^bc",
          "a[",
          "a[b",
          "\\",
          "a\\",
          "[\\",
          "[a\\]",
          "[\xff]"}) {
        CAPTURE(std::string(pattern));
        CHECK_THROWS_AS(matches(pattern, "x"), base::Error);
    }
    try {
        (void)ExcludePatterns::parse("boot/\n\nusr/[a-\n", "etc/warewulf/excludes");
        FAIL("accepted");
    } catch (const base::Error& error) {
        CHECK(std::string(error.what()) == "etc/warewulf/excludes:3: malformed pattern usr/[a-");
        CHECK(error.exit_code() == base::ExitCode::usage);
        CHECK_FALSE(error.hint().empty());
    }
}

TEST_CASE("a directory that matches is left out with what is below it") {
    const auto entry = [](const std::string& path, EntryType type = EntryType::directory) {
        Entry result;
        result.path = path;
        result.type = type;
        return result;
    };
    const auto file = [&](const std::string& path, std::uint32_t group = 0) {
        Entry result = entry(path, EntryType::regular);
        result.link_group = group;
        return result;
    };
    const Inventory inventory(
        {entry(""),
         entry("boot"),
         file("boot/vmlinuz", 1),
         file("bootable"),
         entry("usr"),
         entry("usr/share"),
         entry("usr/share/doc"),
         file("usr/share/doc/a"),
         file("usr/share/doc-base"),
         file("usr/vmlinuz", 1),
         entry("var"),
         file("var/a.log"),
         file("var/b.txt")});
    const auto patterns =
        ExcludePatterns::parse("/boot/\r\n\nusr/share/doc\nvar/*.log\n*.txt\n", "excludes");
    const Inventory left = patterns.apply_to(inventory);
    std::vector<std::string> paths;
    for (const Entry& one : left.entries()) {
        paths.push_back(one.path);
        CHECK(one.link_group == 0);
        CHECK_FALSE(patterns.excludes(one.path));
    }
    CHECK(
        paths == std::vector<std::string>{
                     "",
                     "bootable",
                     "usr",
                     "usr/share",
                     "usr/share/doc-base",
                     "usr/vmlinuz",
                     "var",
                     "var/b.txt"});
    CHECK(patterns.excludes("usr/share/doc/deep/below"));
    CHECK_FALSE(patterns.matches("usr/share/doc/deep/below"));
    CHECK(ExcludePatterns().apply_to(inventory) == inventory);
    CHECK(ExcludePatterns::parse("\n/\n", "excludes").empty());
}
