#include "sasync/keys/decrypt.hpp"

#include <map>

#include "keys/sealed_ike.hpp"
#include "support/ike_captured.hpp"

using namespace sasync;
using namespace sasync::keys;
using namespace sasync::test;

namespace {

struct Totals {
  std::size_t clear = 0, decrypted = 0;
  friend bool operator==(const Totals&, const Totals&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Totals& t) {
    return out << t.clear << " clear, " << t.decrypted << " decrypted";
  }
};

const std::string kNotify = "00000008 00004000";  // N(INITIAL_CONTACT), no payload behind it

OctetVector notify_inside() { return hex(kNotify); }
SealedForm notify_form() {
  SealedForm form;
  form.first = ike::PayloadType::notify;
  return form;
}

/// A store that knows one IKE_SA.
KeyStore store_of(const Ikev2Keys& keys) {
  KeyStore store;
  must_add(store, test_sa(keys));
  return store;
}

const Algorithms kCbc{.encr = 12, .encr_bits = 128, .integ = 12, .prf = 5};
const Algorithms kGcm{.encr = 20, .encr_bits = 256, .integ = 0, .prf = 5};

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_decrypt)

// Everything that is encrypted in the captures, with the keys of the sync capture beside it. There is no exception: the
// half-open IKE_SA_INIT of many-tunnels and logins that were refused never get to an encrypted message without an
// IKE_ADD (a responder tells the keys before it answers).
BOOST_AUTO_TEST_CASE(all_encrypted_messages_of_the_captures_are_opened_and_verified) {
  const std::map<std::string, Totals> expected{
      {"6.0.1-ikev2-psk-establish", {4, 30}}, {"6.1.0-ikev2-psk-establish", {4, 26}},
      {"ikev1-main-psk", {16, 64}},           {"ikev2-failover", {4, 75}},
      {"ikev2-psk-establish", {4, 28}},       {"many-tunnels", {430, 1300}}};
  for (const auto& capture : captures("outside.pcap")) {
    const auto keys = keys_beside(capture);
    Decryptor decryptor{keys};
    Totals totals;
    for (const auto& captured : captured_ike(capture)) {
      BOOST_TEST_CONTEXT(capture << " frame " << captured.frame) {
        const auto message = decoded(captured.bytes);
        const auto opened = decryptor.decrypt(message);
        if (opened.outcome == Outcome::not_encrypted) {
          ++totals.clear;
          continue;
        }
        BOOST_TEST((opened.outcome == Outcome::decrypted), opened.problem.text);
        BOOST_TEST((opened.proof == (message.major_version() == 1 ? Proof::hash : Proof::integrity)));
        BOOST_TEST(opened.status.has_value());
        ++totals.decrypted;
      }
    }
    BOOST_TEST(totals == expected.at(scenario_of(capture)), scenario_of(capture) << ": " << totals);
    BOOST_TEST(decryptor.unfinished().empty());
  }
}

// What was opened is written back by the encoder to the very plaintext.
BOOST_AUTO_TEST_CASE(payloads_inside_are_written_back_exactly) {
  std::size_t compared = 0;
  for (const auto& capture : captures("outside.pcap")) {
    const auto keys = keys_beside(capture);
    Decryptor decryptor{keys};
    for (const auto& captured : captured_ike(capture)) {
      const auto message = decoded(captured.bytes);
      const auto opened = decryptor.decrypt(message);
      if (opened.outcome != Outcome::decrypted) continue;
      Writer written;
      ike::encode_payloads(opened.payloads, message.major_version(), written);
      // IKEv1's padding has no length of its own and stays in the plaintext.
      BOOST_REQUIRE(std::ranges::equal(written.view(), Bytes{opened.plaintext}.first(written.size())));
      if (message.major_version() == 2) BOOST_REQUIRE(written.size() == opened.plaintext.size());
      ++compared;
    }
  }
  BOOST_TEST(compared == 1523U);
}

BOOST_AUTO_TEST_CASE(every_algorithm_opens_what_it_sealed) {
  for (const auto& [name, algorithms] : all_algorithms()) {
    BOOST_TEST_CONTEXT(name) {
      const auto keys = test_keys(algorithms);
      const auto store = store_of(keys);
      for (const std::uint8_t flags : {std::uint8_t{0x08}, std::uint8_t{0x20}}) {
        auto form = notify_form();
        form.flags = flags;
        form.more_padding = flags == 0x20 ? 3 : 0;
        const auto bytes = sealed(keys, form, notify_inside());
        const auto opened = decrypt(decoded(bytes), store);
        BOOST_TEST((opened.outcome == Outcome::decrypted), opened.problem.text);
        BOOST_TEST(to_hex(opened.plaintext) == to_hex(notify_inside()));
        BOOST_TEST(opened.payloads.size() == 1U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_opened_is_shown_with_the_message) {
  const auto keys = test_keys(kGcm);
  const auto store = store_of(keys);
  const auto bytes = sealed(keys, notify_form(), notify_inside());
  auto message = decoded(bytes);
  const auto opened = decrypt(message, store);
  ike::show_decrypted(message, opened.payloads);
  Text line;
  summarize(message, line);
  BOOST_TEST(view(line) == " 1122334455667788_i 99aabbccddeeff00_r request 5 SK { N(INITIAL_CONTACT) }");
  proto::Fields fields;
  describe(message, fields);
  bool is_inside = false;
  for (const auto& field : fields.all()) {
    is_inside = is_inside || field.name == "decrypted_payloads";
    if (!is_inside) continue;
    const bool is_mark = std::holds_alternative<proto::Close>(field.value);
    BOOST_TEST(field.length == 0U);
    BOOST_TEST((is_mark || field.offset == 28U));
  }
  BOOST_TEST(is_inside);
}

BOOST_AUTO_TEST_CASE(a_changed_bit_anywhere_is_refused) {
  for (const auto& algorithms : {kCbc, kGcm}) {
    const auto keys = test_keys(algorithms);
    const auto store = store_of(keys);
    const auto bytes = sealed(keys, notify_form(), notify_inside());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      auto changed = bytes;
      changed[at] ^= 1U;
      ike::Message message;
      ike::State state;
      if (!ike::decode(changed, ike::kHintAny, state, message)) continue;
      const auto opened = decrypt(message, store);
      BOOST_TEST((opened.outcome != Outcome::decrypted), "byte " << at);
      BOOST_TEST(opened.payloads.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(sk_shorter_than_iv_and_tag_is_said_with_its_place) {
  for (const auto& [algorithms, least] : {std::pair{kCbc, 16U + 1U + 16U}, std::pair{kGcm, 8U + 1U + 16U}}) {
    const auto keys = test_keys(algorithms);
    const auto store = store_of(keys);
    for (std::size_t size = 17; size < least; ++size) {  // less is malformed without keys
      Writer bytes;
      bytes.bytes(Bytes{test_spis().initiator});
      bytes.bytes(Bytes{test_spis().responder});
      bytes.bytes(hex("2e 20 25 08 00000000"));
      bytes.be(static_cast<std::uint32_t>(32 + size));
      bytes.bytes(hex("0000"));
      bytes.be(static_cast<std::uint16_t>(4 + size));
      bytes.bytes(counting(size));
      const auto raw = std::move(bytes).take();
      const auto opened = decrypt(decoded(raw), store);
      BOOST_TEST((opened.outcome == Outcome::failed));
      BOOST_TEST((opened.problem.code == ProblemCode::malformed));
      BOOST_TEST(opened.problem.text.starts_with("SK at offset 28: " + std::to_string(size) + " bytes are less than"));
      BOOST_TEST_REQUIRE(!opened.status.has_value());
      const auto& error = opened.status.error();
      BOOST_TEST((error.code == DecodeErrc::bad_length));
      BOOST_TEST(error.offset == 32U);
      BOOST_TEST(std::string_view{error.field} == "data");
      BOOST_TEST(error.announced == size);
      BOOST_TEST(error.available == least);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_inside_can_be_malformed_too) {
  const auto keys = test_keys(kGcm);
  const auto store = store_of(keys);
  const auto opened = decrypt(decoded(sealed(keys, notify_form(), hex("00000003 00004000"))), store);
  BOOST_TEST((opened.outcome == Outcome::decrypted));
  BOOST_TEST((opened.status.error().code == DecodeErrc::bad_length));
  BOOST_TEST(opened.status.error().offset == 2U);
  // A pad length that is longer than the plaintext, under a right ICV.
  const auto cipher = crypto::find_cipher(20, 256).value();
  auto raw = sealed(keys, notify_form(), notify_inside());
  const auto body = raw.size() - 16 - 8 - 32;
  const OctetVector plain(body, 0xFF);
  const auto text =
      crypto::encrypt(
          cipher, {.keymat = keys.sk_ei, .iv = Bytes{raw}.subspan(32, 8), .associated = Bytes{raw}.first(32)}, plain)
          .value();
  std::ranges::copy(text, raw.begin() + 40);
  BOOST_TEST((decrypt(decoded(raw), store).problem.code == ProblemCode::malformed));
}

BOOST_AUTO_TEST_CASE(unknown_sas_and_clear_messages) {
  const auto keys = test_keys(kGcm);
  const auto bytes = sealed(keys, notify_form(), notify_inside());
  const KeyStore empty;
  const auto unknown = decrypt(decoded(bytes), empty);
  BOOST_TEST((unknown.outcome == Outcome::no_keys));
  BOOST_TEST(unknown.problem.text.ends_with("1122334455667788_i 99aabbccddeeff00_r"));
  Decryptor decryptor{empty};
  BOOST_TEST((decryptor.decrypt(decoded({0xFF})).outcome == Outcome::not_encrypted));
}

// IKE_INTERMEDIATE: each exchange is under the keys of before; the newest fit what comes after.
BOOST_AUTO_TEST_CASE(older_keys_open_what_they_protected) {
  const auto first = test_keys(kGcm);
  auto second = first;
  second.sk_ei = crypto::to_secret(counting(36, 77));
  auto sa = test_sa(first);
  sa.generations.push_back({.keys = second, .fingerprint = {}});
  KeyStore store;
  must_add(store, std::move(sa));
  for (const auto& keys : {first, second}) {
    BOOST_TEST((decrypt(decoded(sealed(keys, notify_form(), notify_inside())), store).outcome == Outcome::decrypted));
  }
}

// --- Fragments (RFC 7383) --------------------------------------------------------------------------------------------

namespace {

/// A long message in so many fragments, in order.
std::vector<OctetVector> fragments(const Ikev2Keys& keys, std::uint16_t total, std::uint32_t message_id = 5) {
  const auto inside = hex("2a00000c 0000ea60 01020304 0000000c 03040001 c0ffee01");  // N, D
  std::vector<OctetVector> all;
  for (std::uint16_t number = 1; number <= total; ++number) {
    const auto begin = inside.size() * (number - 1U) / total;
    const auto end = inside.size() * number / total;
    auto form = notify_form();
    form.fragment = number;
    form.fragments = total;
    form.message_id = message_id;
    all.push_back(sealed(keys, form, Bytes{inside}.subspan(begin, end - begin)));
  }
  return all;
}

std::vector<Outcome> outcomes(Decryptor& decryptor, const std::vector<OctetVector>& messages) {
  std::vector<Outcome> all;
  all.reserve(messages.size());
  for (const auto& bytes : messages) all.push_back(decryptor.decrypt(decoded(bytes)).outcome);
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(fragments_in_any_order_make_one_message) {
  for (const auto& algorithms : {kCbc, kGcm}) {
    const auto keys = test_keys(algorithms);
    const auto store = store_of(keys);
    auto parts = fragments(keys, 4);
    std::ranges::sort(parts);
    do {
      Decryptor decryptor{store};
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        BOOST_TEST((decryptor.decrypt(decoded(parts[i])).outcome == Outcome::incomplete));
      }
      BOOST_TEST(decryptor.unfinished().size() == 1U);
      const auto whole = decryptor.decrypt(decoded(parts.back()));
      BOOST_TEST((whole.outcome == Outcome::decrypted));
      BOOST_TEST(whole.status.has_value());
      BOOST_REQUIRE(whole.payloads.size() == 2U);
      BOOST_TEST((whole.payloads[1].type == ike::PayloadType::delete_));
      BOOST_TEST(decryptor.unfinished().empty());
    } while (std::ranges::next_permutation(parts).found);
  }
}

BOOST_AUTO_TEST_CASE(fragments_missing_or_twice_are_said) {
  const auto keys = test_keys(kGcm);
  const auto store = store_of(keys);
  Decryptor decryptor{store};
  const auto parts = fragments(keys, 4);
  using enum Outcome;
  BOOST_TEST((outcomes(decryptor, {parts[0], parts[2], parts[2], parts[0]}) ==
              std::vector{incomplete, incomplete, duplicate, duplicate}));
  BOOST_REQUIRE(decryptor.unfinished().size() == 1U);
  BOOST_TEST(decryptor.unfinished().front() ==
             "IKE_SA 1122334455667788_i 99aabbccddeeff00_r, message 5: of 4 fragments there never came 2, 4");
}

// A retransmission, or a port mirror that shows every frame twice: nothing is missing of a message that was whole.
BOOST_AUTO_TEST_CASE(fragments_that_come_again_after_their_message) {
  using enum Outcome;
  for (const auto& algorithms : {kCbc, kGcm}) {
    const auto keys = test_keys(algorithms);
    const auto store = store_of(keys);
    Decryptor decryptor{store};
    const auto parts = fragments(keys, 3);
    BOOST_TEST((outcomes(decryptor, {parts[0], parts[1], parts[2], parts[2], parts[0], parts[1], parts[2]}) ==
                std::vector{incomplete, incomplete, decrypted, duplicate, duplicate, duplicate, duplicate}));
    BOOST_TEST(decryptor.unfinished().empty());
    // Made anew with another ciphertext, it is another message.
    const auto anew = fragments(keys, 2);
    BOOST_TEST((outcomes(decryptor, {anew[0], anew[1]}) == std::vector{incomplete, decrypted}));
    // What is remembered is bounded.
    for (std::uint32_t id = 100; id < 100 + kCompletedMessagesMax; ++id) outcomes(decryptor, fragments(keys, 2, id));
    BOOST_TEST((outcomes(decryptor, {parts[0]}) == std::vector{incomplete}));
  }
}

// RFC 7383 section 2.5.2: more fragments than before start anew, fewer are of an attempt that was given up.
BOOST_AUTO_TEST_CASE(a_sender_may_begin_anew_with_smaller_fragments) {
  const auto keys = test_keys(kGcm);
  const auto store = store_of(keys);
  Decryptor decryptor{store};
  const auto large = fragments(keys, 2);
  const auto small = fragments(keys, 3);
  using enum Outcome;
  BOOST_TEST((outcomes(decryptor, {large[0], small[0], small[1], large[1], small[2]}) ==
              std::vector{incomplete, incomplete, incomplete, failed, decrypted}));
}

BOOST_AUTO_TEST_CASE(a_forged_fragment_changes_nothing) {
  const auto keys = test_keys(kGcm);
  const auto store = store_of(keys);
  Decryptor decryptor{store};
  const auto parts = fragments(keys, 2);
  auto forged = parts[1];
  forged.back() ^= 1U;
  using enum Outcome;
  BOOST_TEST((outcomes(decryptor, {parts[0], forged, parts[1]}) == std::vector{incomplete, failed, decrypted}));
}

BOOST_AUTO_TEST_CASE(memory_for_fragments_is_bounded) {
  const auto keys = test_keys(kGcm);
  const auto store = store_of(keys);
  Decryptor decryptor{store};
  for (std::uint32_t id = 0; id < 500; ++id) decryptor.decrypt(decoded(fragments(keys, 2, id).front()));
  BOOST_TEST(decryptor.unfinished().size() == kFragmentedMessagesMax);

  auto form = notify_form();
  form.fragment = 1;
  form.fragments = kFragmentsMax + 1;
  const auto refused = decryptor.decrypt(decoded(sealed(keys, form, notify_inside())));
  BOOST_TEST((refused.problem.code == ProblemCode::limit_exceeded));

  Decryptor another{store};
  form.fragments = 2;
  const OctetVector large(60'000, 0x11);
  for (std::uint32_t id = 0; id < 40; ++id) {
    form.message_id = id;
    another.decrypt(decoded(sealed(keys, form, large)));
  }
  BOOST_TEST(another.unfinished().size() == kFragmentBytesMax / large.size());
}

// --- IKEv1

namespace {

std::string ikev1_capture() { return SASYNC_SOURCE_DIR "/corpus/captures/strongswan/ikev1-main-psk/outside.pcap"; }

}  // namespace

BOOST_AUTO_TEST_CASE(ikev1_retransmissions_are_opened_again) {
  const auto keys = keys_beside(ikev1_capture());
  Decryptor decryptor{keys};
  for (const auto& captured : captured_ike(ikev1_capture())) {
    for (int copy = 0; copy < 2; ++copy) {
      const auto opened = decryptor.decrypt(decoded(captured.bytes));
      BOOST_TEST((opened.outcome == Outcome::not_encrypted || opened.proof == Proof::hash), "frame " << captured.frame);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_changed_ikev1_message_is_refused) {
  const auto keys = keys_beside(ikev1_capture());
  const auto all = captured_ike(ikev1_capture());
  std::size_t changes = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (decoded(all[i].bytes).encrypted.empty()) continue;
    for (std::size_t at = 32; at < all[i].bytes.size(); at += 7) {
      Decryptor decryptor{keys};
      for (std::size_t before = 0; before < i; ++before) decryptor.decrypt(decoded(all[before].bytes));
      auto changed = all[i].bytes;
      changed[at] ^= 1U;
      const auto opened = decryptor.decrypt(decoded(changed));
      BOOST_TEST((opened.outcome != Outcome::decrypted || opened.proof != Proof::hash), "frame " << all[i].frame);
      ++changes;
    }
    if (i > 20) break;  // phase 1 and one Quick Mode of each kind
  }
  BOOST_TEST(changes > 100U);
}

// Without phase 1 in the clear the stream still gives the keys and the last block: phase 2 is opened and verified.
BOOST_AUTO_TEST_CASE(an_ikev1_capture_that_begins_in_phase_2) {
  const auto keys = keys_beside(ikev1_capture());
  Decryptor decryptor{keys};
  std::size_t verified = 0;
  std::size_t phase2 = 0;
  for (const auto& captured : captured_ike(ikev1_capture())) {
    const auto message = decoded(captured.bytes);
    if (message.message_id == 0) continue;
    ++phase2;
    if (decryptor.decrypt(message).proof == Proof::hash) ++verified;
  }
  BOOST_TEST(phase2 == 56U);
  BOOST_TEST(verified == phase2);
}

// A phase 1 whose first message is missing is opened, and what could not be verified is said.
BOOST_AUTO_TEST_CASE(an_ikev1_hash_that_cannot_be_computed_is_said) {
  const auto keys = keys_beside(ikev1_capture());
  Decryptor decryptor{keys};
  bool said = false;
  for (const auto& captured : captured_ike(ikev1_capture())) {
    const auto message = decoded(captured.bytes);
    if (message.encrypted.empty()) continue;
    const auto opened = decryptor.decrypt(message);
    BOOST_TEST((opened.outcome == Outcome::decrypted));
    if (message.message_id == 0) {
      BOOST_TEST((opened.proof == Proof::padding_only));
      BOOST_TEST(opened.problem.text.ends_with("the initiator's SA payload is not in the capture"));
      said = true;
    }
  }
  BOOST_TEST(said);
}

BOOST_AUTO_TEST_CASE(ikev1_messages_of_a_wrong_size_are_said) {
  const auto keys = keys_beside(ikev1_capture());
  for (const auto& captured : captured_ike(ikev1_capture())) {
    auto message = decoded(captured.bytes);
    if (message.encrypted.empty()) continue;
    message.encrypted = message.encrypted.first(message.encrypted.size() - 1);
    Decryptor decryptor{keys};
    const auto opened = decryptor.decrypt(message);
    BOOST_TEST((opened.outcome == Outcome::failed));
    BOOST_TEST(opened.problem.text.starts_with("encrypted_data: "));
    BOOST_TEST_REQUIRE(!opened.status.has_value());
    BOOST_TEST(opened.status.error().offset == ike::encrypted_offset(message));
    BOOST_TEST(std::string_view{opened.status.error().field} == "encrypted_data");
    return;
  }
}

BOOST_AUTO_TEST_SUITE_END()
