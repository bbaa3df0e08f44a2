// fuzz_dictionaries SOURCE OUT TARGETS...: writes OUT/TARGET.dict for every target, out of the constants that the code
// under it uses: words of its sources for texts, numbers of its sources and tables for binary formats.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include "exporters.hpp"
#include "life.hpp"
#include "sasync/base/writer.hpp"
#include "sasync/event/field.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "sasync/proto/strongswan_ha.hpp"
#include "wild.hpp"

namespace {

using namespace sasync;
namespace fs = std::filesystem;
using Words = std::set<std::string>;

constexpr std::size_t kWordBytesMax = 48;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The source without comments and #include lines.
std::string code_of(const fs::path& path) {
  std::ifstream in(path);
  std::string code;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#include")) continue;
    const auto comment = line.find("//");
    code += line.substr(0, comment) + "\n";
  }
  return code;
}

/// String literals, their simple escapes undone.
void add_literals(Words& words, const std::string& code) {
  for (auto at = code.find('"'); at != std::string::npos; at = code.find('"', at)) {
    std::string word;
    for (++at; at < code.size() && code[at] != '"' && code[at] != '\n'; ++at) {
      if (code[at] == '\\' && at + 1 < code.size()) ++at;
      word += code[at];
    }
    ++at;
    if (!word.empty() && word.size() <= kWordBytesMax) words.insert(word);
  }
}

template <class T>
std::string bytes_of(T value, bool big_endian) {
  Writer out;
  if (big_endian) {
    out.be(value);
  } else {
    out.le(value);
  }
  return std::string{as_text(out.view())};
}

/// A number in the sizes and byte orders that it can have on the wire.
void add_number(Words& words, std::uint64_t value) {
  if (value <= UINT8_MAX) {
    words.insert(bytes_of(static_cast<std::uint8_t>(value), true));
  } else if (value <= UINT16_MAX) {
    words.insert(bytes_of(static_cast<std::uint16_t>(value), true));
    words.insert(bytes_of(static_cast<std::uint16_t>(value), false));
  } else if (value <= UINT32_MAX) {
    words.insert(bytes_of(static_cast<std::uint32_t>(value), true));
    words.insert(bytes_of(static_cast<std::uint32_t>(value), false));
  }
}

/// Integer literals: decimal, and hexadecimal with 0x.
void add_numbers(Words& words, const std::string& code) {
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (!is_digit(code[at]) || (at > 0 && (is_name(code[at - 1]) || code[at - 1] == '.'))) continue;
    std::string digits;
    for (; at < code.size() && (is_name(code[at]) || code[at] == '\''); ++at) {
      if (code[at] != '\'') digits += code[at];
    }
    char* end = nullptr;
    const auto value = std::strtoull(digits.c_str(), &end, 0);
    if (end != digits.c_str()) add_number(words, value);
  }
}

std::string underscored(std::string name) {
  std::ranges::replace(name, '-', '_');
  return name;
}

/// Sources of a layer whose names begin with `stem`; when there are none, with its beginning up to an underscore.
std::vector<fs::path> sources(const fs::path& layer, std::string stem) {
  std::vector<fs::path> files;
  while (files.empty()) {
    for (const auto& entry : fs::recursive_directory_iterator(layer)) {
      if (entry.is_regular_file() && entry.path().filename().string().starts_with(stem)) files.push_back(entry.path());
    }
    const auto cut = stem.rfind('_');
    if (cut == std::string::npos) break;
    stem.resize(cut);
  }
  std::ranges::sort(files);
  return files;
}

Words literals(const fs::path& layer, const std::string& stem) {
  Words words;
  for (const auto& file : sources(layer, stem)) add_literals(words, code_of(file));
  return words;
}

Words numbers(const fs::path& layer, const std::string& stem) {
  Words words;
  for (const auto& file : sources(layer, stem)) add_numbers(words, code_of(file));
  return words;
}

void add_strongswan_ha(Words& words) {
  namespace ha = proto::strongswan_ha;
  for (char version = 1; version <= 5; ++version) {
    for (char type = 1; type <= 12; ++type) words.insert({version, type});
  }
  constexpr char kLayouts = 8;
  for (char layout = 0; layout < kLayouts; ++layout) {
    for (int name = 0; name <= static_cast<int>(ha::AttributeName::auth_method); ++name) {
      const auto attribute =
          ha::make_attribute(static_cast<ha::Layout>(layout), static_cast<ha::AttributeName>(name), std::uint32_t{0});
      if (attribute) words.insert(std::string(1, static_cast<char>(attribute->number)));
    }
  }
}

void add_fgcp_sync(Words& words) {
  namespace ref = proto::fgcp_sync;
  words.insert(std::string{as_text(ref::kMagic)} + '\1');
  for (const auto& type : ref::tlv_types()) words.insert(bytes_of(type.number, false));
  for (const auto& type : ref::message_types()) words.insert(std::string(1, static_cast<char>(type.number)));
}

/// "strongswan-ha 3\n": the first lines of inputs that name their protocol.
void add_protocol_lines(Words& words) {
  for (const auto& protocol : proto::protocols()) {
    for (char hint = '0'; hint <= '8'; ++hint) words.insert(fmt::format("{} {}\n", protocol.name, hint));
  }
}

/// The first two bytes of an input of import-export: every pair of forms.
Words pairs_of_forms() {
  Words words;
  for (std::uint8_t one = 0; one < fuzz::kFormCount; ++one) {
    for (std::uint8_t other = 0; other < fuzz::kFormCount; ++other) {
      words.insert({static_cast<char>(one), static_cast<char>(other)});
    }
  }
  return words;
}

/// The acts of a life (fuzz/life.hpp), each with every tunnel.
Words acts() {
  Words words;
  for (std::uint8_t act = 0; act < fuzz::kActs; ++act) {
    for (std::uint8_t tunnel = 0; tunnel < fuzz::kTunnels; ++tunnel) {
      words.insert({static_cast<char>(tunnel << 4U | act), 0, 0});
    }
  }
  return words;
}

/// Inputs of the machine in any order (fuzz/wild.hpp), each kind with two values.
Words records() {
  Words words;
  for (std::uint8_t kind = 0; kind < fuzz::kWildKinds; ++kind) {
    for (const char value : {'\0', '\x55'}) words.insert({static_cast<char>(kind), 0, value, 0});
  }
  return words;
}

Words words_of(const fs::path& lib, const std::string& target) {
  if (target == "cluster-life" || target == "differential") return acts();
  if (target == "machine") return records();
  if (target == "import-export") return pairs_of_forms();
  if (target.starts_with("import-")) {
    auto words = literals(lib / "import", target.substr(7));
    words.merge(literals(lib / "state", "algorithms"));
    return words;
  }
  if (target == "state-json") return literals(lib / "state", "document");
  if (target == "scenario") return literals(lib / "generate", "scenario");
  if (target == "when" || target == "config") return literals(lib / "request", target);
  if (target.starts_with("event-")) {
    auto words = literals(lib / "event/sasync/event", "values");
    words.merge(literals(lib / "event", "event_json_read"));
    for (const auto& [field, name] : event::kFieldNames) words.insert(fmt::format("\"{}\":", name));
    for (std::size_t kind = 0; kind < event::kKindCount; ++kind) {
      words.insert(fmt::format("\"{}\"", event::name_of(static_cast<event::Kind>(kind))));
    }
    return words;
  }
  auto words = Words{};
  if (target == "frames" || target == "link") words = numbers(lib / "net", "dissector");
  if (target == "capture-bytes") words = numbers(lib / "capture", "capture");
  if (target == "sasyncd-plain") words = numbers(lib / "proto", "pfkey");
  if (target == "ike-plain") words = numbers(lib / "proto", "ike");
  if (target == "prefix" || target == "printers") add_protocol_lines(words);
  if (proto::find_protocol(target)) words = numbers(lib / "proto", underscored(target));
  if (target == "strongswan-ha" || target == "link") add_strongswan_ha(words);
  if (target == "fgcp-sync" || target == "link") add_fgcp_sync(words);
  return words;
}

/// AFL's and libFuzzer's form.
void write_dictionary(const fs::path& path, const std::string& target, const Words& words) {
  std::string text = fmt::format("# Made by fuzz_dictionaries of what the code under the target {} uses.\n", target);
  for (const auto& word : words) {
    text += '"';
    for (const char c : word) {
      const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
      text += plain ? std::string(1, c) : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    }
    text += "\"\n";
  }
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: fuzz_dictionaries SOURCE OUT TARGETS...\n");
    return 2;
  }
  const auto lib = fs::path{argv[1]} / "lib";
  const fs::path out = argv[2];
  fs::create_directories(out);
  for (int i = 3; i < argc; ++i) {
    const std::string target = argv[i];
    const auto words = words_of(lib, target);
    if (words.empty()) {
      fmt::print(stderr, "fuzz_dictionaries: nothing is known about {}\n", target);
      return 1;
    }
    write_dictionary(out / (target + ".dict"), target, words);
  }
  return 0;
}
