// The life of a cluster whose members behave (fuzz/life.hpp), before the machine and its audit: as long as the link
// does nothing to a message, no rule may be broken, and each member holds what plain books say.
#include "checks.hpp"
#include "tame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync;
  Reader in{{data, size}};
  fuzz::Checks checks;
  fuzz::Tame tame{in, checks};
  tame.run();
  fuzz::check_judgements(tame.state());
  return 0;
}
