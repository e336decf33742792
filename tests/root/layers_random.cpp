// SPDX-License-Identifier: Apache-2.0
// Random changes to few names, so that all combinations of them come up: the drivers must agree.
#include "layers_stages.hpp"
#include "layers_support.hpp"
#include "root/plain_driver.hpp"
#include "support/temporary_directory.hpp"
#include "tree/scan.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <random>

using namespace imgbuild;
using root::MountWay;
using store::Store;
using tree::Inventory;

namespace {

/// What a random change finds may not allow it: then it is none.
void may_fail(int /*result*/) {}

constexpr int stage_count = 5;
constexpr int changes_per_stage = 25;

/// The same sequence of changes for the same seed, wherever it is carried out. What can't be done (a
/// missing directory, a name that is taken) is left out; that depends on the tree alone.
class Changes {
public:
    explicit Changes(unsigned seed)
        : random_(seed) {}

    void run(const std::string& root) {
        for (int i = 0; i < changes_per_stage; ++i) {
            const std::string a = root + "/" + path();
            const std::string b = root + "/" + path();
            change(random_() % 11, a, b);
        }
    }

private:
    std::string path() {
        static constexpr std::array<const char*, 3> names = {"x", "y", "z"};
        std::string text = names[random_() % names.size()];
        for (std::size_t depth = random_() % 3; depth > 0; --depth) {
            text += std::string("/") + names[random_() % names.size()];
        }
        return text;
    }

    static bool is_directory(const std::string& path) {
        struct stat status = {};
        return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    }

    static void write(const std::string& path, int flags, const std::string& text) {
        const base::UniqueFd file(
            ::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0644));
        if (file) {
            REQUIRE(::write(file.get(), text.data(), text.size()) == ssize_t(text.size()));
        }
    }

    void change(unsigned long kind, const std::string& a, const std::string& b) {
        const std::string text = std::to_string(random_() % 100);
        const auto mode = static_cast<mode_t>(random_() % 2 == 0 ? 0755 : 0644);
        switch (kind) {
        case 0:
        case 1:
            (void)::mkdir(a.c_str(), 0755);
            break;
        case 2:
            write(a, O_CREAT | O_TRUNC, text);
            break;
        case 3:
            write(a, O_APPEND, text);
            break;
        case 4:
            (void)::unlink(a.c_str());
            break;
        case 5:
            if (base::exists(a)) {
                base::remove_tree(a);
            }
            break;
        case 6:
        case 7:
            may_fail(::linkat(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), 0));
            break;
        case 8:
            // An overlay renames no directories of the layers below.
            if (!is_directory(a)) {
                (void)::rename(a.c_str(), b.c_str());
            }
            break;
        case 9:
            may_fail(::symlink(text.c_str(), a.c_str()));
            break;
        default:
            if (is_directory(a) || random_() % 2 == 0) {
                may_fail(::fchmodat(AT_FDCWD, a.c_str(), mode, 0));
            } else {
                may_fail(::lchown(a.c_str(), static_cast<uid_t>(random_() % 3), 0));
            }
        }
    }

    std::mt19937 random_;
};

std::vector<Inventory>
run(unsigned seed, const Store& store, root::LayerDriver& driver, const base::Context& context) {
    Changes changes(seed);
    std::vector<Inventory> after = {Inventory()};
    std::vector<store::Key> layers;
    for (int i = 0; i < stage_count; ++i) {
        const auto root = driver.open(layers, after.back(), context);
        changes.run(root->mount_path());
        const store::Key key = crypto::sha256(std::to_string(seed) + "." + std::to_string(i));
        after.push_back(root->commit(key, test::epoch, context));
        layers.push_back(key);
        test::check_equal(after.back(), test::scan_root(driver, store, layers, context));
    }
    test::check_equal(after.back(), root::inventory_of_layers(store, layers));
    return after;
}

} // namespace

TEST_CASE("the drivers agree on random changes") {
    const test::TemporaryDirectory directory;
    test::TestContext test;
    const Store indexed_store = Store::open(directory / "indexed", "host");
    const Store unindexed_store = Store::open(directory / "unindexed", "host");
    const Store plain_store = Store::open(directory / "plain", "host");
    const auto indexed = test::overlay_driver(indexed_store, MountWay::automatic, true);
    const auto unindexed = test::overlay_driver(unindexed_store, MountWay::automatic, false);
    const auto plain = root::make_plain_driver(plain_store);
    const char* const more = std::getenv("IMGBUILD_RANDOM_ROUNDS");
    const unsigned rounds = more != nullptr ? unsigned(std::atoi(more)) : 8;
    for (unsigned seed = 1; seed <= rounds; ++seed) {
        INFO("seed ", seed);
        const std::vector<Inventory> wanted = run(seed, plain_store, *plain, test.context);
        const std::vector<Inventory> first = run(seed, indexed_store, *indexed, test.context);
        const std::vector<Inventory> second = run(seed, unindexed_store, *unindexed, test.context);
        for (int i = 0; i <= stage_count; ++i) {
            INFO("after stage ", i);
            test::check_equal(wanted[std::size_t(i)], first[std::size_t(i)]);
            test::check_equal(wanted[std::size_t(i)], second[std::size_t(i)]);
        }
    }
    CHECK(plain_store.verify(test.context).empty());
    CHECK(indexed_store.verify(test.context).empty());
    CHECK(unindexed_store.verify(test.context).empty());
}
