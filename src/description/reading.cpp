// SPDX-License-Identifier: Apache-2.0
#include "description/reading.hpp"

#include "base/file.hpp"
#include "schema/imgbuild_schema.hpp"
#include "xml/document.hpp"

namespace imgbuild::description {

std::string read_part(const std::string& path) {
    // One byte more than is accepted, so that the refusal is the one that explains itself.
    return base::read_file(path, xml::Limits().bytes + 1);
}

const xml::Schema& current_schema() {
    static const xml::Schema schema = xml::Schema::parse(schema::rng());
    return schema;
}

} // namespace imgbuild::description
