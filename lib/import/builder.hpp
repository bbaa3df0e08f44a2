#pragma once
// What all importers share: the result while it is being made.

#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sasync/import/importer.hpp"
#include "sasync/state/algorithms.hpp"

namespace sasync::importer {

/// Details while they come in; names and values are interned at once.
using DetailList = std::vector<state::Detail>;

class Builder {
 public:
  explicit Builder(const ImportOptions& options) : options_(options) {}

  [[nodiscard]] const ImportOptions& options() const { return options_; }
  [[nodiscard]] state::Texts& texts() { return *imported_.document.texts; }
  [[nodiscard]] state::Interned text(std::string_view text) { return texts().intern(text); }

  void not_understood(const Line& line, std::string_view reason);
  /// A last line without its end that leaves its SA incomplete: a part of a line, whose values are not to be trusted.
  void cut_off(const Line& line) { not_understood(line, "the text ends in the middle of this line"); }
  /// At most kWarningsMax are kept; one more says how many there were.
  void warn(std::size_t line, std::string_view reason, std::string_view text = {});
  /// The same about what nothing is wrong with, but the dump does not show.
  void say_assumed(std::string_view reason);

  void detail(DetailList& list, std::string_view name, std::string_view value) {
    list.push_back({text(name), text(value)});
  }
  /// The name is `prefix` and `name`.
  void detail(DetailList& list, std::string_view prefix, std::string_view name, std::string_view value);
  /// Key material: its hex digits with keep_secrets, else how long it is.
  void secret(DetailList& list, std::string_view prefix, std::string_view name, std::string_view hex);
  /// Absent when the list is empty. A name that comes again is written once if the value is the same, and else gets a
  /// number: "PPK", "PPK.2".
  [[nodiscard]] state::Details freeze(const DetailList& list);

  /// The canonical name; a spelling that nobody knows stays as it is.
  [[nodiscard]] state::Interned algorithm(state::AlgorithmKind kind, state::Dialect dialect, std::string_view spelling,
                                          unsigned key_bits, unsigned linux_bits = 0);
  [[nodiscard]] state::TextList list(std::initializer_list<std::string_view> texts);

  [[nodiscard]] state::Document& document() { return imported_.document; }
  /// The only member of a dump that has one: named by the options.
  state::Member& add_member(std::string_view source);
  [[nodiscard]] Imported finish(const Lines& lines) &&;

  static constexpr std::size_t kWarningsMax = 1000;

 private:
  void keep_warning(std::size_t line, std::string_view reason, std::string_view text);
  [[nodiscard]] state::Interned unique_name(const state::Detail& detail);

  const ImportOptions& options_;
  Imported imported_;
  std::size_t warnings_count_ = 0;
  std::string scratch_;
  struct Seen {
    state::Interned value{};
    unsigned count = 0;
  };
  std::unordered_map<state::Interned, Seen, state::InternedHash> names_;  ///< of the details that are being frozen
  DetailList unique_;
};

/// What names an IKE SA.
struct SpiPair {
  std::uint64_t initiator = 0;
  std::uint64_t responder = 0;
  bool operator==(const SpiPair&) const = default;
};
struct SpiPairHash {
  std::size_t operator()(const SpiPair& spis) const {
    return static_cast<std::size_t>(spis.initiator ^ (spis.responder * 0x9E3779B97F4A7C15U));
  }
};

/// Fills an optional that is still empty from another one.
template <class Value>
void fill(std::optional<Value>& value, const std::optional<Value>& other) {
  if (!value) value = other;
}

/// Counts the lines of `beginning` for which `is_known` holds.
template <class IsKnown>
std::size_t count_lines(std::string_view beginning, IsKnown&& is_known) {
  Lines lines(beginning);
  Line line;
  std::size_t count = 0;
  while (lines.next(line)) count += is_known(line.text) ? 1U : 0U;
  return count;
}

}  // namespace sasync::importer
