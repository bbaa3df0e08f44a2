// What sasyncd and pfsync say, as events and back.
#include <boost/test/unit_test.hpp>

#include "sasync/proto/pfsync.hpp"
#include "sasync/proto/sasyncd.hpp"
#include "support/openbsd_examples.hpp"

using namespace sasync;
using namespace sasync::proto;
using test::hex;
using test::pfsync_example;
using test::sasyncd_example;
using Buffer = std::vector<std::uint8_t>;

namespace {

net::Origin origin() {
  net::Origin made;
  made.frame = 7;
  made.src = net::IpAddress::from(hex("c0a8fe01"));
  return made;
}

sasyncd::State with_key() {
  sasyncd::State state;
  state.cipher.emplace(as_bytes(test::kSasyncdKey));
  return state;
}

std::optional<event::SyncEvent> event_of(const Buffer& frame, sasyncd::State& state) {
  sasyncd::Message message;
  BOOST_TEST_REQUIRE(sasyncd::decode(frame, 0, state, message).has_value());
  return to_event(message, origin());
}
std::optional<event::SyncEvent> event_of(std::string_view name) {
  auto state = with_key();
  return event_of(sasyncd_example(name).frame_bytes(), state);
}

sasyncd::Sender sender(std::uint8_t iv) {
  std::array<std::uint8_t, sasyncd::kIvBytes> octets{};
  octets.fill(iv);
  return {.cipher = sasyncd::Cipher{as_bytes(test::kSasyncdKey)},
          .hasher = {},
          .next_iv = [octets] { return octets; },
          .ends_of =
              [](std::uint32_t) {
                return sasyncd::Ends{.src = net::IpAddress::from(hex("c0000201")),
                                     .dst = net::IpAddress::from(hex("c6336407"))};
              }};
}

Buffer sealed(const Buffer& plaintext) {
  Writer out;
  seal(sasyncd::FrameType::pfkey, plaintext, sender(1), out);
  return std::move(out).take();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openbsd_events)

BOOST_AUTO_TEST_CASE(roles_and_snapshots) {
  const auto state = event_of("state_master");
  BOOST_TEST_REQUIRE(state.has_value());
  BOOST_TEST(state->member == "192.168.254.1");
  BOOST_TEST(state->protocol == "sasyncd");
  BOOST_TEST(state->frame == 7U);
  BOOST_TEST((std::get<event::Heartbeat>(state->body).role == event::Role::primary));
  BOOST_TEST((std::get<event::Heartbeat>(event_of("ack_slave")->body).role == event::Role::subordinate));
  BOOST_TEST((std::get<event::SyncError>(event_of("error_state")->body).message_type == 1U));
  BOOST_TEST((std::get<event::ResyncBegin>(event_of("flush")->body).phase == event::Phase::ipsec));
  BOOST_TEST((std::get<event::ResyncEnd>(event_of("endsnap")->body).phase == event::Phase::ipsec));
}

// A snapshot's flush has the process number of sasyncd; that of one kind of SA is no snapshot's.
BOOST_AUTO_TEST_CASE(flushes) {
  const auto flush = event_of("flush");
  BOOST_TEST(flush->resync);
  BOOST_TEST(std::get<event::ResyncBegin>(flush->body).process.value() == 4242U);
  for (const bool ah : {false, true}) {
    auto plaintext = sasyncd_example("flush").plain_bytes();
    plaintext[3] = ah ? std::uint8_t{1} : std::uint8_t{2};
    auto state = with_key();
    const auto event = event_of(sealed(plaintext), state);
    BOOST_TEST(!event->resync);
    const auto& gone = std::get<event::IpsecSaDelete>(event->body);
    BOOST_TEST(!gone.spi_in.has_value());
    BOOST_TEST(!gone.spi_out.has_value());
    BOOST_TEST((gone.ipsec_protocol == (ah ? event::IpsecProtocol::ah : event::IpsecProtocol::esp)));
    auto from = sender(1);
    from.seq = 1;
    from.pid = 4242;
    Writer out;
    BOOST_TEST_REQUIRE(sasyncd::encode_event(*event, from, out).has_value());
    BOOST_TEST((event_of(std::move(out).take(), state)->body == event->body));
  }
  auto state = with_key();
  auto plaintext = sasyncd_example("flush").plain_bytes();
  plaintext[3] = 9;  // X_IPCOMP
  BOOST_TEST(!event_of(sealed(plaintext), state).has_value());
}

// Of outbound flows the gateways are known.
BOOST_AUTO_TEST_CASE(an_outbound_flow_tells_whose_address_is_which) {
  const auto flow = event_of("addflow");
  BOOST_TEST_REQUIRE(flow.has_value());
  BOOST_TEST(flow->resync);
  const auto& conn = std::get<event::ConnSync>(flow->body);
  BOOST_TEST(net::to_string(conn.local->address) == "192.0.2.1");
  BOOST_TEST(net::to_string(conn.remote->address) == "198.51.100.7");
  auto inbound = sasyncd_example("addflow").plain_bytes();
  inbound[0x45] = 1;  // direction of X_FLOW_TYPE
  auto state = with_key();
  BOOST_TEST(!event_of(sealed(inbound), state).has_value());
}

// X_REPLAY is the next number of an outbound SA and the highest of an inbound one.
BOOST_AUTO_TEST_CASE(a_snapshot_says_how_far_an_sa_has_got) {
  const auto outbound = std::get<event::IpsecSaAdd>(event_of("add_snapshot")->body);
  BOOST_TEST(outbound.sequence.value() == 1000U);
  BOOST_TEST(!outbound.highest.has_value());
  BOOST_TEST(outbound.bytes.value() == 84'000U);
  auto plaintext = sasyncd_example("add_snapshot").plain_bytes();
  std::swap_ranges(plaintext.begin() + 0x108, plaintext.begin() + 0x110, plaintext.begin() + 0x110);  // packets in, out
  auto state = with_key();
  const auto inbound = std::get<event::IpsecSaAdd>(event_of(sealed(plaintext), state)->body);
  BOOST_TEST(inbound.spi_in.value() == 0xC0FFEE01U);
  BOOST_TEST(inbound.highest.value() == 1001U);
  BOOST_TEST(!inbound.sequence.has_value());

  // A kernel without X_REPLAY: the packets that were sent.
  plaintext = sasyncd_example("add_snapshot").plain_bytes();
  plaintext.erase(plaintext.begin() + 0xF0, plaintext.begin() + 0x100);
  plaintext[4] -= 2;
  auto old = with_key();
  const auto counted = event_of(sealed(plaintext), old);
  BOOST_TEST(std::get<event::IpsecSaAdd>(counted->body).sequence.value() == 1000U);
  BOOST_TEST(counted->inferred_fields.has(event::Field::sequence));
  // Live messages say nothing of it, whatever is in them.
  plaintext = sasyncd_example("add_snapshot").plain_bytes();
  plaintext[8] = 1;
  auto live = with_key();
  BOOST_TEST(!std::get<event::IpsecSaAdd>(event_of(sealed(plaintext), live)->body).sequence.has_value());
}

// The page's live ADD: gw1.example to gw2.example.
BOOST_AUTO_TEST_CASE(identities_are_the_clusters_and_the_peers) {
  const auto text = [](const std::optional<event::Identity>& id) { return std::string{as_text(id.value().value)}; };
  auto state = with_key();
  event_of(sasyncd_example("addflow").frame_bytes(), state);
  const auto add = std::get<event::IpsecSaAdd>(event_of(sasyncd_example("add_live").frame_bytes(), state)->body);
  BOOST_TEST((add.local_id->type == event::IdentityType::fqdn));
  BOOST_TEST(text(add.local_id) == "gw1.example");
  BOOST_TEST(text(add.remote_id) == "gw2.example");
  using enum event::IdentityType;
  const auto octets = [](std::string_view some) { return Buffer(some.begin(), some.end()); };
  for (const auto& identity :
       {event::Identity{fqdn, octets("host.example")}, event::Identity{rfc822, octets("who@host.example")},
        event::Identity{ipv4, hex("0a000001")}, event::Identity{ipv6, hex("20010db8000000000000000000000001")},
        event::Identity{key_id, octets("/C=XX/CN=gw")}}) {
    event::SyncEvent event{.resync = true, .body = add};
    auto& said = std::get<event::IpsecSaAdd>(event.body);
    said.remote_id = identity;
    said.rdomain = 3;
    Writer out;
    BOOST_TEST_REQUIRE(sasyncd::encode_event(event, sender(1), out).has_value());
    BOOST_TEST((event_of(std::move(out).take(), state)->body == event.body));
  }
}

BOOST_AUTO_TEST_CASE(what_names_an_sa_is_in_its_delete) {
  const auto gone = std::get<event::IpsecSaDelete>(event_of("delete")->body);
  BOOST_TEST(net::to_string(gone.destination->address) == "198.51.100.7");
  BOOST_TEST(!gone.rdomain.has_value());
  auto plaintext = sasyncd_example("delete").plain_bytes();
  const auto domain = hex("01002500 03000000");
  plaintext.insert(plaintext.end(), domain.begin(), domain.end());
  ++plaintext[4];
  plaintext[3] = 1;  // AH
  auto state = with_key();
  const auto other = std::get<event::IpsecSaDelete>(event_of(sealed(plaintext), state)->body);
  BOOST_TEST(other.rdomain.value() == 3U);
  BOOST_TEST((other.ipsec_protocol == event::IpsecProtocol::ah));
}

// X_MTU, X_SA2, ADDRESS_PROXY: not permitted in ADD. A window of 65, no destination: refused as well.
BOOST_AUTO_TEST_CASE(what_the_receiving_kernel_refuses_is_marked) {
  const auto refused = [](const Buffer& plaintext) {
    auto state = with_key();
    return std::get<event::IpsecSaAdd>(event_of(sealed(plaintext), state)->body).refused.value_or(false);
  };
  const auto add = sasyncd_example("add_snapshot").plain_bytes();
  BOOST_TEST(!refused(add));
  for (const std::string_view more : {"01002600 78050000", "02001700 c0ffee02 4001050c 04000000",
                                      "03000700 00000000 10020000 0a000001 0000000000000000"}) {
    auto with = add;
    const auto extension = hex(more);
    with.insert(with.end(), extension.begin(), extension.end());
    with[4] = static_cast<std::uint8_t>(with.size() / 8);
    BOOST_TEST(refused(with), more);
  }
  auto window = add;
  window[0x18] = 65;
  BOOST_TEST(refused(window));
  auto without_destination = add;
  without_destination.erase(without_destination.begin() + 0x98, without_destination.begin() + 0xB0);
  without_destination[4] -= 3;
  BOOST_TEST(refused(without_destination));
  auto old_cipher = add;
  old_cipher[0x1B] = 2;  // DES: the sender's kernel has it, and so has the receiver's of the same release
  BOOST_TEST(!refused(old_cipher));
}

// The counters of the snapshot say that the SA is an outbound one: it has sent packets and received none.
BOOST_AUTO_TEST_CASE(an_sa_of_a_snapshot) {
  const auto event = event_of("add_snapshot");
  BOOST_TEST_REQUIRE(event.has_value());
  BOOST_TEST(event->resync);
  BOOST_TEST(event->inferred_fields.has(event::Field::spi_out));
  const auto& sa = std::get<event::IpsecSaAdd>(event->body);
  BOOST_TEST(sa.spi_out.value() == 0xC0FFEE01U);
  BOOST_TEST(!sa.spi_in.has_value());
  BOOST_TEST((sa.ipsec_protocol == event::IpsecProtocol::esp));
  BOOST_TEST((sa.mode == event::IpsecMode::tunnel));
  BOOST_TEST(sa.proposal.encryption.value() == event::kEncryptionAesCbc);
  BOOST_TEST(sa.proposal.encryption_bits.value() == 128);
  BOOST_TEST(sa.proposal.integrity.value() == event::kIntegrityHmacSha2_256_128);
  BOOST_TEST(net::to_string(sa.local->address) == "192.0.2.1");
  BOOST_TEST(net::to_string(sa.remote->address) == "198.51.100.7");
  BOOST_TEST(sa.replay_window.value() == 64U);
  BOOST_TEST(sa.soft_seconds.value() == 3060U);
  BOOST_TEST(sa.hard_seconds.value() == 3600U);
  BOOST_TEST(sa.created->seconds == 1'700'000'000);
  BOOST_TEST(sa.keys.find(event::KeyKind::encryption_out)->octets == hex("101112131415161718191a1b1c1d1e1f"),
             boost::test_tools::per_element());
  BOOST_TEST(sa.keys.find(event::KeyKind::integrity_out)->length == 32U);
}

// What one SA or flow says of addresses helps with SAs that say nothing.
BOOST_AUTO_TEST_CASE(the_direction_of_an_sa_is_learned_from_others) {
  auto state = with_key();
  event_of(sasyncd_example("addflow").frame_bytes(), state);  // OUT, 192.0.2.1 to the peer 198.51.100.7
  const auto live = event_of(sasyncd_example("add_live").frame_bytes(), state);
  BOOST_TEST(std::get<event::IpsecSaAdd>(live->body).spi_out.has_value());
  BOOST_TEST(!live->resync);
  const auto gone = event_of(sasyncd_example("delete").frame_bytes(), state);
  BOOST_TEST(std::get<event::IpsecSaDelete>(gone->body).spi_out.value() == 0xC0FFEE01U);
  // The same between the same hosts the other way round.
  auto back = sasyncd_example("delete").plain_bytes();
  std::swap_ranges(back.begin() + 0x2C, back.begin() + 0x30, back.begin() + 0x44);
  Writer out;
  seal(sasyncd::FrameType::pfkey, back, sender(1), out);
  const auto inbound = event_of(std::move(out).take(), state);
  BOOST_TEST(std::get<event::IpsecSaDelete>(inbound->body).spi_in.value() == 0xC0FFEE01U);
}

BOOST_AUTO_TEST_CASE(a_flow_filter_says_direction_and_selectors) {
  const auto flow = sasyncd_example("addflow").plain_bytes();
  auto plaintext = sasyncd_example("add_live").plain_bytes();
  plaintext.insert(plaintext.end(), flow.begin() + 0x40, flow.end());
  plaintext[4] = static_cast<std::uint8_t>(plaintext.size() / 8);
  Writer out;
  seal(sasyncd::FrameType::pfkey, plaintext, sender(1), out);
  auto state = with_key();
  const auto event = event_of(std::move(out).take(), state);
  BOOST_TEST(event->inferred_fields.empty());
  const auto& sa = std::get<event::IpsecSaAdd>(event->body);
  BOOST_TEST_REQUIRE(sa.local_ts.size() == 1U);
  BOOST_TEST(net::to_string(sa.local_ts[0].from) == "10.1.0.0");
  BOOST_TEST(net::to_string(sa.local_ts[0].to) == "10.1.255.255");
  BOOST_TEST(net::to_string(sa.remote_ts.at(0).from) == "10.2.0.0");
}

BOOST_AUTO_TEST_CASE(events_become_the_frames_of_the_page) {
  const auto frame = [](const event::SyncEvent& event, const sasyncd::Sender& from) {
    Writer out;
    BOOST_TEST_REQUIRE(sasyncd::encode_event(event, from, out).has_value());
    return std::move(out).take();
  };
  auto flushing = sender(0xA4);
  flushing.seq = 1;
  flushing.pid = 4242;
  auto deleting = sender(0xA7);
  deleting.seq = 78;
  deleting.pid = 31'337;
  BOOST_TEST(frame(*event_of("state_master"), sender(0xA0)) == sasyncd_example("state_master").frame_bytes(),
             boost::test_tools::per_element());
  BOOST_TEST(frame(*event_of("error_state"), sender(0xA2)) == sasyncd_example("error_state").frame_bytes(),
             boost::test_tools::per_element());
  BOOST_TEST(frame(*event_of("endsnap"), sender(0xA3)) == sasyncd_example("endsnap").frame_bytes(),
             boost::test_tools::per_element());
  BOOST_TEST(frame(*event_of("flush"), flushing) == sasyncd_example("flush").frame_bytes(),
             boost::test_tools::per_element());
  BOOST_TEST(frame(*event_of("delete"), deleting) == sasyncd_example("delete").frame_bytes(),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_sa_comes_back_from_its_frame_in_both_byte_orders) {
  const auto event = *event_of("add_snapshot");
  for (const bool little : {true, false}) {
    auto from = sender(9);
    from.little_endian = little;
    Writer out;
    BOOST_TEST_REQUIRE(sasyncd::encode_event(event, from, out).has_value());
    auto state = with_key();
    // The counters, which told the direction, are not sent: here a flow tells it before.
    event_of(sasyncd_example("addflow").frame_bytes(), state);
    const auto back = event_of(std::move(out).take(), state);
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST((back->body == event.body));
    BOOST_TEST(back->resync);
  }
}

BOOST_AUTO_TEST_CASE(a_pair_of_sas_is_two_frames_and_aead_keys_keep_their_salt) {
  event::SyncEvent event;
  event::IpsecSaAdd sa{.spi_in = 0x11223344, .spi_out = 0x55667788};
  sa.proposal.encryption = event::kEncryptionAesGcm16;
  sa.proposal.encryption_bits = 128;
  sa.keys.set(event::KeyKind::encryption_in, test::repeated(1, 20));
  sa.keys.set(event::KeyKind::encryption_out, test::repeated(2, 20));
  sa.local = event::Host{.address = net::IpAddress::from(hex("20010db8000000000000000000000001"))};
  sa.remote = event::Host{.address = net::IpAddress::from(hex("20010db8000000000000000000000002"))};
  event.body = sa;
  Writer out;
  BOOST_TEST_REQUIRE(sasyncd::encode_event(event, sender(1), out).has_value());
  auto state = with_key();
  sasyncd::Message message;
  const auto first = sasyncd::cut_stream(out.view(), false);
  BOOST_TEST_REQUIRE((first.kind == net::StreamCut::Kind::message));
  BOOST_TEST_REQUIRE(sasyncd::decode(out.view().first(first.bytes), 0, state, message).has_value());
  BOOST_TEST(message.notes.empty());
  BOOST_TEST(message.pfkey.find<pfkey::Sa>(pfkey::ExtensionType::sa)->spi == 0x11223344U);
  BOOST_TEST(message.pfkey.find<pfkey::Sa>(pfkey::ExtensionType::sa)->auth == 9);
  BOOST_TEST_REQUIRE(sasyncd::decode(out.view().subspan(first.bytes), 0, state, message).has_value());
  const auto back = std::get<event::IpsecSaAdd>(to_event(message, origin())->body);
  BOOST_TEST(back.spi_out.value() == 0x55667788U);
  BOOST_TEST(back.proposal.encryption_bits.value() == 128);
  BOOST_TEST(back.keys.find(event::KeyKind::encryption_out)->length == 20U);
  BOOST_TEST(net::to_string(back.remote->address) == "2001:db8::2");
}

BOOST_AUTO_TEST_CASE(what_sasyncd_cannot_say_is_refused) {
  Writer out;
  event::SyncEvent event;
  event.body = event::RouteAdd{};
  BOOST_TEST(!sasyncd::encode_event(event, sender(1), out).has_value());
  event.body = event::IpsecSaAdd{};
  BOOST_TEST(!sasyncd::encode_event(event, sender(1), out).has_value());
  event::IpsecSaAdd redacted{.spi_in = 1};
  redacted.keys.set(event::KeyKind::encryption_in, event::Secret::unknown(16));
  event.body = redacted;
  BOOST_TEST(!sasyncd::encode_event(event, sender(1), out).has_value());
  event.body = event::IpsecSaDelete{.spi_in = 300};
  auto without_ends = sender(1);
  without_ends.ends_of = {};
  BOOST_TEST(!sasyncd::encode_event(event, without_ends, out).has_value());
  BOOST_TEST(out.size() == 0U);
}

BOOST_AUTO_TEST_CASE(faulty_frames_are_sync_errors) {
  sasyncd::State other;
  other.cipher.emplace(as_bytes("fedcba9876543210"));
  sasyncd::Message message;
  const auto frame = sasyncd_example("add_live").frame_bytes();
  const auto wrong_key = sasyncd::decode(frame, 0, other, message);
  const auto error = to_event(message, wrong_key.error(), origin());
  BOOST_TEST((std::get<event::SyncError>(error.body).fault == event::SyncFault::bad_checksum));
  auto bad = frame;
  bad[0] = 1;
  const auto bad_length = sasyncd::decode(bad, 0, other, message);
  const auto length = std::get<event::SyncError>(to_event(message, bad_length.error(), origin()).body);
  BOOST_TEST((length.fault == event::SyncFault::bad_length));
  BOOST_TEST(length.found_length.value() == 0x0100013CU);
  BOOST_TEST(!length.message_type.has_value());
}

BOOST_AUTO_TEST_CASE(tdbs_are_counters_of_sas_that_spi_and_destination_name) {
  const auto bytes = pfsync_example("version_6_wide").bytes();
  pfsync::State state;
  pfsync::Message message;
  BOOST_TEST_REQUIRE(pfsync::decode(bytes, 0, state, message).has_value());
  const auto events = to_event(message, origin());
  BOOST_TEST_REQUIRE(events.size() == 2U);
  BOOST_TEST(events[0].protocol == "pfsync");
  BOOST_TEST(events[0].inferred_fields.has(event::Field::sequence));
  const auto& first = std::get<event::EspSeqno>(events[0].body);
  BOOST_TEST(first.spi == 0xC0FFEE01U);
  BOOST_TEST(first.sequence == 17'384U);  // rpl is the next one
  BOOST_TEST(first.bytes.value() == 84'000U);
  BOOST_TEST(net::to_string(first.destination->address) == "198.51.100.7");
  BOOST_TEST(net::to_string(std::get<event::EspSeqno>(events[1].body).destination->address) == "2001:db8::7");
}

BOOST_AUTO_TEST_CASE(the_routing_domain_and_the_protocol_of_a_tdb_come_back) {
  event::SyncEvent event;
  event.body = event::EspSeqno{.spi = 0xC0FFEE01,
                               .sequence = 1000,
                               .bytes = 0,
                               .destination = event::Host{.address = net::IpAddress::from(hex("c6336407"))},
                               .rdomain = 3,
                               .ipsec_protocol = event::IpsecProtocol::ah};
  for (const auto version : std::to_array<std::uint8_t>({6, 5, 3})) {
    Writer out;
    BOOST_TEST_REQUIRE(pfsync::encode_events(std::span{&event, 1}, {.version = version}, out).has_value());
    const auto bytes = std::move(out).take();
    pfsync::State state;
    pfsync::Message message;
    BOOST_TEST_REQUIRE(pfsync::decode(bytes, 0, state, message).has_value());
    auto back = std::get<event::EspSeqno>(to_event(message, origin()).at(0).body);
    BOOST_TEST(back.rdomain.has_value() == (version == 6));  // older ones know none
    back.rdomain = 3;
    BOOST_TEST((event::Body{back} == event.body));
  }
}

BOOST_AUTO_TEST_CASE(counters_become_the_messages_of_the_page) {
  const auto address = [](std::string_view octets) {
    return event::Host{.address = net::IpAddress::from(hex(octets))};
  };
  std::vector<event::SyncEvent> events(2);
  events[0].body = event::EspSeqno{.spi = 0xC0FFEE01,
                                   .sequence = 1000,
                                   .jump = pfsync::kFailoverMargin,
                                   .bytes = 84'000,
                                   .destination = address("c6336407")};
  events[1].body = event::ReplayState{
      .spi = 0x0BADCAFE, .highest = 500, .bytes = 42'000, .destination = address("20010db8000000000000000000000007")};
  const auto encoded = [](std::span<const event::SyncEvent> some, const pfsync::Form& form) {
    Writer out;
    BOOST_TEST_REQUIRE(pfsync::encode_events(some, form, out).has_value());
    return std::move(out).take();
  };
  const std::span first{events.data(), 1};
  BOOST_TEST(encoded(events, {}) == pfsync_example("version_6_wide").bytes(), boost::test_tools::per_element());
  BOOST_TEST(encoded(first, {.wide = false}) == pfsync_example("version_6_narrow").bytes(),
             boost::test_tools::per_element());
  // The page's examples of version 5 and 3 differ in the ruleset's checksum, 11..., and in `updates`.
  auto version_5 = encoded(first, {.version = 5});
  std::fill_n(version_5.begin() + 4, 16, std::uint8_t{0x11});
  BOOST_TEST(version_5 == pfsync_example("version_5").bytes(), boost::test_tools::per_element());
  auto version_3 = encoded(first, {.version = 3});
  std::fill_n(version_3.begin() + 4, 16, std::uint8_t{0x11});
  version_3[65] = 3;
  BOOST_TEST(version_3 == pfsync_example("version_3").bytes(), boost::test_tools::per_element());

  Writer out;
  events[0].body = event::EspSeqno{.spi = 300, .sequence = 1};
  BOOST_TEST(!pfsync::encode_events(events, {}, out).has_value());
  BOOST_TEST(out.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
