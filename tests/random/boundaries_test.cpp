// `--failover-at every`: the incremental counts are those of judging every tunnel anew after every event.
#include "sasync/model/boundaries.hpp"

#include "link.hpp"

namespace {

using namespace sasync;
using namespace sasync::test;

constexpr std::size_t kEvents = 2000;

generate::Settings settings_of(std::uint64_t seed) {
  constexpr generate::Billionths kPercent = generate::kOne / 100;
  constexpr std::int64_t kSecond = 1'000'000;
  generate::Settings settings;
  settings.seed = seed;
  settings.protocol = seed % 2 == 0 ? generate::Protocol::strongswan_ha : generate::Protocol::fgcp_sync;
  settings.members = seed % 2 == 0 ? 2 : 3;
  settings.virtual_clusters = seed % 4 == 1;
  settings.tunnels = 60;
  settings.ike = generate::IkeChoice::mixed;
  settings.dialup = 30 * kPercent;
  settings.deleted = 30 * kPercent;
  settings.duration_us = 40 * kSecond;
  settings.establish_us = 10 * kSecond;
  settings.rekey_us = 8 * kSecond;
  settings.dpd_us = 5 * kSecond;
  settings.acts = {{.at_us = 12 * kSecond, .deed = generate::Deed::failover},
                   {.at_us = 25 * kSecond, .deed = generate::Deed::ike_restart}};
  settings.faults = {.loss = 2 * kPercent};
  return settings;
}

BOOST_AUTO_TEST_CASE(every_boundary_is_what_judging_all_tunnels_gives) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto story = make_story(settings_of(seed));
    const bool strongswan = seed % 2 == 0;
    auto state = model::make_state({.model = strongswan ? model::Model::strongswan : model::Model::fgcp}, {});
    model::Boundaries boundaries;
    model::Effects effects;
    std::uint64_t number = 0, different = 0;
    for (const auto& told : story.told) {
      if (++number > kEvents) break;
      model::MemberSet lost = 0;
      for (const auto& [receiver, reached] : told.reached) {
        if (!reached) lost = static_cast<model::MemberSet>(lost | model::set_of(state.find_member(receiver)));
      }
      effects.clear();
      model::advance(state, model::Said{.event = &told.event, .lost = lost}, effects);
      boundaries.after(number, told.event, state, effects);
      if (boundaries.counts() != model::count_outcomes(state) && different++ == 0) {
        BOOST_ERROR("seed " << seed << ", event " << number << " of kind " << static_cast<int>(kind_of(told.event)));
      }
    }
    BOOST_TEST(number > 1000U);
    BOOST_TEST(boundaries.all().size() > 30U);
    BOOST_TEST(different == 0U);
  }
}

}  // namespace
