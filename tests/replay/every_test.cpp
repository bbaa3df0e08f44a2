// `--failover-at every` against runs with the failover put in at each boundary: two ways to the same counts. The runs
// are those of the tool; nothing of the incremental counting is in them.
#include <map>

#include "sasync/event/event_json.hpp"
#include "sasync/generate/generator.hpp"
#include "streams.hpp"

using namespace sasync;
using namespace sasync::replay;
using namespace sasync::test;

namespace {

std::string generated(const generate::Settings& settings) {
  std::string text;
  generate::Sinks sinks;
  Text line;
  sinks.event = [&](const event::SyncEvent& event, Bytes) {
    line.clear();
    event::append_json(line, event, {.show_secrets = true});
    text += view(line);
    text += '\n';
    return true;
  };
  const std::atomic<bool> stop{false};
  BOOST_REQUIRE(generate::generate(settings, sinks, stop).complete);
  return text;
}

model::OutcomeCounts put_in_at(const std::string& file, std::uint64_t event) {
  const auto ran = run_files({file}, failing_at("event:" + std::to_string(event)));
  model::OutcomeCounts counts{};
  if (!ran.result.has_value()) {  // fewer than two members, or no primary: nobody's tunnels are concerned
    BOOST_TEST(ran.result.error().contains("nobody can take over"), ran.result.error());
    return counts;
  }
  BOOST_REQUIRE(ran.report().failovers.size() == 1U);
  for (const auto& row : ran.report().failovers.front().tunnels) {
    ++counts.at(static_cast<std::size_t>(row.verdict.outcome));
  }
  return counts;
}

std::string shown(const model::OutcomeCounts& counts) {
  std::string text;
  for (const auto count : counts) text += std::to_string(count) + ' ';
  return text;
}

/// The worst that came up, so that a comparison of zeros does not pass for one.
model::OutcomeCounts compare(const std::string& file, std::size_t step = 1) {
  const auto every = run_files({file}, failing_at("every"));
  std::map<std::uint64_t, model::OutcomeCounts> at;
  model::OutcomeCounts greatest{};
  for (const auto& boundary : every.report().boundaries) {
    for (auto event = boundary.first_event; event <= boundary.last_event; ++event) at[event] = boundary.outcomes;
    for (std::size_t i = 0; i < greatest.size(); ++i) greatest[i] = std::max(greatest[i], boundary.outcomes[i]);
  }
  const auto events = every.report().events;
  BOOST_TEST(at.size() == events);
  std::size_t different = 0;
  for (std::uint64_t event = 1; event <= events; event += step) {
    const auto found = put_in_at(file, event);
    if (found == at[event]) continue;
    if (++different <= 3) {
      BOOST_ERROR(file << ", event " << event << ": every " << shown(at[event]) << "put in " << shown(found));
    }
  }
  BOOST_TEST(different == 0U);
  return greatest;
}

generate::Settings small_cluster(std::uint64_t seed) {
  constexpr std::int64_t kSecond = 1'000'000;
  constexpr generate::Billionths kPercent = generate::kOne / 100;
  generate::Settings settings;
  settings.seed = seed;
  settings.tunnels = 5;
  settings.ike = generate::IkeChoice::mixed;
  settings.dialup = 40 * kPercent;
  settings.deleted = 30 * kPercent;
  settings.duration_us = 14 * kSecond;
  settings.establish_us = 4 * kSecond;
  settings.rekey_us = 5 * kSecond;
  settings.dpd_us = 3 * kSecond;
  return settings;
}

model::OutcomeCounts compare(const generate::Settings& settings) {
  const TemporaryDirectory directory;
  return compare(directory.write("events.jsonl", as_bytes(generated(settings))));
}

std::uint64_t of(const model::OutcomeCounts& counts, model::Outcome outcome) {
  return counts.at(static_cast<std::size_t>(outcome));
}

std::string capture_of(const std::string& name) {
  return std::string{SASYNC_SOURCE_DIR} + "/corpus/captures/strongswan/" + name + "/sync.pcap";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(every_boundary)

// After the failover that the stream has, nobody is left of two members until the dead one is back.
BOOST_AUTO_TEST_CASE(is_what_a_failover_there_gives_in_a_stream_with_a_failover) {
  auto settings = small_cluster(1);
  settings.acts = {{.at_us = 8'000'000, .deed = generate::Deed::failover}};
  const auto greatest = compare(settings);
  BOOST_TEST(of(greatest, model::Outcome::lost) >= 3U);
  BOOST_TEST(of(greatest, model::Outcome::rekeyed) != 0U);
  BOOST_TEST(of(greatest, model::Outcome::resumed) != 0U);
}

BOOST_AUTO_TEST_CASE(is_what_a_failover_there_gives_in_two_virtual_clusters) {
  auto settings = small_cluster(2);
  settings.members = 3;
  settings.virtual_clusters = true;
  settings.acts = {{.at_us = 9'000'000, .deed = generate::Deed::ike_restart}};
  const auto greatest = compare(settings);
  BOOST_TEST(of(greatest, model::Outcome::resumed) + of(greatest, model::Outcome::rekeyed) != 0U);
}

BOOST_AUTO_TEST_CASE(is_what_a_failover_there_gives_with_messages_lost_and_members_that_return) {
  auto settings = small_cluster(3);
  settings.members = 3;
  settings.acts = {{.at_us = 7'000'000, .deed = generate::Deed::member_restart}};
  compare(settings);
}

BOOST_AUTO_TEST_CASE(is_what_a_failover_there_gives_in_strongswans_captures) {
  const auto greatest = compare(capture_of("ikev2-failover"), 3);
  BOOST_TEST(of(greatest, model::Outcome::lost) >= 3U);  // A is dead, and B would be the next
  compare(capture_of("ikev1-main-psk"), 7);
}

BOOST_AUTO_TEST_CASE(is_what_a_failover_there_gives_where_two_nodes_share_the_segments) {
  Story story;
  story.status(0, "A", "1").status(0.1, "B", "2");
  for (unsigned i = 1; i <= 6; ++i) story.tunnel(1 + i, i);
  story.status(9, "A", "1").status(9.1, "B", "2").line(10, "segment_take", R"("segments":[2])").status(11, "B", "");
  const TemporaryDirectory directory;
  const auto greatest = compare(directory.write("events.jsonl", as_bytes(story.text())));
  BOOST_TEST(of(greatest, model::Outcome::resumed) == 6U);
}

BOOST_AUTO_TEST_CASE(is_what_a_failover_there_gives_on_openbsd) {
  auto settings = small_cluster(4);
  settings.protocol = generate::Protocol::sasyncd;
  settings.ike = generate::IkeChoice::version_2;
  settings.dialup = 0;
  settings.members = 2;
  settings.acts = {{.at_us = 8'000'000, .deed = generate::Deed::failover}};
  compare(settings);
}

BOOST_AUTO_TEST_SUITE_END()
