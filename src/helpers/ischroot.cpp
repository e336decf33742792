// SPDX-License-Identifier: Apache-2.0
#include "helpers/ischroot.hpp"

#include "helpers/leave_to_original.hpp"

namespace imgbuild::helpers {

int ischroot(const std::vector<std::string>& arguments) {
    // What is to be said in doubt does not matter: there is none.
    for (const std::string& argument : arguments) {
        require(
            argument == "-f" || argument == "-t" || argument == "--default-false" ||
            argument == "--default-true");
    }
    return 0;
}

} // namespace imgbuild::helpers
