// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/unified_diff.hpp"
#include "cli/commands.hpp"
#include "description/beside.hpp"
#include "description/migration.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

namespace imgbuild::cli {

namespace {

using description::MigratedFile;

bool is_changed(const MigratedFile& file) {
    return file.before != file.after;
}

void replace_in_place(const MigratedFile& file) {
    struct stat status = {};
    constexpr mode_t usual_mode = 0644;
    const mode_t mode =
        ::stat(file.path.c_str(), &status) == 0 ? status.st_mode & ALLPERMS : usual_mode;
    // Where the file is a link, what it leads to is changed.
    base::replace_file(base::real_path(file.path), file.after, mode);
}

class MigrateCommand final : public Command {
public:
    std::string name() const override { return "migrate"; }

    std::string summary() const override {
        return "Bring a description to the current schema version";
    }

    std::string examples() const override {
        return "  imgbuild migrate node.kiwi > node.xml\n"
               "  imgbuild migrate descriptions/node --diff\n"
               "  imgbuild migrate descriptions/node --in-place";
    }

    void declare(CLI::App& app) override {
        app.add_option("description", description_, "The description: a file, or its directory")
            ->required()
            ->type_name("DESCRIPTION");
        auto* const in_place =
            app.add_flag("--in-place", in_place_, "Change the files, included ones too");
        app.add_flag("--diff", diff_, "Only show what would change")->excludes(in_place);
    }

    int run(const GlobalOptions&) override {
        const std::vector<MigratedFile> files = description::migrate(description_);
        if (diff_) {
            for (const MigratedFile& file : files) {
                std::cout << base::unified_diff(file.before, file.after, file.path, file.path);
            }
        } else if (in_place_) {
            change(files);
        } else {
            std::cout << files.front().after;
            std::for_each(files.begin() + 1, files.end(), [](const MigratedFile& file) {
                std::cerr << fmt::format(
                    "{}: must change, too; see --diff or use --in-place\n", file.path);
            });
        }
        return 0;
    }

private:
    static void change(const std::vector<MigratedFile>& files) {
        if (std::none_of(files.begin(), files.end(), is_changed)) {
            std::cout << fmt::format("{}: already current\n", files.front().path);
            return;
        }
        for (const MigratedFile& file : files) {
            if (is_changed(file)) {
                replace_in_place(file);
                std::cout << fmt::format("{}: migrated\n", file.path);
            }
        }
    }

    std::string description_;
    bool in_place_ = false;
    bool diff_ = false;
};

} // namespace

std::unique_ptr<Command> make_migrate_command() {
    return std::make_unique<MigrateCommand>();
}

} // namespace imgbuild::cli
