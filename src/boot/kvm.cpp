// SPDX-License-Identifier: Apache-2.0
#include "base/unique_fd.hpp"
#include "boot/machine.hpp"

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

namespace imgbuild::boot {

bool kvm_is_usable() {
    const base::UniqueFd kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
    if (!kvm || ::ioctl(kvm.get(), KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
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
