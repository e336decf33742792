// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Where things stand in a store, and the few file operations that all kinds of entries share.
 */
#pragma once

#include "base/error.hpp"
#include "crypto/digest.hpp"

#include <ctime>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace imgbuild::store {

/// The store's own directory for staging.
std::string work_place(const std::string& store);
std::string blob_place(const std::string& store);
std::string blob_file(const std::string& store, const crypto::Digest& digest);
std::string chunk_place(const std::string& store);
std::string chunk_file(const std::string& store, const crypto::Digest& key);
std::string expanded_place(const std::string& store);
std::string expanded_file(const std::string& store, const crypto::Digest& key);
std::string record_place(const std::string& store);
std::string record_file(const std::string& store, std::string_view kind, const crypto::Digest& key);
/// @param id_mapping of the processes that made the layers: the owners of their files depend on it.
std::string layer_place(const std::string& store, const std::string& id_mapping);
std::string
layer_directory(const std::string& store, const std::string& id_mapping, const crypto::Digest& key);
std::string damaged_place(const std::string& store);

/// The names in a directory, sorted; none if there is no such directory.
std::vector<std::string> names_in(const std::string& directory);

/// Renames, making the directory of `target` if it is missing.
void move_into_place(const std::string& source, const std::string& target);

/// Moves an entry into damaged/, so that nobody uses it but a person can still look at it.
void set_aside(const std::string& store, const std::string& path);

/// Removes a tree. What can't be removed here (another user's, another id mapping's) is left to the next
/// process that may.
/// @throws base::Interrupted
void try_to_remove(const std::string& path, const std::stop_token& stop = {});

/// Notes that an entry is being used. Failing to note it is no reason to fail.
void touch(const std::string& path) noexcept;

bool is_before(const timespec& a, const timespec& b) noexcept;

/// Runs `action`; its errors name the store, so that a full disk is said to be the store's.
template <typename Action>
decltype(auto) in_store(const std::string& store, const Action& action) {
    return base::with_context([&] { return "in the store " + store; }, action);
}

} // namespace imgbuild::store
