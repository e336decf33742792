// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/command.hpp"
#include "cli/image_options.hpp"

#include <memory>
#include <vector>

namespace imgbuild::cli {

/// All of them, as one verb of the program.
std::unique_ptr<Command> make_image_command();

/// The options outlive the verbs.
std::unique_ptr<Command> make_image_import_command(ImageOptions& options);
std::unique_ptr<Command> make_image_export_command(ImageOptions& options);
std::unique_ptr<Command> make_image_exec_command(ImageOptions& options);
std::unique_ptr<Command> make_image_shell_command(ImageOptions& options);
std::unique_ptr<Command> make_image_syncuser_command(ImageOptions& options);
std::unique_ptr<Command> make_image_build_command(ImageOptions& options);
std::unique_ptr<Command> make_image_diff_command(ImageOptions& options);
std::unique_ptr<Command> make_image_size_command(ImageOptions& options);
std::unique_ptr<Command> make_image_list_command(ImageOptions& options);
std::unique_ptr<Command> make_image_show_command(ImageOptions& options);
std::unique_ptr<Command> make_image_kernels_command(ImageOptions& options);
std::unique_ptr<Command> make_image_history_command(ImageOptions& options);
std::unique_ptr<Command> make_image_copy_command(ImageOptions& options);
std::unique_ptr<Command> make_image_rename_command(ImageOptions& options);
std::unique_ptr<Command> make_image_delete_command(ImageOptions& options);

} // namespace imgbuild::cli
