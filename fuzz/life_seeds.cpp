#include "life_seeds.hpp"

#include <array>
#include <initializer_list>
#include <string_view>

#include "life.hpp"
#include "wild.hpp"

namespace sasync::fuzz {
namespace {

using Octets = std::vector<std::uint8_t>;

// --- lives of members that behave: three bytes an act

enum class Act : std::uint8_t {
  establish,
  rekey_child,
  end_old_child,
  rekey_ike,
  remove,
  use_ids,
  send_packets,
  count,
  fail,
  switch_over,
  leave,
  come_back,
  resync,
  restart_ike,
  beat,
  wait
};
enum class Fault : std::uint8_t {
  none = 0,
  lost = 0xE5,
  twice = 0xE6,
  late = 0xE7
};  ///< the second message of the act, for all receivers

struct Step {
  Act act{};
  std::uint8_t tunnel = 0, value = 0;
  Fault fault = Fault::none;
};

struct Story {
  std::string_view name;
  std::vector<Step> steps;
};

std::vector<Story> stories() {
  using enum Act;
  constexpr std::uint8_t kBothWays = 0x1B;  // three packets out, three in
  constexpr std::uint8_t kLong = 2;         // a minute
  return {
      {"up-and-down", {{establish, 0}, {establish, 1}, {establish, 2}, {remove, 0}, {remove, 2}, {establish, 2}}},
      {"rekey", {{establish, 0}, {rekey_child, 0}, {end_old_child, 0}, {rekey_ike, 0}, {rekey_child, 0}}},
      {"rekey-ikev1", {{establish, 3}, {rekey_child, 3}, {end_old_child, 3}, {rekey_ike, 3}, {use_ids, 3}}},
      {"packets", {{establish, 0}, {send_packets, 0, kBothWays}, {count, 0}, {send_packets, 0, kBothWays}}},
      {"exchanges", {{establish, 0}, {use_ids, 0, 0}, {use_ids, 0, 1}, {use_ids, 0, 2}, {use_ids, 0, 3}}},
      {"failover",
       {{establish, 0},
        {establish, 1},
        {establish, 2},
        {send_packets, 0, kBothWays},
        {send_packets, 1, kBothWays},
        {fail, 0},
        {send_packets, 0, kBothWays},
        {send_packets, 1, kBothWays},
        {wait, 0, kLong},
        {come_back, 0, 0},
        {resync, 0, 3},
        {resync, 0, 3},
        {resync, 0, 3}}},
      {"switch-over-and-back",
       {{establish, 0},
        {establish, 3},
        {switch_over, 0, 1},
        {send_packets, 0, kBothWays},
        {rekey_child, 0},
        {switch_over, 0, 0},
        {send_packets, 0, kBothWays},
        {send_packets, 3, kBothWays}}},
      {"full-synchronization",
       {{establish, 0},
        {establish, 1},
        {establish, 2},
        {leave, 0, 1},
        {rekey_child, 0},
        {remove, 1},
        {come_back, 0, 1},
        {resync, 0, 1},
        {rekey_child, 2},
        {resync, 0, 3},
        {resync, 0, 3},
        {resync, 0, 3},
        {fail, 0}}},
      {"ike-restart", {{establish, 2}, {establish, 3}, {restart_ike, 2}, {wait, 0, kLong}, {establish, 2}, {fail, 0}}},
      {"heartbeats", {{beat, 0, 0}, {beat, 0, 1}, {wait, 0, 1}, {beat, 0, 0}, {wait, 0, 3}, {beat, 0, 1}}},
      {"lost-add",
       {{establish, 0, 0, Fault::lost}, {send_packets, 0, kBothWays}, {fail, 0}, {send_packets, 0, kBothWays}}},
      {"lost-rekey", {{establish, 0}, {rekey_child, 0, 0, Fault::lost}, {end_old_child, 0}, {fail, 0}}},
      {"lost-delete", {{establish, 0}, {remove, 0, 0, Fault::lost}, {establish, 1}, {fail, 0}}},
      {"late-add", {{establish, 0, 0, Fault::late}, {rekey_child, 0}, {rekey_ike, 0}, {fail, 0}}},
      {"twice", {{establish, 0, 0, Fault::twice}, {rekey_child, 0, 0, Fault::twice}, {remove, 0, 0, Fault::twice}}},
  };
}

Octets acts_of(const Story& story) {
  Octets out;
  for (const auto& step : story.steps) {
    out.push_back(static_cast<std::uint8_t>(step.tunnel << 4U | static_cast<std::uint8_t>(step.act)));
    out.push_back(step.value);
    out.push_back(static_cast<std::uint8_t>(step.fault));
  }
  return out;
}

bool has_faults(const Story& story) {
  for (const auto& step : story.steps) {
    if (step.fault != Fault::none) return true;
  }
  return false;
}

void add_stories(std::vector<LifeSeed>& seeds) {
  constexpr std::array<std::string_view, 3> kSystems{"fgcp", "strongswan", "openbsd"};
  constexpr std::uint8_t kThreeMembers = 4;
  constexpr std::uint8_t kFaults = 0x10;
  constexpr std::uint8_t kTwoVirtualClusters = 0x20;
  for (const auto& story : stories()) {
    const auto acts = acts_of(story);
    const auto add = [&](std::string_view target, const std::string& name, std::initializer_list<unsigned> head) {
      auto& seed = seeds.emplace_back(LifeSeed{.target = std::string{target}, .name = name});
      for (const auto byte : head) seed.bytes.push_back(static_cast<std::uint8_t>(byte));
      seed.bytes.insert(seed.bytes.end(), acts.begin(), acts.end());
    };
    const std::string name{story.name};
    for (unsigned system = 0; system < kSystems.size(); ++system) {
      const auto faults = has_faults(story) ? unsigned{kFaults} : 0U;
      add("cluster-life", std::string{kSystems.at(system)} + "-" + name, {system | faults, 0, 0});
    }
    add("cluster-life", "three-members-" + name, {unsigned{kThreeMembers} | kTwoVirtualClusters, 0x15, 0x0A});
    if (!has_faults(story)) add("differential", name, {});
  }
}

// --- anything in any order: four bytes an input

struct Record {
  std::uint8_t kind = 0, who = 0, value = 0, link = 0;
};

void add_wild(std::vector<LifeSeed>& seeds, const std::string& name, std::initializer_list<std::uint8_t> settings,
              const std::vector<Record>& records) {
  auto& seed = seeds.emplace_back(LifeSeed{.target = "machine", .name = name, .bytes = settings});
  for (const auto& record : records) {
    seed.bytes.insert(seed.bytes.end(), {record.kind, record.who, record.value, record.link});
  }
}

std::uint8_t number_of(event::Kind kind) { return static_cast<std::uint8_t>(kind); }

/// Two members, one of them primary, with a tunnel that both hold.
std::vector<Record> prologue() {
  using enum event::Kind;
  constexpr std::uint8_t kOfB = 1U << 3U;
  constexpr std::uint8_t kAIsPrimary = 0x08;  // B was
  return {{.kind = number_of(member_join)},
          {.kind = number_of(member_join), .who = kOfB},
          {.kind = number_of(role_change), .value = kAIsPrimary},
          {.kind = number_of(segment_take), .value = 1},
          {.kind = number_of(ike_sa_add)},
          {.kind = number_of(ipsec_sa_add)},
          {.kind = kWildPacket},
          {.kind = kWildPacket, .link = 1}};
}

void add_kinds(std::vector<LifeSeed>& seeds) {
  constexpr std::array<std::string_view, 3> kSystems{"fgcp", "strongswan", "openbsd"};
  constexpr std::uint8_t kTwoMembers = 4;
  for (std::size_t system = 0; system < kSystems.size(); ++system) {
    const auto head = static_cast<std::uint8_t>(system | kTwoMembers);
    std::vector<Record> all;
    for (std::uint8_t kind = 0; kind < kWildKinds; ++kind) {
      auto records = prologue();
      const auto spoken = std::initializer_list<std::uint8_t>{0, 0x0B, 0x55, 0xFF};
      for (const auto value : spoken) records.push_back({.kind = kind, .value = value});
      records.push_back({.kind = kWildFailover, .value = 1});
      records.push_back({.kind = kWildPacket});
      records.push_back({.kind = kind, .who = 1U << 3U, .value = 1});
      const auto said = kind < event::kKindCount ? std::string{event::name_of(static_cast<event::Kind>(kind))}
                                                 : "input-" + std::to_string(kind - event::kKindCount);
      add_wild(seeds, std::string{kSystems.at(system)} + "-" + said, {head, 0x10, 8, 0}, records);
      all.insert(all.end(), records.begin(), records.end());
    }
    add_wild(seeds, std::string{kSystems.at(system)} + "-all", {head, 0, 8, 8}, all);
  }
}

}  // namespace

std::vector<LifeSeed> life_seeds() {
  std::vector<LifeSeed> seeds;
  add_stories(seeds);
  add_kinds(seeds);
  return seeds;
}

}  // namespace sasync::fuzz
