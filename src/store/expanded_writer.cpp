// SPDX-License-Identifier: Apache-2.0
#include "store/expanded_writer.hpp"

namespace imgbuild::store {

void ExpandedWriter::write(std::span<const std::byte> bytes) {
    file_.write(bytes);
    seal_.update(bytes);
}

void ExpandedWriter::publish(const std::string& path) {
    const std::string seal = seal_.text();
    file_.write(std::as_bytes(std::span(seal)));
    file_.move_to(path);
}

} // namespace imgbuild::store
