#pragma once
// What happened to the cluster, in lines for people. What happens to single SAs is counted, not told. Private to
// replay.

#include <string>

#include "sasync/replay/report.hpp"
#include "step.hpp"

namespace sasync::replay {

class Timeline {
 public:
  explicit Timeline(Report& report) : report_(report) {}
  void see(const StepInfo& step);
  void add(const Timestamp& time, std::string text, std::string_view rule = {});

 private:
  static constexpr std::size_t kEntriesMax = 10'000;
  Report& report_;
};

}  // namespace sasync::replay
