// Anything in any order before the machine: events of members that are there or not, packets, timers, losses, failovers
// and restarts (fuzz/wild.hpp). Nothing is said to be right or wrong of it, but the machine must stay of one mind, and
// neither it nor its audit may fail.
#include "checks.hpp"
#include "sasync/audit/audit.hpp"
#include "sasync/model/dump.hpp"
#include "wild.hpp"

namespace sasync::fuzz {
namespace {

using namespace model;

class WildRun {
 public:
  explicit WildRun(Reader& in)
      : kinds_(all_wild_kinds()),
        wild_(in, kinds_),
        state_(make_state(wild_.settings(), wild_.members())),
        audit_(wild_.settings().model) {}

  void run() {
    while (const auto input = wild_.next()) {
      effects_.clear();
      advance(state_, *input, effects_);
      wild_.note(effects_);
      checks_.stepped(*input, state_, effects_);
      audit_.check(++number_, *input, state_, effects_);
    }
    audit_.finish();
    check_judgements(state_);
    (void)to_document(state_);
  }

 private:
  std::array<std::uint8_t, kWildKinds> kinds_;
  Wild wild_;
  State state_;
  audit::Audit audit_;
  Checks checks_;
  Effects effects_;
  std::uint64_t number_ = 0;
};

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sasync::Reader in{{data, size}};
  sasync::fuzz::WildRun{in}.run();
  return 0;
}
