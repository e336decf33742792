// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "images/image_lock.hpp"
#include "images/image_store.hpp"
#include "images/locations.hpp"

namespace CLI {
class App;
} // namespace CLI

namespace imgbuild::cli {

/// What all verbs of `imgbuild image` take, before or after their names.
struct ImageOptions {
    images::LocationWishes locations;
    bool no_wait = false;

    void declare(CLI::App& app);

    images::ImageStore open_store() const;

    images::LockWait wait() const {
        return no_wait ? images::LockWait::fail : images::LockWait::wait;
    }
};

} // namespace imgbuild::cli
