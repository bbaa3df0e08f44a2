#include "sasync/sources/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "sasync/base/text.hpp"
#include "sasync/import/importer.hpp"
#include "sasync/model/dump.hpp"
#include "sasync/replay/run.hpp"
#include "sasync/state/document_json.hpp"

namespace sasync::sources {
namespace {

using Failure = std::unexpected<std::string>;

constexpr std::string_view kState = "state";
constexpr std::string_view kCapture = "capture";
constexpr std::size_t kWarningsMax = 20;

struct Name {
  std::string format{};  ///< "": the content tells
  std::string path{};
  std::string when{};    ///< "": none
  std::string member{};  ///< "": none
};

bool is_format(std::string_view text) {
  return text == kState || text == kCapture || importer::find_importer(text) != nullptr;
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return path == "-" || std::filesystem::exists(path, ignored);
}

/// A file of exactly that name is meant, whatever characters are in it.
Name parse(std::string_view text) {
  Name name;
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && is_format(text.substr(0, colon))) {
    name.format = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  name.path = text;
  if (is_file(name.path)) return name;
  if (const auto hash = name.path.rfind('#'); hash != std::string::npos) {
    // "FILE@frame:7" and "FILE@sync.pcap#frame:7" have a hash of WHEN's own.
    const auto tail = name.path.substr(hash + 1);
    if (!tail.starts_with("frame:")) {
      name.member = tail;
      name.path.resize(hash);
    }
  }
  if (is_file(name.path) || (name.format != kCapture && !name.format.empty())) return name;
  for (auto at = name.path.find('@'); at != std::string::npos; at = name.path.find('@', at + 1)) {
    if (!is_file(name.path.substr(0, at))) continue;
    name.when = name.path.substr(at + 1);
    name.path.resize(at);
    name.format = kCapture;
    break;
  }
  return name;
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

/// A file whose beginning can be looked at before it is read.
class Input {
 public:
  static std::expected<std::shared_ptr<Input>, std::string> open(const std::string& path) {
    auto input = std::make_shared<Input>();
    std::error_code ignored;
    if (path != "-" && std::filesystem::is_directory(path, ignored)) return Failure{path + ": is a directory"};
    input->file_.reset(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
    if (input->file_ == nullptr) {
      return Failure{fmt::format("{}: {}", path, std::generic_category().message(errno))};
    }
    input->beginning_.resize(importer::kRecognizeBytes);
    input->beginning_.resize(std::fread(input->beginning_.data(), 1, input->beginning_.size(), input->file_.get()));
    return input;
  }

  [[nodiscard]] std::string_view beginning() const { return beginning_; }
  [[nodiscard]] bool failed() const { return std::ferror(file_.get()) != 0; }
  [[nodiscard]] std::uint64_t read_bytes() const { return read_; }

  std::size_t read(std::span<char> into) {
    std::size_t count = 0;
    if (taken_ < beginning_.size()) {
      count = std::min(into.size(), beginning_.size() - taken_);
      std::copy_n(beginning_.begin() + static_cast<std::ptrdiff_t>(taken_), count, into.begin());
      taken_ += count;
    } else {
      count = std::fread(into.data(), 1, into.size(), file_.get());
    }
    read_ += count;
    return count;
  }

 private:
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string beginning_;
  std::size_t taken_ = 0;
  std::uint64_t read_ = 0;
};

bool is_capture(std::string_view beginning) {
  // pcap in both byte orders with micro- and nanoseconds, pcapng, gzip, zstd.
  constexpr std::array<std::string_view, 7> kMagic{"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1",
                                                   "\xa1\xb2\x3c\x4d", "\x0a\x0d\x0d\x0a", "\x1f\x8b",
                                                   "\x28\xb5\x2f\xfd"};
  return std::ranges::any_of(kMagic, [&](std::string_view magic) { return beginning.starts_with(magic); });
}

/// "" when nothing knows it.
std::string_view recognize(std::string_view beginning) {
  if (is_capture(beginning)) return kCapture;
  const auto first = beginning.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != std::string_view::npos && beginning[first] == '{' && beginning.contains("sasync-state/")) return kState;
  const auto* importer = importer::recognize(beginning);
  return importer == nullptr ? std::string_view{} : importer->name;
}

std::string escaped(std::string_view text) {
  Text out;
  append_escaped(out, text);
  return std::string{view(out)};
}

/// A line of a dump as a warning shows it: hex as long as a key may be one.
std::string without_keys(std::string_view text) {
  constexpr std::size_t kDigitsMin = 20;  // an IKE SPI has 16
  constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
  std::string kept;
  while (!text.empty()) {
    const auto run = std::min(text.find_first_not_of(kHexDigits), text.size());
    if (run >= kDigitsMin) {
      kept += fmt::format("<{} bytes redacted>", run / 2);
    } else {
      kept += text.substr(0, run);
    }
    text.remove_prefix(run);
    const auto rest = std::min(text.find_first_of(kHexDigits), text.size());
    kept += text.substr(0, rest);
    text.remove_prefix(rest);
  }
  return escaped(kept);
}

std::expected<Side, std::string> load_state(const Name& name, const std::shared_ptr<Input>& input) {
  Side side;
  auto document = state::read_document([input](std::span<char> into) { return input->read(into); });
  if (!document) return Failure{fmt::format("{}: {}", name.path, state::describe(document.error()))};
  side.document = std::move(*document);
  return side;
}

std::expected<Side, std::string> load_dump(const Name& name, const importer::Importer& importer,
                                           const std::shared_ptr<Input>& input) {
  Side side;
  importer::Lines lines{[input](std::span<char> into) { return input->read(into); }};
  auto imported = importer.import(lines, {});
  side.document = std::move(imported.document);
  const auto warn = [&](const importer::Remark& remark, std::string_view what) {
    if (side.warnings.size() >= kWarningsMax) return;
    side.warnings.push_back(fmt::format("{}:{}: {}{}{}", name.path, remark.line, what, remark.reason,
                                        remark.text.empty() ? "" : fmt::format(": {}", without_keys(remark.text))));
  };
  for (const auto& remark : imported.not_understood) warn(remark, "not understood: ");
  for (const auto& remark : imported.warnings) warn(remark, "");
  if (imported.not_understood_count > kWarningsMax) {
    side.warnings.push_back(
        fmt::format("{}: {} lines not understood in all", name.path, imported.not_understood_count));
  }
  side.trouble = imported.not_understood_count != 0 || imported.damaged;
  return side;
}

std::expected<Side, std::string> load_capture(const Name& name, replay::Options options,
                                              const std::atomic<bool>& stop) {
  Side side;
  options.source.files = {name.path};
  if (!name.when.empty()) {
    auto when = replay::parse_when(name.when);
    if (!when) return Failure{fmt::format("{}@{}: {}", name.path, name.when, when.error())};
    options.until = std::move(*when);
  }
  replay::Hooks hooks;
  hooks.listener.say = [&](std::string_view text) { side.warnings.emplace_back(text); };
  auto result = replay::run(options, hooks, stop);
  if (!result) return Failure{result.error()};
  side.document = model::to_document(result->state);
  side.model = result->state.settings->model;
  side.trouble = result->trouble;
  return side;
}

std::expected<Side, std::string> load_as(const Name& name, std::string_view format, const std::shared_ptr<Input>& input,
                                         const replay::Options& replay, const std::atomic<bool>& stop) {
  if (format == kCapture) return load_capture(name, replay, stop);
  if (format == kState) return load_state(name, input);
  return load_dump(name, *importer::find_importer(format), input);
}

std::string names_of(const state::Document& document) {
  std::string names;
  for (const auto& member : document.members) {
    if (!names.empty()) names += ", ";
    names += escaped(member.name.view());
  }
  return names;
}

std::expected<void, std::string> choose_member(const Name& name, Side& side) {
  const auto& members = side.document.members;
  if (members.empty()) return Failure{fmt::format("{}: there is no member's state in it", name.path)};
  if (name.member.empty()) {
    if (members.size() == 1) return {};
    return Failure{fmt::format("{}: it holds the members {}: say which, as in {}#{}", name.path,
                               names_of(side.document), name.path, escaped(members.front().name.view()))};
  }
  const auto found = std::ranges::find_if(members, [&](const state::Member& member) {
    return member.name.view() == name.member || member.serial.view() == name.member;
  });
  if (found == members.end()) {
    return Failure{
        fmt::format("{}: there is no member {} in it, only {}", name.path, name.member, names_of(side.document))};
  }
  side.member = static_cast<std::size_t>(found - members.begin());
  return {};
}

}  // namespace

std::expected<Side, std::string> load(std::string_view text, const replay::Options& replay,
                                      const std::atomic<bool>& stop) {
  const auto name = parse(text);
  const bool is_named_capture = name.format == kCapture;
  std::shared_ptr<Input> input;
  std::string format = name.format;
  if (!is_named_capture) {
    auto opened = Input::open(name.path);
    if (!opened) return Failure{opened.error()};
    input = std::move(*opened);
    if (format.empty()) format = recognize(input->beginning());
    if (format.empty() && input->beginning().empty()) {
      return Failure{
          fmt::format("{}: it is empty; if that is what a gateway without SAs printed, say whose dump it is, "
                      "as in swanctl:{}",
                      name.path, name.path)};
    }
    if (format.empty()) {
      return Failure{fmt::format("{}: it is none of the known formats (state, capture, {}); FORMAT:{} says which it is",
                                 name.path, "fortios, swanctl, xfrm, ipsecctl, setkey", name.path)};
    }
    if (format == kCapture && name.path == "-") {
      return Failure{std::string{"standard input: a capture is taken from a file here"}};
    }
  }
  auto side = load_as(name, format, input, replay, stop);
  if (!side) return side;
  if (input != nullptr && input->failed()) return Failure{fmt::format("{}: cannot be read to its end", name.path)};
  if (auto chosen = choose_member(name, *side); !chosen) return Failure{chosen.error()};
  return side;
}

}  // namespace sasync::sources
