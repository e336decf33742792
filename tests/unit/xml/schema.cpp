// SPDX-License-Identifier: Apache-2.0
#include "xml/schema.hpp"

#include "findings_of.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;

TEST_CASE("a schema that is none is refused") {
    CHECK_THROWS_AS(xml::Schema::parse("<grammar/>"), base::Error);
}

TEST_CASE("the verdict on a document") {
    const xml::Schema schema = xml::Schema::parse(
        "<element name='a' xmlns='http://relaxng.org/ns/structure/1.0'><empty/></element>");
    CHECK(schema.validate(xml::Document::parse("<a/>", "f")).empty());
    CHECK(schema.validate(xml::Document::parse("<a><b/></a>", "f")).size() == 1);
}
