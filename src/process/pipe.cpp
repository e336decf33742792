// SPDX-License-Identifier: Apache-2.0
#include "process/pipe.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

namespace imgbuild::process {

Pipe make_pipe() {
    std::array<int, 2> ends = {};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        base::throw_errno("making a pipe");
    }
    return {base::UniqueFd(ends[0]), base::UniqueFd(ends[1])};
}

base::UniqueFd input_file(std::string_view content) {
    if (content.empty()) {
        return base::open_at(AT_FDCWD, "/dev/null", O_RDONLY);
    }
    base::UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
    if (!file) {
        base::throw_errno("preparing the input of a program");
    }
    base::write_all(file.get(), content, "the input of a program");
    if (::lseek(file.get(), 0, SEEK_SET) != 0) {
        base::throw_errno("preparing the input of a program");
    }
    return file;
}

} // namespace imgbuild::process
