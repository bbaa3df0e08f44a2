#pragma once
// Runs the commands of a scenario over the machine, with a clock and a queue of timers of its own, and the audit beside
// it: each transcript shows what rules were broken.

#include <optional>

#include "language.hpp"
#include "sasync/audit/audit.hpp"
#include "sasync/model/machine.hpp"
#include "transcript.hpp"

namespace sasync::test {

class Runner {
 public:
  /// What the block prints.
  std::string run(const Block& block);
  /// Without output: for tests that bring a cluster into a state.
  void prepare(std::string_view commands);

  [[nodiscard]] const model::State& state() const { return state_; }
  [[nodiscard]] Labels& labels() { return labels_; }
  [[nodiscard]] const Timestamp& start() const { return start_; }
  /// Takes the input and prints its effects, and what the audit says of them.
  std::string take(const model::Input& input);

 private:
  std::string run(const Command& command);
  std::string run_plain(const Command& command);
  void make_cluster(const Command& command);
  std::string say(const Command& command);
  std::string fail_over(const Command& command);
  std::string send(const Command& command, event::Direction direction);
  std::string ike_message(const Command& command);
  std::string wait(const Command& command);
  std::string judge(const Command& command);
  void step(const model::Input& input, model::Effects& effects);
  void note_timers(const model::Effects& effects);
  [[nodiscard]] model::MemberIndex member(std::string_view name) const;
  [[nodiscard]] model::MemberSet members(std::string_view names) const;

  /// What the audit has found since this was asked last.
  std::string findings();

  std::optional<audit::Audit> audit_;
  std::size_t told_ = 0;
  std::uint64_t events_ = 0;
  model::State state_;
  Labels labels_;
  Names names_;
  Timestamp start_{.seconds = 1'000'000};
  Timestamp now_ = start_;
  bool numbered_ = false;
  std::map<std::string, std::uint32_t, std::less<>> sequence_;
  std::multimap<std::int64_t, model::Timer> timers_;
};

}  // namespace sasync::test
