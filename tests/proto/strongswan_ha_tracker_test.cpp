// What only the order of messages shows: the layout of each sender, mixed releases, bursts.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "sasync/base/text.hpp"
#include "sasync/proto/strongswan_ha.hpp"
#include "support/hex.hpp"

using namespace sasync;
using namespace sasync::proto;
using test::hex;

namespace {

const net::IpAddress kNodeA = net::IpAddress::from(hex("0a090001"));
const net::IpAddress kNodeB = net::IpAddress::from(hex("0a090002"));

class Link {
 public:
  explicit Link(const std::string& layout = "auto")
      : tracker_(strongswan_ha::make_tracker({.strongswan_layout = layout})) {}

  /// Of the message the capture has as many bytes as are given, and `missing` more were on the wire.
  Tracked send(const net::IpAddress& from, const net::IpAddress& to, std::string_view message,
               std::uint32_t missing = 0) {
    const auto bytes = hex(message);
    net::Origin origin;
    origin.src = from;
    origin.dst = to;
    origin.time = {.seconds = 1000, .nanoseconds = nanoseconds_ += kStepNs};
    const net::Datagram datagram{
        .origin = &origin, .payload = bytes, .length = static_cast<std::uint32_t>(bytes.size()) + missing};
    return tracker_->observe(0, datagram);
  }
  Tracked from_a(std::string_view message, std::uint32_t missing = 0) { return send(kNodeA, kNodeB, message, missing); }
  Tracked from_b(std::string_view message) { return send(kNodeB, kNodeA, message); }

  static constexpr std::uint32_t kStepNs = 900'000;

 private:
  std::unique_ptr<Tracker> tracker_;
  std::uint32_t nanoseconds_ = 0;
};

std::uint32_t hint(strongswan_ha::Layout layout) { return static_cast<std::uint32_t>(layout) + 1; }

using Ids = std::vector<std::string>;

Ids note_ids(const Tracked& tracked) {
  Ids ids;
  for (const auto* note : tracked.notes.all()) ids.emplace_back(note->id);
  return ids;
}

constexpr auto k3a = strongswan_ha::Layout::v3a;
constexpr auto k3c = strongswan_ha::Layout::v3c;

}  // namespace

BOOST_AUTO_TEST_SUITE(strongswan_ha_tracker)

BOOST_AUTO_TEST_CASE(a_layout_belongs_to_a_sender) {
  Link link;
  BOOST_TEST(link.from_a("03 0a").hint == 0U);  // an empty STATUS tells nothing
  BOOST_TEST(link.from_a("03 0a 21 00 01").hint == hint(k3a));
  BOOST_TEST(link.from_a("03 0a").hint == hint(k3a));
  const auto other = link.from_b("03 01 24 02");
  BOOST_TEST(other.hint == hint(k3c));
  BOOST_TEST((note_ids(other) == Ids{"H16"}));
  BOOST_TEST(note_ids(link.from_b("03 0a")).empty());  // named once, not at every message
  BOOST_TEST(link.from_a("03 0a").hint == hint(k3a));
}

BOOST_AUTO_TEST_CASE(nodes_of_one_layout_are_no_hazard) {
  Link link;
  link.from_a("03 0a 22 00 01");
  BOOST_TEST(note_ids(link.from_b("03 0b 22 00 01")).empty());
}

BOOST_AUTO_TEST_CASE(different_version_bytes_are_named_once) {
  Link link;
  link.from_a("03 0a");
  const auto other = link.from_b("05 0a");
  BOOST_TEST((note_ids(other) == Ids{"H16"}));
  BOOST_TEST(note_ids(link.from_a("03 0a")).empty());
}

// A node that is upgraded keeps its address: what a message itself shows counts for it.
BOOST_AUTO_TEST_CASE(a_message_that_shows_its_layout_is_read_with_it) {
  const std::string id = "01 02 1122334455667788 99aabbccddeeff00 00 ";
  Link link;
  link.from_a("03 0a 21 00 01");
  BOOST_TEST(link.from_a("03 03 " + id + "21 00 00 00 03").hint == hint(k3c));
  BOOST_TEST(link.from_a("03 07 " + id + "1b 01 ee ff c0").hint == hint(k3c));
  BOOST_TEST(link.from_a("03 0a").hint == hint(k3a));  // shows nothing, and no heartbeat has said otherwise
  BOOST_TEST(link.from_a("03 0a 22 00 01").hint == hint(k3c));
  BOOST_TEST(link.from_a("03 0a").hint == hint(k3c));
}

BOOST_AUTO_TEST_CASE(the_user_can_say_the_layout) {
  Link link{"3a"};
  BOOST_TEST(link.from_a("03 0a 22 00 01").hint == hint(k3a));
  BOOST_TEST(link.from_a("05 0a 24 00 01").hint == 0U);  // 3a is a layout of version 3 only
}

BOOST_AUTO_TEST_CASE(a_resync_burst_is_named_once) {
  Link link;
  int notes = 0;
  for (int i = 0; i < 270; ++i) {  // 243 ms
    const auto ids = note_ids(link.from_a("03 0a 22 00 01"));
    if (ids.empty()) continue;
    BOOST_TEST((ids == Ids{"H7"}));
    BOOST_TEST(i == 256);
    ++notes;
  }
  BOOST_TEST(notes == 1);
}

// ---- what a sender told of its IKE_SAs: docs/protocols/strongswan-ha.md, sections 3.3, 5.2 and 9.2

namespace {

const std::string kOld = "02 1122334455667788 99aabbccddeeff00 00 ";
const std::string kNew = "02 aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb 01 ";

std::string ike_add(const std::string& sa) { return "03 01 24 02 01 " + sa + "15 00 0c 0f 00 01 aa 10 00 01 bb"; }
std::string ike_add_for(const std::string& sa, const std::string& replaced) {
  return "03 01 24 02 01 " + sa + "02 " + replaced + "14 00 05 15 00 0c";
}
/// As layout 4 has it, with algorithms, and without: of IKE_INTERMEDIATE.
std::string ike_add_4(const std::string& sa) { return "04 01 26 02 01 " + sa + "16 00 0c 0f 00 01 aa 10 00 01 bb"; }
std::string ike_add_4_further(const std::string& sa) { return "04 01 26 02 01 " + sa + "0f 00 01 aa 10 00 01 bb"; }
std::string ike_update(const std::string& sa) { return "03 02 01 " + sa + "03 02 01 61 04 02 01 62"; }
std::string virtual_ip(const std::string& sa) { return "03 02 01 " + sa + "0c 00 00 02 0a 03 00 01"; }
std::string ike_delete(const std::string& sa) { return "03 05 01 " + sa; }
std::string child_add(const std::string& sa) { return "03 06 01 " + sa + "0e 00 1b 01 ee ff c0"; }

/// The ids of all notes on messages of A, in their order.
Ids notes_of_a(Link& link, const std::vector<std::string>& messages) {
  Ids all;
  for (const auto& message : messages) {
    for (auto& id : note_ids(link.from_a(message))) all.push_back(std::move(id));
  }
  return all;
}

Ids notes_of_a(const std::vector<std::string>& messages) {
  Link link;
  return notes_of_a(link, messages);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_healthy_life_of_ike_sas_has_no_hazard) {
  BOOST_TEST(notes_of_a({"03 0a 22 00 01", ike_add(kOld), ike_update(kOld), child_add(kOld), virtual_ip(kOld),
                         ike_add_for(kNew, kOld), ike_delete(kOld), ike_update(kNew), child_add(kNew), ike_delete(kNew),
                         ike_add(kOld), ike_update(kOld), child_add(kOld)})
                 .empty());
  // IKEv1's first virtual IP can come before the rest.
  BOOST_TEST(notes_of_a({ike_add(kOld), virtual_ip(kOld), ike_update(kOld), child_add(kOld)}).empty());
}

BOOST_AUTO_TEST_CASE(an_update_without_ike_add_is_h2) {
  BOOST_TEST((notes_of_a({"03 0a 22 00 01", ike_update(kOld), child_add(kOld), ike_update(kOld)}) == Ids{"H2"}));
  BOOST_TEST(notes_of_a({ike_update(kOld)}).empty());                                     // the capture begins here
  BOOST_TEST(notes_of_a({"03 0a 22 00 01", child_add(kOld), virtual_ip(kOld)}).empty());  // an SA from before it
  // The other node's IKE_ADD is not this one's.
  Link link;
  link.from_b(ike_add(kOld));
  link.from_a("03 0a 22 00 01");
  BOOST_TEST((note_ids(link.from_a(ike_update(kOld))) == Ids{"H2"}));
}

BOOST_AUTO_TEST_CASE(a_child_before_the_update_is_h3) {
  BOOST_TEST((notes_of_a({ike_add(kOld), child_add(kOld), child_add(kOld)}) == Ids{"H3", "H3"}));
  BOOST_TEST((notes_of_a({ike_add(kOld), virtual_ip(kOld), child_add(kOld)}) == Ids{"H3"}));
  BOOST_TEST((notes_of_a({ike_add(kOld), child_add(kOld), ike_update(kOld), child_add(kOld)}) == Ids{"H3"}));
  // Those that a thread of the sender overtook: the update was lost on the SA that was not there yet.
  BOOST_TEST((notes_of_a({"03 0a 22 00 01", ike_update(kOld), ike_add(kOld), child_add(kOld)}) == Ids{"H2", "H3"}));
}

BOOST_AUTO_TEST_CASE(an_ike_add_that_is_repeated_is_h19) {
  BOOST_TEST((notes_of_a({ike_add(kOld), ike_update(kOld), ike_add(kOld), ike_update(kOld)}) == Ids{"H19"}));
  // The second, incomplete SA of releases before layout 4 gets what follows.
  BOOST_TEST((notes_of_a({ike_add(kOld), ike_update(kOld), ike_add(kOld), child_add(kOld)}) == Ids{"H19", "H3"}));
}

BOOST_AUTO_TEST_CASE(layouts_4_and_5_send_ike_add_again_for_every_further_key_exchange) {
  BOOST_TEST(notes_of_a({ike_add_4(kOld), ike_add_4_further(kOld), ike_add_4_further(kOld)}).empty());
  BOOST_TEST((notes_of_a({ike_add_4(kOld), ike_add_4(kOld)}) == Ids{"H19"}));
  BOOST_TEST((notes_of_a({ike_add_4(kOld), "05" + ike_add_4(kOld).substr(2)}) == Ids{"H19"}));
}

BOOST_AUTO_TEST_CASE(the_answer_to_resync_repeats_without_a_hazard) {
  Link link;
  notes_of_a(link, {ike_add(kOld), ike_update(kOld), child_add(kOld)});
  link.from_b("03 0b 22 00 01");
  BOOST_TEST(notes_of_a(link, {ike_add(kOld), ike_update(kOld), child_add(kOld)}).empty());
  BOOST_TEST((notes_of_a(link, {ike_add(kOld)}) == Ids{"H19"}));
  link.from_a("03 0b 22 00 01");  // its own question excuses nothing
  BOOST_TEST((notes_of_a(link, {ike_add(kOld)}) == Ids{"H19"}));
}

BOOST_AUTO_TEST_CASE(a_rekey_before_the_update_is_h23) {
  BOOST_TEST((notes_of_a({ike_add(kOld), ike_add_for(kNew, kOld)}) == Ids{"H23"}));
  BOOST_TEST(notes_of_a({ike_add_for(kNew, kOld)}).empty());  // the replaced SA is from before the capture
}

// Ethernet, IPv4 and UDP leave 22 bytes of a snapshot length of 64: of IKE_ADD the last byte of its IKE_ID is missing.
BOOST_AUTO_TEST_CASE(messages_cut_by_the_capture_are_no_hazard) {
  const auto cut = [](const std::string& message, std::size_t bytes) {
    Text text;
    append_hex(text, Bytes{hex(message)}.first(bytes));
    return std::string{view(text)};
  };
  for (std::size_t bytes = 3; bytes <= 26; ++bytes) {
    Link link;
    link.from_a("03 0a 22 00 01");
    Ids ids;
    for (const auto& message : {ike_add(kOld), ike_update(kOld), child_add(kOld), ike_delete(kOld), ike_add_4(kNew),
                                ike_add_4_further(kNew)}) {
      const auto whole = hex(message).size();
      const auto kept = std::min(bytes, whole);
      for (auto& id : note_ids(link.from_a(cut(message, kept), static_cast<std::uint32_t>(whole - kept)))) {
        ids.push_back(std::move(id));
      }
    }
    BOOST_TEST(ids.empty(), bytes << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(a_message_can_have_several_notes) {
  Link link;
  for (int i = 0; i < 255; ++i) link.from_a("03 0a 22 00 01");
  link.from_a(ike_add(kOld));
  BOOST_TEST((note_ids(link.from_a(child_add(kOld))) == Ids{"H3", "H7"}));
}

// Memory has a limit; what was forgotten is not called lost.
BOOST_AUTO_TEST_CASE(more_ike_sas_than_the_limit_forget_old_ones) {
  const auto sa = [](std::uint32_t number) { return fmt::format("02 {:016x} 99aabbccddeeff00 00 ", number + 1); };
  constexpr std::uint32_t kSas = 200'000;
  Link link;
  std::size_t notes = 0;
  for (std::uint32_t i = 0; i < kSas; ++i) link.from_a(ike_add(sa(i)));
  BOOST_TEST((note_ids(link.from_a(ike_add(sa(kSas - 1)))) == Ids{"H19"}));  // the last ones are kept
  for (std::uint32_t i = 0; i < kSas; ++i) {
    for (const auto& id : note_ids(link.from_a(ike_update(sa(i))))) notes += id == "H2" ? 1U : 0U;
  }
  BOOST_TEST(notes == 0U);
}

BOOST_AUTO_TEST_CASE(more_links_than_the_limit_forget_old_ones) {
  Link link;
  link.from_a("03 0a 21 00 01");
  for (std::uint32_t i = 0; i < 2000; ++i) {
    auto stranger = kNodeB;
    stranger.octets[2] = static_cast<std::uint8_t>(i >> 8U);
    stranger.octets[3] = static_cast<std::uint8_t>(i);
    stranger.octets[0] = 11;
    link.send(stranger, kNodeA, "03 0a 22 00 01");
  }
  BOOST_TEST(link.from_a("03 0a 22 00 01").hint == hint(k3c));
}

BOOST_AUTO_TEST_SUITE_END()
