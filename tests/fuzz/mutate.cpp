// SPDX-License-Identifier: Apache-2.0
/**
 * @file
 * Drives a fuzz target with mutants of given files for some seconds:
 *
 *     mutate SECONDS SEED LAST_INPUT FILE…
 *
 * The input that is running stands in LAST_INPUT; where the program dies, it stays there. With
 * LAST_INPUT as the only FILE and 0 seconds it runs once more.
 */
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/unique_fd.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace imgbuild;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// One input must never take longer, sanitizers included.
constexpr std::chrono::seconds longest_run{20};

constexpr std::size_t largest_input = std::size_t{1} << 20U;

/// What random bytes would hardly ever hit.
constexpr std::array<std::string_view, 36> words = {
    "<!DOCTYPE image [<!ENTITY e 'x&e;'>]>",
    "<!ENTITY e SYSTEM 'file:///etc/passwd'>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?x ",
    "?>",
    "&amp;",
    "&#0;",
    "&#x10FFFF;",
    "&e;",
    " xmlns='urn:x'",
    " xmlns:x='urn:imgbuild:origin' x:name='1/a'",
    " schemaversion='7.4'",
    "8.5",
    "7.4",
    "<include from='file://x.xml'/>",
    "<containers source='r' backend='docker'><container name='a' arch='x86_64'/></containers>",
    "<container name='a' path='b' fetch_only='true'/>",
    " additionaltags='a,,b'",
    " console='serial serial'",
    " vga='1'",
    " btrfs_root_is_snapshot='true'",
    " use_for_bootstrap='true'",
    " type='rpm-dir'",
    " profiles='a,b'",
    " arch='x86_64,aarch64'",
    "<packagemanager>dnf</packagemanager>",
    "<extension><x xmlns='urn:x'/></extension>",
    "\r\n",
    "\xEF\xBB\xBF",
    "\xC3\xBC",
    "\xFF\xFE",
    "</image>",
    "/>",
};

class Mutator {
public:
    Mutator(std::vector<std::string> seeds, std::uint32_t seed)
        : seeds_(std::move(seeds))
        , random_(seed) {}

    std::string next() {
        std::string text = seeds_[below(seeds_.size())];
        const std::size_t changes = 1 + below(6);
        for (std::size_t i = 0; i < changes; ++i) {
            change(text);
        }
        text.resize(std::min(text.size(), largest_input));
        return text;
    }

private:
    std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

    /// A place that tags, attributes and texts begin or end at.
    std::size_t joint(const std::string& text) {
        const std::size_t at = text.find_first_of("<>\"' =", below(text.size() + 1));
        return at == std::string::npos ? text.size() : at;
    }

    std::string piece(const std::string& text) {
        const std::size_t start = joint(text);
        const std::size_t longest = std::size_t{1} << below(10);
        return text.substr(start, 1 + below(longest));
    }

    void change(std::string& text) {
        const std::size_t at = below(2) == 0 ? joint(text) : below(text.size() + 1);
        switch (below(7)) {
        case 0:
            text.insert(at, words[below(words.size())]);
            break;
        case 1:
            text.erase(at, 1 + below(std::size_t{1} << below(10)));
            break;
        case 2:
            text.insert(at, piece(text));
            break;
        case 3:
            text.insert(at, piece(seeds_[below(seeds_.size())]));
            break;
        case 4:
            if (at < text.size()) {
                text[at] = static_cast<char>(below(256));
            }
            break;
        case 5:
            text.insert(at, below(2000), static_cast<char>(below(256)));
            break;
        default:
            text.replace(at, 1 + below(8), words[below(words.size())]);
        }
    }

    std::vector<std::string> seeds_;
    std::mt19937 random_;
};

/// Runs the target; ends the program if that takes too long.
void run(const std::string& input, int last_input, const std::string& name) {
    if (::ftruncate(last_input, 0) != 0 || ::lseek(last_input, 0, SEEK_SET) != 0) {
        throw base::Error("the last input can't be written");
    }
    base::write_all(last_input, std::string_view(input), name);
    const auto start = std::chrono::steady_clock::now();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    if (std::chrono::steady_clock::now() - start > longest_run) {
        std::cerr << "an input took longer than " << longest_run.count() << " s\n";
        std::abort();
    }
}

int fuzz(const std::vector<std::string>& arguments) {
    const std::chrono::seconds time(std::stol(arguments[0]));
    const auto seed = static_cast<std::uint32_t>(std::stoul(arguments[1]));
    const std::string& name = arguments[2];
    std::vector<std::string> seeds;
    for (std::size_t i = 3; i < arguments.size(); ++i) {
        seeds.push_back(base::read_file(arguments[i]));
    }
    const base::UniqueFd last_input = base::open_at(AT_FDCWD, name, O_RDWR | O_CREAT, 0644);
    for (const std::string& text : seeds) {
        run(text, last_input.get(), name);
    }
    Mutator mutator(std::move(seeds), seed);
    std::size_t count = 0;
    const auto end = std::chrono::steady_clock::now() + time;
    for (; std::chrono::steady_clock::now() < end; ++count) {
        run(mutator.next(), last_input.get(), name);
    }
    std::cout << count << " mutants in " << time.count() << " s\n";
    ::unlink(name.c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 4) {
        std::cerr << "mutate SECONDS SEED LAST_INPUT FILE...\n";
        return 2;
    }
    try {
        return fuzz(arguments);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
