// bench_replay_model step TUNNELS | audited TUNNELS | every EVENTS: how long the machine takes over a made-up cluster,
// alone or with its audit, and what `--failover-at every` adds to both. The making of the events is not measured, and
// what is measured is processor time. Prints one line of numbers, or one for each run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>

#include "sasync/audit/audit.hpp"
#include "sasync/generate/generator.hpp"
#include "sasync/model/boundaries.hpp"
#include "sasync/model/machine.hpp"

namespace {

using namespace sasync;

std::int64_t cpu_ns() {
  constexpr std::int64_t kSecond = 1'000'000'000;
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

/// Events are taken in batches, so that the clock is not read for each. Small ones: what was just made is at hand.
constexpr std::size_t kBatch = 100;

class Bench {
 public:
  enum class With : std::uint8_t { nothing, audit, audit_and_every };
  Bench(With with, std::uint64_t events_max) : with_(with), events_max_(events_max) {}

  void run(std::uint32_t tunnels) {
    generate::Settings settings;
    settings.tunnels = tunnels;
    settings.rekey_us = settings.dpd_us = 0;
    settings.duration_us = 60'000'000;
    settings.establish_us = 55'000'000;
    generate::Sinks sinks;
    sinks.event = [&](const event::SyncEvent& event, Bytes) {
      if (events_ + batch_.size() < events_max_) batch_.push_back(event);
      if (batch_.size() == kBatch) flush();
      return true;
    };
    const std::atomic<bool> stop{false};
    generate::generate(settings, sinks, stop);
    flush();
  }
  /// The first member fails. Nanoseconds that this took.
  std::int64_t fail_over() {
    const auto begin = cpu_ns();
    take(model::Failover{.time = state_.now, .from = 0, .to = 1});
    return cpu_ns() - begin;
  }

  [[nodiscard]] const model::State& state() const { return state_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::int64_t spent_ns() const { return spent_ns_; }
  [[nodiscard]] std::uint64_t findings() const { return audit_.count(); }

 private:
  void take(const model::Input& input) {
    effects_.clear();
    model::advance(state_, input, effects_);
    if (with_ != With::nothing) audit_.check(events_, input, state_, effects_);
  }
  void flush() {
    const auto begin = cpu_ns();
    for (const auto& event : batch_) {
      ++events_;
      take(model::Said{.event = &event});
      if (with_ == With::audit_and_every) boundaries_.after(events_, event, state_, effects_);
    }
    spent_ns_ += cpu_ns() - begin;
    batch_.clear();
  }

  With with_;
  std::uint64_t events_max_;
  std::vector<event::SyncEvent> batch_;
  model::State state_ = model::make_state({}, {"SASYNCGEN0000001", "SASYNCGEN0000002"});
  audit::Audit audit_{model::Model::fgcp};
  model::Boundaries boundaries_;
  model::Effects effects_;
  std::uint64_t events_ = 0;
  std::int64_t spent_ns_ = 0;
};

/// One line for each of three runs. The first one pays for memory that the system has to find and to clear.
void measure_machine(Bench::With with, std::uint32_t tunnels) {
  constexpr int kRuns = 3;
  for (int run = 0; run < kRuns; ++run) {
    Bench bench{with, ~std::uint64_t{0}};
    bench.run(tunnels);
    const auto failover_ns = bench.fail_over();
    fmt::print("{} events {} ns failover {} ns findings {}\n", bench.events(), bench.spent_ns(), failover_ns,
               bench.findings());
  }
}

std::uint64_t number_in(const char* text) {
  std::uint64_t number = 0;
  std::from_chars(text, text + std::strlen(text), number);
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view what = argv[1];
  const auto number = number_in(argv[2]);
  constexpr std::uint64_t kEventsPerTunnel = 4;
  if (what == "step" || what == "audited") {
    const auto with = what == "step" ? Bench::With::nothing : Bench::With::audit;
    measure_machine(with, static_cast<std::uint32_t>(number));
    return 0;
  }
  const auto tunnels = static_cast<std::uint32_t>(number / kEventsPerTunnel + 1);
  std::array<std::int64_t, 2> spent_ns{};
  std::size_t judged = 0;
  // The first run pays for fresh memory: the least of three each, in turn.
  for (const bool every : {false, true, false, true, false, true}) {
    Bench bench{every ? Bench::With::audit_and_every : Bench::With::audit, number};
    bench.run(tunnels);
    auto& spent = spent_ns[every ? 1 : 0];
    spent = spent == 0 ? bench.spent_ns() : std::min(spent, bench.spent_ns());
    judged = bench.state().children.size();
  }
  fmt::print("{} events {} ns every {} ns tunnels {}\n", number, spent_ns[0], spent_ns[1], judged);
  return 0;
}
