// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "root/layered_root.hpp"

#include <functional>
#include <string>
#include <vector>

namespace imgbuild::test {

/// What newly written files get as their time; far in the past, so that no run's clock is seen.
inline constexpr std::int64_t epoch = 1700000000;

struct Stage {
    std::string name;
    std::function<void(root::WorkingRoot&)> run;
};

/// Everything that a stage may do to files, in several stages. What comes out depends on nothing else.
std::vector<Stage> stages();

/// Runs a script by sh -eu in the directory; throws if it fails.
void run_script(const std::string& directory, const std::string& script);

/// Makes a device node, or records it where that is not allowed.
void make_device(root::WorkingRoot& root, const std::string& path, unsigned major, unsigned minor);

} // namespace imgbuild::test
