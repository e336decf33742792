// SPDX-License-Identifier: Apache-2.0
// The form: a version line, then for each entry its type's letter and its fields, separated by one
// blank. Bytes that could be taken for something else are %XX, so every field is plain ASCII.
//
//     d PATH MODE UID GID MTIME                 and s (socket), p (fifo) alike
//     f PATH MODE UID GID MTIME SIZE DIGEST     DIGEST is - if it is not known
//     l PATH MODE UID GID MTIME TARGET
//     c PATH MODE UID GID MTIME MAJOR MINOR     and b alike
//     w PATH
//
// and behind them, where there are any, @LINKGROUP and the extended attributes as NAME=VALUE.
#include "base/error.hpp"
#include "tree/inventory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace imgbuild::tree {

namespace {

constexpr std::string_view version_line = "imgbuild inventory 1\n";
constexpr std::string_view type_letters = "dflcbpsw";
constexpr std::array types = {
    EntryType::directory,
    EntryType::regular,
    EntryType::symlink,
    EntryType::char_device,
    EntryType::block_device,
    EntryType::fifo,
    EntryType::socket,
    EntryType::whiteout,
};

char letter_of(EntryType type) {
    const auto found = std::find(types.begin(), types.end(), type);
    return type_letters[static_cast<std::size_t>(found - types.begin())];
}

bool is_plain(char c) {
    return c > ' ' && c < '\x7f' && c != '%' && c != '=' && c != '@';
}

class Writer {
public:
    explicit Writer(std::size_t entries) { text_.reserve(entries * 160); }

    void add(std::string_view text) { text_ += text; }

    void add_number(auto value, int base = 10) {
        std::array<char, 24> buffer;
        const auto end =
            std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base).ptr;
        text_ += ' ';
        text_.append(buffer.data(), end);
    }

    void add_escaped(std::string_view field) {
        constexpr std::string_view digits = "0123456789abcdef";
        for (const char c : field) {
            if (is_plain(c)) {
                text_ += c;
            } else {
                const auto byte = static_cast<unsigned char>(c);
                text_ += {'%', digits[byte >> 4U], digits[byte & 15U]};
            }
        }
    }

    void add_time(const Time& time) {
        add_number(time.seconds);
        if (time.nanoseconds != 0) {
            std::array<char, 10> digits;
            std::uint32_t rest = time.nanoseconds;
            for (std::size_t i = 9; i > 0; --i) {
                digits.at(i) = static_cast<char>('0' + rest % 10);
                rest /= 10;
            }
            digits[0] = '.';
            text_.append(digits.data(), digits.size());
        }
    }

    std::string finish() { return std::move(text_); }

private:
    std::string text_;
};

void write_entry(Writer& out, const Entry& entry) {
    out.add({&type_letters[type_letters.find(letter_of(entry.type))], 1});
    out.add(" ");
    out.add_escaped(entry.path.empty() ? "." : std::string_view(entry.path));
    if (entry.type == EntryType::whiteout) {
        out.add("\n");
        return;
    }
    out.add_number(entry.mode, 8);
    out.add_number(entry.uid);
    out.add_number(entry.gid);
    out.add_time(entry.mtime);
    if (entry.type == EntryType::regular) {
        out.add_number(entry.size);
        out.add(" ");
        out.add(entry.digest ? entry.digest->hex() : "-");
    } else if (entry.type == EntryType::symlink) {
        out.add(" ");
        out.add_escaped(entry.link_target);
    } else if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
        out.add_number(entry.major);
        out.add_number(entry.minor);
    }
    if (entry.link_group != 0) {
        out.add(" @");
        out.add(std::to_string(entry.link_group));
    }
    for (const auto& [name, value] : entry.xattrs) {
        out.add(" ");
        out.add_escaped(name);
        out.add("=");
        out.add_escaped(value);
    }
    out.add("\n");
}

/// Takes one line apart. Everything that `write_entry` would not have written is refused.
class LineReader {
public:
    LineReader(std::string_view line, const std::string& name, std::size_t number)
        : rest_(line)
        , name_(name)
        , number_(number) {}

    [[noreturn]] void fail(std::string_view what) const {
        throw base::Error(
            fmt::format("{}:{}: not a line of an inventory: {}", name_, number_, what));
    }

    bool at_end() const { return done_; }

    std::string_view field() {
        if (done_) {
            fail("a field is missing");
        }
        const std::size_t end = rest_.find(' ');
        const std::string_view result = rest_.substr(0, end);
        done_ = end == std::string_view::npos;
        rest_.remove_prefix(done_ ? rest_.size() : end + 1);
        return result;
    }

    template <typename Number>
    Number number(std::string_view text, int base = 10) const {
        Number value = 0;
        const char* const end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
        if (error != std::errc() || stopped != end) {
            fail("a number is wrong");
        }
        return value;
    }

    Time time() {
        const std::string_view text = field();
        const std::size_t point = text.find('.');
        Time result;
        result.seconds = number<std::int64_t>(text.substr(0, point));
        if (point != std::string_view::npos) {
            const std::string_view fraction = text.substr(point + 1);
            if (fraction.size() != 9) {
                fail("a time is wrong");
            }
            result.nanoseconds = number<std::uint32_t>(fraction);
        }
        return result;
    }

    std::string unescaped(std::string_view text) const {
        std::string result;
        result.reserve(text.size());
        while (!text.empty()) {
            const std::size_t plain = std::min(text.find('%'), text.size());
            result += text.substr(0, plain);
            text.remove_prefix(plain);
            if (text.empty()) {
                break;
            }
            if (text.size() < 3) {
                fail("an escape is cut short");
            }
            result += static_cast<char>(number<unsigned char>(text.substr(1, 2), 16));
            text.remove_prefix(3);
        }
        return result;
    }

    /// A store may be shared: what is read from it must not lead anywhere else later.
    std::string path() {
        const std::string_view text = field();
        if (text == ".") {
            return {};
        }
        std::string result = unescaped(text);
        std::string_view rest = result;
        for (;;) {
            const std::size_t slash = rest.find('/');
            const std::string_view part = rest.substr(0, slash);
            if (part.empty() || part == "." || part == ".." ||
                part.find('\0') != std::string_view::npos) {
                fail("a path is wrong");
            }
            if (slash == std::string_view::npos) {
                return result;
            }
            rest.remove_prefix(slash + 1);
        }
    }

private:
    std::string_view rest_;
    const std::string& name_;
    std::size_t number_;
    bool done_ = false;
};

void read_extras(LineReader& line, Entry& entry) {
    while (!line.at_end()) {
        const std::string_view field = line.field();
        if (field.starts_with('@')) {
            entry.link_group = line.number<std::uint32_t>(field.substr(1));
            continue;
        }
        const std::size_t equals = field.find('=');
        if (equals == std::string_view::npos) {
            line.fail("a field too many");
        }
        entry.xattrs.emplace_back(
            line.unescaped(field.substr(0, equals)), line.unescaped(field.substr(equals + 1)));
    }
}

Entry read_entry(LineReader& line) {
    Entry entry;
    const std::string_view letter = line.field();
    const std::size_t type =
        letter.size() == 1 ? type_letters.find(letter) : std::string_view::npos;
    if (type == std::string_view::npos) {
        line.fail("unknown type");
    }
    entry.type = types.at(type);
    entry.path = line.path();
    if (entry.type == EntryType::whiteout) {
        return entry;
    }
    entry.mode = line.number<std::uint32_t>(line.field(), 8);
    entry.uid = line.number<std::uint32_t>(line.field());
    entry.gid = line.number<std::uint32_t>(line.field());
    entry.mtime = line.time();
    if (entry.type == EntryType::regular) {
        entry.size = line.number<std::uint64_t>(line.field());
        const std::string_view digest = line.field();
        if (digest != "-") {
            entry.digest = crypto::Digest::from_hex(digest);
            if (!entry.digest) {
                line.fail("a digest is wrong");
            }
        }
    } else if (entry.type == EntryType::symlink) {
        entry.link_target = line.unescaped(line.field());
    } else if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
        entry.major = line.number<std::uint32_t>(line.field());
        entry.minor = line.number<std::uint32_t>(line.field());
    }
    read_extras(line, entry);
    return entry;
}

} // namespace

std::string serialise(const Inventory& inventory) {
    Writer out(inventory.entries().size());
    out.add(version_line);
    for (const Entry& entry : inventory.entries()) {
        write_entry(out, entry);
    }
    return out.finish();
}

Inventory parse_inventory(std::string_view text, const std::string& name) {
    if (!text.starts_with(version_line)) {
        throw base::Error(fmt::format("{} is not an inventory of this version of imgbuild", name));
    }
    text.remove_prefix(version_line.size());
    std::vector<Entry> entries;
    entries.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    std::size_t number = 1;
    while (!text.empty()) {
        ++number;
        const std::size_t end = text.find('\n');
        LineReader line(text.substr(0, end), name, number);
        if (end == std::string_view::npos) {
            line.fail("it is cut short");
        }
        entries.push_back(read_entry(line));
        if (!line.at_end()) {
            line.fail("a field too many");
        }
        text.remove_prefix(end + 1);
    }
    return base::with_context(
        [&] { return fmt::format("reading {}", name); },
        [&] { return Inventory(std::move(entries)); });
}

} // namespace imgbuild::tree
