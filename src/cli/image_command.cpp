// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "cli/image_verbs.hpp"
#include "root/namespaces.hpp"

#include <unistd.h>

#include <cerrno>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

/// `imgbuild image VERB`: hands over to the verb.
class ImageCommand final : public Command {
public:
    std::string name() const override { return "image"; }

    std::string summary() const override { return "Look after the images of a Warewulf server"; }

    std::string examples() const override {
        return "  imgbuild image list -l\n"
               "  imgbuild image copy node node-canary\n"
               "  imgbuild image VERB --help";
    }

    void declare(CLI::App& app) override {
        app.require_subcommand(1);
        app.alias("container");
        options_.declare(app);
        for (const auto& make :
             {make_image_import_command,
              make_image_exec_command,
              make_image_shell_command,
              make_image_syncuser_command,
              make_image_build_command,
              make_image_diff_command,
              make_image_size_command,
              make_image_export_command,
              make_image_list_command,
              make_image_show_command,
              make_image_kernels_command,
              make_image_history_command,
              make_image_copy_command,
              make_image_rename_command,
              make_image_delete_command}) {
            std::unique_ptr<Command> verb = make(options_);
            CLI::App* const app_of_verb = app.add_subcommand(verb->name(), verb->summary());
            app_of_verb->fallthrough();
            app_of_verb->footer("Examples:\n" + verb->examples());
            verb->declare(*app_of_verb);
            verbs_.emplace_back(app_of_verb, std::move(verb));
        }
    }

    int run(const GlobalOptions& options) override {
        for (const auto& [app, verb] : verbs_) {
            if (app->parsed()) {
                return run(*verb, options);
            }
        }
        return 0;
    }

private:
    static int run(Command& verb, const GlobalOptions& options) {
        try {
            return verb.run(options);
        } catch (base::SystemError& error) {
            if (error.error_number() == ENOSPC || error.error_number() == EDQUOT) {
                error.set_hint("free some space there, or keep images in another place with "
                               "--images, and what is packed with --store");
            }
            if (error.error_number() == EINVAL && root::id_mapping_name() != "host") {
                error.set_hint("a file may belong to a number for which this user has no "
                               "subordinate id: /etc/subuid and /etc/subgid say which there are");
            }
            const bool is_refused = error.error_number() == EACCES || error.error_number() == EPERM;
            if (is_refused && error.hint().empty() && error.exit_code() == base::ExitCode::system &&
                ::geteuid() == 0) {
                error.set_hint("root may not write there, as on NFS with root_squash: work where "
                               "the directory is local, or have it exported otherwise");
            }
            throw;
        }
    }

    ImageOptions options_;
    std::vector<std::pair<CLI::App*, std::unique_ptr<Command>>> verbs_;
};

} // namespace

std::unique_ptr<Command> make_image_command() {
    return std::make_unique<ImageCommand>();
}

} // namespace imgbuild::cli
