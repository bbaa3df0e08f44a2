#pragma once
// What of the input the machine gets: names, the model, members, records that were lost. Private to replay.

#include <expected>
#include <set>
#include <string>
#include <vector>

#include "sasync/pipeline/event_source.hpp"
#include "sasync/replay/options.hpp"

namespace sasync::replay {

/// The model whose protocol the event is of; nothing when it is of the outside link.
std::optional<model::Model> model_of(const event::SyncEvent& event);
std::string_view name_of(model::Model model);

/// Records that the user names, found by number.
class LostRecords {
 public:
  /// The error is for people.
  static std::expected<LostRecords, std::string> make(const Options& options);
  bool contains(const pipeline::SourcedEvent& item);
  /// After the end: ranges in which no event was. `stopped`: the rest of the input was not read, so that what lies
  /// behind may be there.
  [[nodiscard]] std::vector<std::string> unused(bool stopped) const;

 private:
  struct Range {
    std::size_t input = 0;
    RecordRange records{};
    bool used = false;
    std::uint64_t seen = 0;  ///< the last number of that kind
  };
  std::vector<Range> ranges_;
};

/// Names members as the user wants them named, wherever an event has a name.
class Renaming {
 public:
  explicit Renaming(const std::map<std::string, std::string, std::less<>>& names) : names_(names) {}
  void apply(event::SyncEvent& event);
  /// Names that no event has.
  [[nodiscard]] std::vector<std::string> unused() const;

 private:
  void apply(std::string& name);
  const std::map<std::string, std::string, std::less<>>& names_;
  std::set<std::string, std::less<>> used_;
};

/// Who may speak in a stream that shows the start of its cluster, where every member joins before it says anything
/// else.
class JoinedMembers {
 public:
  /// False for a member that has not joined.
  bool knows(const event::SyncEvent& event);

 private:
  bool begun_ = false;
  bool from_the_start_ = false;
  std::set<std::string, std::less<>> joined_;
};

/// Members of whom something is said, but who never say anything, join, or are configured.
class MemberNames {
 public:
  explicit MemberNames(const std::vector<std::string>& configured) : known_(configured.begin(), configured.end()) {}
  void see(const event::SyncEvent& event, std::uint64_t number, std::size_t input);
  struct Unknown {
    std::string name{};
    std::uint64_t event = 0;
    std::size_t input = 0;
  };
  [[nodiscard]] std::vector<Unknown> unknown() const;

 private:
  static constexpr std::size_t kNamesMax = 64;
  void mention(const std::string& name, std::uint64_t number, std::size_t input);
  std::set<std::string, std::less<>> known_;
  std::vector<Unknown> mentioned_;
};

}  // namespace sasync::replay
