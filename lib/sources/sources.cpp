#include "sasync/sources/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <ranges>
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
constexpr std::string_view kAuto = "auto";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kWarningsMax = 20;

struct Name {
  std::string format{};  ///< "": the content tells
  std::string path{};
  std::optional<std::string> when{};
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
  const auto format = text.substr(0, colon);
  if (colon != std::string_view::npos && (is_format(format) || format == kAuto)) {
    if (format != kAuto) name.format = format;
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
  static std::expected<std::shared_ptr<Input>, std::string> open(const std::string& path, const Options& options,
                                                                 const std::atomic<bool>& stop) {
    auto input = std::make_shared<Input>();
    std::error_code ignored;
    if (path != "-" && std::filesystem::is_directory(path, ignored)) return Failure{path + ": is a directory"};
    input->file_.reset(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"));
    if (input->file_ == nullptr) {
      return Failure{fmt::format("{}: {}", path, std::generic_category().message(errno))};
    }
    input->progress_ = options.progress;
    input->stop_ = &stop;
    const auto size = std::filesystem::file_size(path, ignored);
    if (!ignored) input->size_ = size;
    input->beginning_.resize(importer::kRecognizeBytes);
    input->beginning_.resize(std::fread(input->beginning_.data(), 1, input->beginning_.size(), input->file_.get()));
    return input;
  }

  [[nodiscard]] std::string_view beginning() const { return beginning_; }
  [[nodiscard]] bool failed() const { return std::ferror(file_.get()) != 0; }
  /// No character but blanks in it.
  [[nodiscard]] bool is_blank() const {
    return beginning_.size() < importer::kRecognizeBytes &&
           beginning_.find_first_not_of(" \t\r\n") == std::string::npos;
  }
  /// Not to be read at the beginning.
  void skip(std::size_t count) { taken_ = count; }

  std::size_t read(std::span<char> into) {
    std::size_t count = 0;
    if (stop_->load(std::memory_order_relaxed)) return 0;
    if (progress_) progress_(read_, size_);
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
  std::uint64_t size_ = 0;
  std::function<void(std::uint64_t, std::uint64_t)> progress_{};
  const std::atomic<bool>* stop_ = nullptr;
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
  if (input->beginning().starts_with(kByteOrderMark)) input->skip(kByteOrderMark.size());
  auto part = state::read_part([input](std::span<char> into) { return input->read(into); });
  if (!part) return Failure{fmt::format("{}: {}", name.path, state::describe(part.error()))};
  side.document = std::move(part->document);
  if (part->cut) {
    side.trouble = true;
    side.warnings.push_back(fmt::format("{}: the document is cut off, what stands in front of that is compared: {}",
                                        name.path, state::describe(*part->cut)));
  }
  return side;
}

std::expected<Side, std::string> load_dump(const Name& name, const importer::Importer& importer,
                                           const std::shared_ptr<Input>& input, const Options& options) {
  Side side;
  importer::Lines lines{[input](std::span<char> into) { return input->read(into); }};
  auto imported = importer.import(lines, {.local_addresses = options.local_addresses});
  side.document = std::move(imported.document);
  const auto warn = [&](const importer::Remark& remark, std::string_view what) {
    if (side.warnings.size() >= kWarningsMax) return;
    const auto line = remark.line == 0 ? std::string{} : fmt::format("{}:", remark.line);
    const auto text = options.show_secrets ? escaped(remark.text) : without_keys(remark.text);
    side.warnings.push_back(
        fmt::format("{}:{} {}{}{}{}", name.path, line, what, remark.reason, text.empty() ? "" : ": ", text));
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

/// What a pipe gives, in a file that has no name: a capture is read by its path, and from its beginning.
std::expected<std::shared_ptr<std::FILE>, std::string> spool(const Name& name, Input& input) {
  // NOLINTNEXTLINE(clang-analyzer-unix.Stream): the deleter closes it
  std::shared_ptr<std::FILE> file{std::tmpfile(), [](std::FILE* it) {
                                    if (it != nullptr) std::fclose(it);
                                  }};
  bool good = file != nullptr;
  std::vector<char> buffer(std::size_t{256} << 10U);
  while (good) {
    const auto count = input.read(buffer);
    if (count == 0) break;
    good = std::fwrite(buffer.data(), 1, count, file.get()) == count;
  }
  if (!good || std::fflush(file.get()) != 0 || std::fseek(file.get(), 0, SEEK_SET) != 0) {
    return Failure{fmt::format("{}: a capture out of a pipe is kept in a temporary file: {}", name.path,
                               std::generic_category().message(errno))};
  }
  return file;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// Why a replay did not come about, with the file's name and no option that nobody gave.
std::string reason_of(const Name& name, std::string text) {
  constexpr std::string_view kUntil = "--until ";
  if (text.empty()) text = "it cannot be read as a capture";
  if (text.starts_with(kUntil)) return fmt::format("{}@{}", name.path, text.substr(kUntil.size()));
  return text.contains(name.path) ? text : fmt::format("{}: {}", name.path, text);
}

std::expected<Side, std::string> load_capture(const Name& name, const std::shared_ptr<Input>& input,
                                              const Options& options, const std::atomic<bool>& stop) {
  Side side;
  auto replay = options.replay;
  auto path = name.path;
  std::shared_ptr<std::FILE> spooled;
  std::error_code ignored;
  if (input != nullptr && !std::filesystem::is_regular_file(name.path, ignored)) {
    auto file = spool(name, *input);
    if (!file) return Failure{file.error()};
    spooled = std::move(*file);
    path = fmt::format("/dev/fd/{}", ::fileno(spooled.get()));
  }
  replay.source.files = {path};
  if (name.when) {
    auto when = replay::parse_when(*name.when);
    if (!when) return Failure{fmt::format("{}@{}: {}", name.path, *name.when, when.error())};
    replay.until = std::move(*when);
  }
  replay::Hooks hooks;
  hooks.listener.say = [&](std::string_view text) {
    side.warnings.push_back(replaced(std::string{text}, path, name.path));
  };
  if (options.progress) {
    hooks.listener.progress = [&](std::uint64_t bytes, std::uint64_t all, std::uint64_t) {
      options.progress(bytes, all);
    };
  }
  auto result = replay::run(replay, hooks, stop);
  if (!result) {
    auto lines = side.warnings;
    if (lines.empty() || !result.error().empty()) {
      lines.push_back(reason_of(name, replaced(result.error(), path, name.path)));
    }
    std::string text;
    for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line;
    return Failure{text};
  }
  side.document = model::to_document(result->state);
  side.model = result->state.settings->model;
  side.trouble = result->trouble;
  return side;
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

/// A side that is named and opened.
struct Opened {
  Name name{};
  std::shared_ptr<Input> input{};  ///< nullptr: the replay opens it
  std::string format{};            ///< "": not known
};

std::expected<Opened, std::string> open(std::string_view text, const Options& options, const std::atomic<bool>& stop) {
  Opened side{.name = parse(text)};
  const auto& name = side.name;
  if (name.when == "") {
    return Failure{
        fmt::format("{}@: a moment has to follow, as in {}@+12.5s or {}@end", name.path, name.path, name.path)};
  }
  side.format = name.format;
  std::error_code ignored;
  const bool is_pipe =
      name.path == "-" || (is_file(name.path) && !std::filesystem::is_regular_file(name.path, ignored) &&
                           !std::filesystem::is_directory(name.path, ignored));
  if (name.format == kCapture && !is_pipe) return side;
  auto opened = Input::open(name.path, options, stop);
  if (!opened) return Failure{opened.error()};
  side.input = std::move(*opened);
  if (side.format.empty()) side.format = recognize(side.input->beginning());
  return side;
}

/// Without SAs these commands print nothing.
bool prints_nothing(std::string_view format) {
  constexpr auto kFormats = std::to_array<std::string_view>({"swanctl", "xfrm", "ipsecctl", "setkey"});
  return std::ranges::find(kFormats, format) != kFormats.end();
}

/// Of a side without a word: what the other one is.
std::expected<void, std::string> settle_format(Opened& side, const Opened& other, std::vector<std::string>& warnings) {
  if (!side.format.empty()) return {};
  const auto& path = side.name.path;
  if (!side.input->is_blank()) {
    return Failure{fmt::format("{}: it is none of the known formats (state, capture, {}); FORMAT:{} says which it is",
                               path, "fortios, swanctl, xfrm, ipsecctl, setkey", path)};
  }
  if (!prints_nothing(other.format)) {
    return Failure{
        fmt::format("{}: it is empty; if that is what a gateway without SAs printed, say whose dump it is, "
                    "as in swanctl:{}",
                    path, path)};
  }
  side.format = other.format;
  warnings.push_back(fmt::format("{}: it is empty: taken for a list of {} without SAs, as the other side is one of it",
                                 path, side.format));
  return {};
}

std::expected<Side, std::string> read(const Opened& opened, std::vector<std::string> warnings, const Options& options,
                                      const std::atomic<bool>& stop) {
  const auto& name = opened.name;
  auto side = opened.format == kCapture ? load_capture(name, opened.input, options, stop)
              : opened.format == kState
                  ? load_state(name, opened.input)
                  : load_dump(name, *importer::find_importer(opened.format), opened.input, options);
  if (stop.load(std::memory_order_relaxed)) return Failure{"interrupted"};
  if (!side) return side;
  side->warnings.insert(side->warnings.begin(), warnings.begin(), warnings.end());
  if (opened.input != nullptr && opened.input->failed()) {
    return Failure{fmt::format("{}: cannot be read to its end", name.path)};
  }
  if (auto chosen = choose_member(name, *side); !chosen) return Failure{chosen.error()};
  return side;
}

}  // namespace

std::expected<std::pair<Side, Side>, std::string> load(std::string_view left, std::string_view right,
                                                       const Options& options, const std::atomic<bool>& stop) {
  auto opened_left = open(left, options, stop);
  if (!opened_left) return Failure{opened_left.error()};
  auto opened_right = open(right, options, stop);
  if (!opened_right) return Failure{opened_right.error()};
  std::vector<std::string> left_warnings;
  std::vector<std::string> right_warnings;
  const auto unsettled = *opened_left;
  if (auto good = settle_format(*opened_left, *opened_right, left_warnings); !good) return Failure{good.error()};
  if (auto good = settle_format(*opened_right, unsettled, right_warnings); !good) return Failure{good.error()};
  auto side_left = read(*opened_left, std::move(left_warnings), options, stop);
  if (!side_left) return Failure{side_left.error()};
  auto side_right = read(*opened_right, std::move(right_warnings), options, stop);
  if (!side_right) return Failure{side_right.error()};
  return std::pair{std::move(*side_left), std::move(*side_right)};
}

}  // namespace sasync::sources
