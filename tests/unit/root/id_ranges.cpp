// SPDX-License-Identifier: Apache-2.0
#include "root/id_ranges.hpp"

#include <doctest/doctest.h>

using imgbuild::root::IdRange;
using imgbuild::root::mapping_arguments;
using imgbuild::root::parse_id_ranges;
using Ranges = std::vector<IdRange>;

TEST_SUITE("id ranges") {
    TEST_CASE("by name and by number, all of them, in order") {
        const char* const text = "other:1:2\nanna:200000:65536\n1000:100000:10\nannabel:5:5\n";
        CHECK(parse_id_ranges(text, "anna", 1000) == Ranges{{200000, 65536}, {100000, 10}});
    }

    TEST_CASE("what makes no sense is passed over") {
        const char* const text = "anna:x:1\nanna:1\nanna:-1:5\nanna:1:0\nanna:4294967296:1\n"
                                 "anna:4294967295:2\n# anna:7:7\nanna:9:1:\nanna:8:2 \n";
        CHECK(parse_id_ranges(text, "anna", 1000) == Ranges{{8, 2}});
        CHECK(parse_id_ranges("", "anna", 1000).empty());
    }

    TEST_CASE("a range that overlaps another is passed over") {
        const char* const text = "anna:100:10\nanna:109:5\nanna:110:5\nanna:100:10\n";
        CHECK(parse_id_ranges(text, "anna", 1000) == Ranges{{100, 10}, {110, 5}});
    }

    TEST_CASE("the output of getsubids") {
        CHECK(
            imgbuild::root::parse_getsubids("0: anna 100000 65536\n1: anna 300000 5\n") ==
            Ranges{{100000, 65536}, {300000, 5}});
        CHECK(imgbuild::root::parse_getsubids("Error fetching ranges\n").empty());
    }

    TEST_CASE("the ranges lie one behind the other, above the own id") {
        CHECK(
            mapping_arguments(1000, {{100000, 10}, {300000, 5}}) ==
            std::vector<std::string>{"0", "1000", "1", "1", "100000", "10", "11", "300000", "5"});
    }
}
