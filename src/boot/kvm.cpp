// SPDX-License-Identifier: Apache-2.0
#include "base/architecture.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "boot/machine.hpp"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace imgbuild::boot {

namespace {

/// Some hosts offer /dev/kvm for guests of their own kind only; an ordinary kernel hangs there.
bool processor_virtualises() {
    if (base::host_architecture() != "x86_64") {
        return true;
    }
    try {
        const std::string description = base::read_file("/proc/cpuinfo");
        for (const std::string_view line : base::split_lines(description)) {
            if (line.starts_with("flags")) {
                const std::vector<std::string_view> flags = base::split_words(line);
                return std::any_of(flags.begin(), flags.end(), [](std::string_view flag) {
                    return flag == "vmx" || flag == "svm";
                });
            }
        }
    } catch (const base::Error&) {
        // Without /proc nothing is known; the machine can still be emulated.
    }
    return false;
}

} // namespace

bool kvm_is_usable() {
    const base::UniqueFd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
    if (!kvm || ::ioctl(kvm.get(), KVM_GET_API_VERSION, 0) != KVM_API_VERSION ||
        !processor_virtualises()) {
        return false;
    }
    const base::UniqueFd machine(::ioctl(kvm.get(), KVM_CREATE_VM, 0));
    if (!machine) {
        return false;
    }
    // Nested hosts may hand out machines whose processors can't be made.
    const base::UniqueFd processor(::ioctl(machine.get(), KVM_CREATE_VCPU, 0));
    return static_cast<bool>(processor);
}

} // namespace imgbuild::boot
