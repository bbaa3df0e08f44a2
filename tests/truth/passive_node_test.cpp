// The machine's node B against what the real node B listed (swanctl --list-sas --raw) at every marked moment: names,
// SPIs, algorithms, states, traffic selectors, addresses of every IKE_SA and every CHILD_SA.
#include <map>
#include <set>

#include "sasync/import/importer.hpp"
#include "sasync/model/dump.hpp"
#include "sasync/model/machine.hpp"
#include "truth/sync_message.hpp"

namespace {

using namespace sasync;
using namespace sasync::test;

constexpr std::string_view kNodeB = "10.9.0.2";

/// Datagrams of the resync burst that B's socket buffer lost, as the issue of this capture inferred them from B's list.
bool lost_at_b(const std::string& scenario, std::uint64_t frame) {
  if (scenario != "many-tunnels") return false;
  return (frame >= 1314 && frame <= 1357) || (frame >= 1817 && frame <= 1861);
}

struct Mark {
  std::string name;
  double time = 0;
  std::filesystem::path list;
};

/// The marks at which B was running, by time.
std::vector<Mark> marks_of(const std::filesystem::path& scenario) {
  std::vector<Mark> marks;
  for (const auto& entry : std::filesystem::directory_iterator(scenario / "truth")) {
    const auto list = entry.path() / "B.sas.raw";
    if (!std::filesystem::exists(list)) continue;
    const auto when = Json::parse(read_text(entry.path() / "when.json"));
    marks.push_back({entry.path().filename().string(), when.at("t").get<double>(), list});
  }
  std::ranges::sort(marks, {}, &Mark::time);
  return marks;
}

std::string text_of(state::Interned text) { return std::string{text.view()}; }

std::string ike_key(const state::IkeSa& sa) {
  return std::to_string(sa.initiator_spi.value_or(0)) + "/" + std::to_string(sa.responder_spi.value_or(0));
}

std::string joined(const state::TextList& list) {
  std::string text;
  for (const auto& item : list) text += text_of(item) + " ";
  return text;
}

using Facts = std::map<std::string, std::string>;

void add_endpoint(Facts& facts, const std::string& side, const state::Endpoint& end) {
  facts[side + " address"] = net::to_string(end.address);
  facts[side + " port"] = std::to_string(end.port.value_or(0));
  facts[side + " id"] = text_of(end.id);
}

/// An IKE_SA in CONNECTING has no more than its keys.
Facts facts_of(const state::IkeSa& sa) {
  Facts facts;
  facts["state"] = name_of(sa.state.value());
  facts["version"] = std::to_string(sa.version.value_or(0));
  facts["initiator"] = sa.initiator.value_or(false) ? "yes" : "no";
  facts["encryption"] = text_of(sa.encryption);
  facts["integrity"] = text_of(sa.integrity);
  facts["prf"] = text_of(sa.prf);
  facts["dh_group"] = text_of(sa.dh_group);
  if (sa.state == state::IkeState::connecting) return facts;
  facts["name"] = text_of(sa.name);
  add_endpoint(facts, "local", sa.local);
  add_endpoint(facts, "remote", sa.remote);
  facts["virtual ips"] = joined(sa.virtual_ips);
  return facts;
}

/// A node in charge may list a replaced child as rekeyed or deleted until its CHILD_DELETE: that is still held.
Facts facts_of(const state::ChildSa& sa) {
  Facts facts;
  facts["name"] = text_of(sa.name);
  facts["spi_out"] = std::to_string(sa.spi_out.value_or(0));
  facts["mode"] = name_of(sa.mode.value());
  facts["encapsulation"] = name_of(sa.encapsulation.value());
  facts["encryption"] = text_of(sa.encryption);
  facts["integrity"] = text_of(sa.integrity);
  facts["esn"] = sa.esn.value_or(false) ? "yes" : "no";
  facts["local_ts"] = joined(sa.local_ts);
  facts["remote_ts"] = joined(sa.remote_ts);
  return facts;
}

void compare(const std::string& where, const Facts& model, const Facts& truth) {
  for (const auto& [key, value] : truth) {
    BOOST_TEST(model.at(key) == value, where << ": " << key << ": " << model.at(key) << ", B says " << value);
  }
}

struct Count {
  std::size_t ike_sas = 0, children = 0;
};

Count compare(const std::string& where, const state::Member& model, const state::Member& truth) {
  std::map<std::string, const state::IkeSa*> by_key;
  for (const auto& sa : *model.ike_sas) by_key[ike_key(sa)] = &sa;
  Count count;
  for (const auto& sa : *truth.ike_sas) {
    ++count.ike_sas;
    const auto found = by_key.find(ike_key(sa));
    BOOST_TEST((found != by_key.end()), where << ": the machine's B lacks " << text_of(sa.name));
    if (found == by_key.end()) continue;
    const auto here = where + " " + text_of(sa.name);
    compare(here, facts_of(*found->second), facts_of(sa));
    std::map<std::uint32_t, const state::ChildSa*> children;
    for (const auto& child : *found->second->child_sas) children[*child.spi_in] = &child;
    for (const auto& child : *sa.child_sas) {
      ++count.children;
      const auto same = children.find(*child.spi_in);
      BOOST_TEST((same != children.end()), here << ": the machine's B lacks a CHILD_SA " << text_of(child.name));
      if (same != children.end()) compare(here, facts_of(*same->second), facts_of(child));
    }
    BOOST_TEST(found->second->child_sas->size() == sa.child_sas->size(), here << ": number of CHILD_SAs");
  }
  BOOST_TEST(model.ike_sas->size() == truth.ike_sas->size(), where << ": number of IKE_SAs");
  return count;
}

class Replay {
 public:
  explicit Replay(const std::filesystem::path& scenario)
      : name_(scenario.filename().string()), messages_(sync_messages(scenario)) {}

  /// B's state after everything that was said until then.
  state::Member until(double time, state::Texts& texts) {
    constexpr double kSecond = 1e9;
    for (; next_ < messages_.size(); ++next_) {
      const auto& message = messages_[next_];
      if (static_cast<double>(message.raw.time.total_nanoseconds()) / kSecond > time) break;
      net::Origin origin;
      origin.frame = message.raw.frame;
      origin.time = message.raw.time;
      origin.src = address(message.raw.src);
      const auto event = ha::to_event(message.typed, origin);
      if (!event) continue;
      effects_.clear();
      const auto b = state_.find_member(kNodeB);
      const bool lost = message.raw.dst == kNodeB && lost_at_b(name_, message.raw.frame);
      model::advance(state_, model::Said{.event = &*event, .lost = lost ? model::set_of(b) : model::MemberSet{0}},
                     effects_);
    }
    return model::to_member(state_, state_.find_member(kNodeB), texts);
  }

 private:
  static net::IpAddress address(const std::string& text) {
    net::IpAddress address{.octets = {10, 9, 0, static_cast<std::uint8_t>(text.back() - '0')}, .size = 4};
    BOOST_REQUIRE_EQUAL(net::to_string(address), text);
    return address;
  }

  std::string name_;
  std::vector<SyncMessage> messages_;
  std::size_t next_ = 0;
  model::State state_ = model::make_state({.model = model::Model::strongswan}, {"10.9.0.1", std::string{kNodeB}});
  model::Effects effects_;
};

BOOST_AUTO_TEST_CASE(the_machine_s_node_b_is_what_node_b_listed) {
  const auto* importer = importer::find_importer("swanctl");
  BOOST_REQUIRE(importer != nullptr);
  std::size_t marks = 0;
  Count all;
  for (const auto& scenario : strongswan_scenarios()) {
    Replay replay{scenario};
    for (const auto& mark : marks_of(scenario)) {
      const auto text = read_text(mark.list);
      importer::Lines lines{std::string_view{text}};
      const auto truth = importer->import(lines, {.member_name = "B"});
      BOOST_TEST_REQUIRE(truth.not_understood_count == 0U);
      if (truth.document.members.empty()) continue;
      state::Texts texts;
      const auto model = replay.until(mark.time, texts);
      const auto count = compare(scenario.filename().string() + " " + mark.name, model, truth.document.members.front());
      all.ike_sas += count.ike_sas;
      all.children += count.children;
      ++marks;
    }
  }
  BOOST_TEST_MESSAGE(marks << " marks, " << all.ike_sas << " IKE_SAs, " << all.children << " CHILD_SAs");
  BOOST_TEST(marks >= 30U);
  BOOST_TEST(all.ike_sas >= 1200U);
}

}  // namespace
