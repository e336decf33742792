// SPDX-License-Identifier: Apache-2.0
#include "layers_support.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "layers_stages.hpp"
#include "root/namespaces.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace imgbuild::test {

Outcome run_stages(root::LayerDriver& driver, const base::Context& context) {
    Outcome outcome;
    tree::Inventory below;
    for (const Stage& stage : stages()) {
        const store::Key key = crypto::sha256(stage.name);
        const std::unique_ptr<root::WorkingRoot> root = driver.open(outcome.layers, below, context);
        stage.run(*root);
        below = root->commit(key, stage.name, epoch, context);
        outcome.layers.push_back(key);
        outcome.after.push_back(below);
    }
    return outcome;
}

std::string text_of(const Outcome& outcome) {
    std::string text;
    for (const tree::Inventory& inventory : outcome.after) {
        text += tree::serialise(inventory);
    }
    return text;
}

tree::Inventory scan_root(
    root::LayerDriver& driver,
    const store::Store& store,
    const std::vector<store::Key>& layers,
    const base::Context& context) {
    const std::unique_ptr<root::WorkingRoot> root =
        driver.open(layers, root::inventory_of_layers(store, layers), context);
    return tree::scan(root->root().fd(), "the root", {}, context);
}

std::unique_ptr<root::LayerDriver>
overlay_driver(const store::Store& store, root::MountWay way, bool index) {
    root::OverlaySupport support = root::probe_overlay(store, way);
    REQUIRE(support.problem.empty());
    REQUIRE(support.options.index);
    support.options.index = index;
    return root::make_overlay_driver(store, support.options);
}

tree::Inventory scan_path(const std::string& path, const base::Context& context) {
    const base::UniqueFd directory = base::open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    return tree::scan(directory.get(), path, {.overlay_upper = true}, context);
}

void check_equal(const tree::Inventory& wanted, const tree::Inventory& found) {
    for (const std::string& line : tree::describe_differences(wanted, found)) {
        FAIL_CHECK(line);
    }
    CHECK(wanted == found);
}

std::string digest_at(const tree::Inventory& inventory, const std::string& path) {
    const tree::Entry* const entry = inventory.find(path);
    return entry == nullptr || !entry->digest ? "" : entry->digest->hex();
}

std::string run_again(const std::vector<std::string>& arguments) {
    int ends[2] = {};
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        base::throw_errno("making a pipe");
    }
    const base::UniqueFd read_end(ends[0]);
    base::UniqueFd write_end(ends[1]);
    std::vector<char*> argv;
    std::vector<std::string> copy = arguments;
    for (std::string& argument : copy) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(write_end.get(), STDOUT_FILENO);
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    write_end.reset();
    std::string output = base::read_all(read_end.get(), "the child's output");
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
        throw base::Error("a child of the test failed: " + output);
    }
    return output;
}

int run_child(const std::vector<std::string>& arguments) {
    root::enter_private_namespaces();
    TestContext test;
    const store::Store store = store::Store::open(arguments.at(2), root::id_mapping_name());
    const auto choice =
        arguments.at(1) == "plain" ? root::DriverChoice::plain : root::DriverChoice::overlay;
    const std::unique_ptr<root::LayerDriver> driver =
        root::make_layer_driver(choice, store, test.context);
    if (arguments.at(0) == "--child-stages") {
        const Outcome outcome = run_stages(*driver, test.context);
        for (const std::string& line : store.verify(test.context)) {
            std::fprintf(stderr, "%s\n", line.c_str());
            return 1;
        }
        std::fputs(text_of(outcome).c_str(), stdout);
        return 0;
    }
    // --child-wait: works on a root until it is killed.
    const std::unique_ptr<root::WorkingRoot> root = driver->open({}, {}, test.context);
    run_script(root->mount_path(), "mkdir -p a/b; echo x > a/b/c; chown 12:34 a/b; chmod 0 a/b");
    std::puts("ready");
    std::fflush(stdout);
    for (;;) {
        ::pause();
    }
}

} // namespace imgbuild::test
