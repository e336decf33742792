// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/context.hpp"
#include "base/unique_fd.hpp"
#include "images/image_store.hpp"

#include <string>
#include <vector>

namespace imgbuild::images {

enum class LockKind {
    /// Reads the image; others may too.
    shared,
    /// Changes the image; nobody else may use it.
    exclusive,
};

enum class LockWait {
    /// Says who holds the image and waits.
    wait,
    /// Fails with exit code 75 and says who holds it.
    fail,
};

/// The right to use an image. The kernel takes it back when the process dies, however it dies.
class ImageLock {
public:
    /// The image need not exist: an import takes the lock first.
    /// @param purpose what is being done, for those who wait: "exec apt-get update".
    ImageLock(
        const ImageStore& store,
        const std::string& name,
        LockKind kind,
        const std::string& purpose,
        LockWait wait,
        const base::Context& context);
    ImageLock(ImageLock&&) noexcept = default;
    ImageLock& operator=(ImageLock&&) = delete;
    ImageLock(const ImageLock&) = delete;
    ImageLock& operator=(const ImageLock&) = delete;
    ~ImageLock();

private:
    bool try_lock(LockKind kind);

    std::string path_;
    base::UniqueFd fd_;
    bool is_exclusive_ = false;
};

/// Locks two images so that two processes doing so never wait for each other.
struct ImageLockPair {
    ImageLock first;
    ImageLock second;
};

struct LockWish {
    std::string name;
    LockKind kind = LockKind::exclusive;
};

/// @throws base::UsageError if both are the same image.
ImageLockPair lock_both(
    const ImageStore& store,
    const LockWish& a,
    const LockWish& b,
    const std::string& purpose,
    LockWait wait,
    const base::Context& context);

} // namespace imgbuild::images
