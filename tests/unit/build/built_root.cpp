// SPDX-License-Identifier: Apache-2.0
#include "build/built_root.hpp"

#include "support/temporary_directory.hpp"

#include <doctest/doctest.h>

using namespace imgbuild;
using build::BuiltRoot;

namespace {

/// Nothing but what roots are remembered by.
struct Build {
    build::Inputs inputs;
    build::Plan plan;

    Build(const std::string& file, const std::string& name, const std::string& uppermost) {
        inputs.request.file = file;
        inputs.request.name = name;
        inputs.request.version = "1.0.0";
        inputs.request.architecture = "x86_64";
        inputs.epoch = 1'700'000'000;
        plan.base_layers = {crypto::sha256("below"), crypto::sha256(uppermost)};
    }

    void remember(const store::Store& store) const { build::remember_root(store, inputs, plan); }

    BuiltRoot root() const {
        return {inputs.request.name + " 1.0.0 x86_64", plan.base_layers, inputs.epoch};
    }
};

} // namespace

TEST_SUITE("built_root") {
    TEST_CASE("what is written is read back") {
        const BuiltRoot root = Build("/d/config.xml", "node", "a").root();
        const std::string text = to_text(root);
        CHECK(build::parse_built_root(text) == root);
        CHECK_FALSE(build::parse_built_root(text.substr(0, text.size() - 1)));
        CHECK_FALSE(build::parse_built_root(text + "x\n"));
        CHECK_FALSE(build::parse_built_root("node\n17\n"));
        CHECK_FALSE(build::parse_built_root(""));
    }

    TEST_CASE("the last root of a description is found") {
        const test::TemporaryDirectory directory;
        const store::Store store = store::Store::open(directory / "store", "test");
        const Build first("/d/config.xml", "node", "a");
        CHECK_FALSE(build::last_root_of(store, first.inputs.request));
        CHECK(build::last_roots(store).empty());
        first.remember(store);
        CHECK(build::last_root_of(store, first.inputs.request) == first.root());

        const Build second("/d/config.xml", "node", "b");
        second.remember(store);
        CHECK(build::last_root_of(store, first.inputs.request) == second.root());

        // Another checkout of it is found by the image's name.
        const Build elsewhere("/e/config.xml", "node", "-");
        CHECK(build::last_root_of(store, elsewhere.inputs.request) == second.root());
        Build with_profile("/d/config.xml", "other", "c");
        with_profile.inputs.request.profiles = {"gpu"};
        CHECK_FALSE(build::last_root_of(store, with_profile.inputs.request));

        with_profile.remember(store);
        CHECK(
            build::last_roots(store) == std::vector<BuiltRoot>{second.root(), with_profile.root()});
    }

    TEST_CASE("a result tells its root, also when it is no longer the last") {
        const test::TemporaryDirectory directory;
        const store::Store store = store::Store::open(directory / "store", "test");
        const Build first("/d/config.xml", "node", "a");
        first.remember(store);
        Build("/d/config.xml", "node", "b").remember(store);
        build::BuildResult result;
        CHECK_FALSE(build::root_of(store, result));
        result.stages = {
            {"install", crypto::sha256("a").hex(), false, 1},
            {"pack", crypto::sha256("x").hex(), false, 1}};
        CHECK(build::root_of(store, result) == first.root());
        result.stages[0].key = "no key";
        CHECK_FALSE(build::root_of(store, result));
        result.stages[0].key = crypto::sha256("never built").hex();
        CHECK_FALSE(build::root_of(store, result));
    }

    TEST_CASE("a root whose layers are gone is not stored") {
        const test::TemporaryDirectory directory;
        const store::Store store = store::Store::open(directory / "store", "test");
        base::SilentReporter reporter;
        base::ThreadPool pool(1);
        CHECK_FALSE(build::is_stored(
            Build("/d/config.xml", "node", "a").root(), store, {reporter, pool, {}}));
    }
}
