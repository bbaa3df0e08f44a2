#include "ike_payloads.hpp"

#include <algorithm>

namespace sasync::proto::ike {
namespace {

constexpr std::uint16_t kShortAttribute = 0x8000;    // RFC 2408 section 3.3: attribute format bit
constexpr std::uint8_t kMoreProposals = 2;           // RFC 7296 section 3.3.1
constexpr std::uint8_t kMoreTransforms = 3;          // RFC 7296 section 3.3.2
constexpr std::uint32_t kIpsecDoi = 1;               // RFC 2407 section 4.1
constexpr std::uint32_t kIdentityOnlySituation = 1;  // RFC 2407 section 4.2.1: nothing follows it
constexpr std::size_t kReservedBytes = 3;

bool is_v1(std::uint8_t major_version) { return major_version == 1; }

/// The bytes of a part whose length field counts `before` bytes that were read already.
Bytes take_counted(Reader& in, std::size_t length_offset, std::size_t length, std::size_t before, const char* field) {
  if (!in.failed() && length < before) {
    in.fail({DecodeErrc::bad_length, length_offset, field, length, before});
  }
  return in.take(length - before, field);
}

/// The byte that says whether a further substructure follows must agree with what does follow.
void check_more(Reader& in, std::uint8_t more, std::uint8_t when_more, std::size_t offset, const char* field) {
  const std::uint8_t expected = in.left() == 0 ? 0 : when_more;
  if (!in.failed() && more != expected) in.fail({DecodeErrc::bad_value, offset, field, more, expected});
}

template <class T>
void check_limit(Reader& in, const std::vector<T>& parts, std::size_t limit, const char* field) {
  if (parts.size() >= limit) in.fail(DecodeErrc::limit_exceeded, field, parts.size() + 1, limit);
}

// --- Attributes ----------------------------------------------------------------------------------------------------

enum class AttributeForm : std::uint8_t { short_or_long, long_only };

void read_attributes(Reader& in, AttributeForm form, std::vector<Attribute>& attributes) {
  while (in.more()) {
    check_limit(in, attributes, kAttributesMax, "attributes");
    Attribute attribute{.offset = static_cast<std::uint32_t>(in.offset())};
    attribute.type = in.be<std::uint16_t>("attributes");
    attribute.is_short = form == AttributeForm::short_or_long && (attribute.type & kShortAttribute) != 0;
    attribute.value = in.be<std::uint16_t>("attributes");
    if (!attribute.is_short) {
      attribute.data = in.take(attribute.value, "attributes");
      attribute.value = 0;
    }
    if (!in.failed()) attributes.push_back(attribute);
  }
}

void write_attributes(Writer& out, const std::vector<Attribute>& attributes) {
  for (const auto& attribute : attributes) {
    out.be(attribute.type);
    out.be(attribute.is_short ? attribute.value : static_cast<std::uint16_t>(attribute.data.size()));
    out.bytes(attribute.data);
  }
}

// --- SA ------------------------------------------------------------------------------------------------------------

constexpr std::size_t kTransformHeaderBytes = 8;
constexpr std::size_t kProposalHeaderBytes = 8;

/// False when its length does not even hold: there is no transform then.
bool read_transform(Reader& in, bool v1, Transform& transform) {
  transform.offset = static_cast<std::uint32_t>(in.offset());
  transform.more = in.u8("transforms");
  transform.reserved = in.u8("transforms");
  const auto length_offset = in.offset();
  transform.length = in.be<std::uint16_t>("transforms");
  transform.type = in.u8("transforms");
  if (v1) {
    transform.id = in.u8("transforms");
    transform.reserved2 = in.be<std::uint16_t>("transforms");
  } else {
    transform.reserved2 = in.u8("transforms");
    transform.id = in.be<std::uint16_t>("transforms");
  }
  const auto attributes_offset = in.offset();
  Reader inside{take_counted(in, length_offset, transform.length, kTransformHeaderBytes, "transforms"),
                attributes_offset};
  if (in.failed()) return false;
  read_attributes(inside, AttributeForm::short_or_long, transform.attributes);
  if (inside.failed()) in.fail(inside.status().error());
  check_more(in, transform.more, kMoreTransforms, transform.offset, "transforms");
  return true;
}

void read_transforms(Reader& in, bool v1, std::size_t announced, std::size_t count_offset, Proposal& proposal) {
  while (in.more()) {
    check_limit(in, proposal.transforms, kTransformsMax, "transforms");
    if (in.failed()) return;
    if (!read_transform(in, v1, proposal.transforms.emplace_back())) proposal.transforms.pop_back();
  }
  if (!in.failed() && proposal.transforms.size() != announced) {
    in.fail({DecodeErrc::bad_value, count_offset, "transforms", announced, proposal.transforms.size()});
  }
}

/// As read_transform().
bool read_proposal(Reader& in, bool v1, Proposal& proposal) {
  proposal.offset = static_cast<std::uint32_t>(in.offset());
  proposal.more = in.u8("proposals");
  proposal.reserved = in.u8("proposals");
  const auto length_offset = in.offset();
  proposal.length = in.be<std::uint16_t>("proposals");
  proposal.number = in.u8("proposals");
  proposal.protocol = in.u8("proposals");
  const auto spi_size = in.u8("proposals");
  const auto count_offset = in.offset();
  const auto announced = in.u8("proposals");
  const auto inside_offset = in.offset();
  Reader inside{take_counted(in, length_offset, proposal.length, kProposalHeaderBytes, "proposals"), inside_offset};
  if (in.failed()) return false;
  proposal.spi = inside.take(spi_size, "spi");
  read_transforms(inside, v1, announced, count_offset, proposal);
  if (inside.failed()) in.fail(inside.status().error());
  check_more(in, proposal.more, kMoreProposals, proposal.offset, "proposals");
  return true;
}

SecurityAssociation read_security_association(Reader& in, bool v1) {
  SecurityAssociation sa;
  if (v1) {
    sa.doi = in.be<std::uint32_t>("doi");
    if (sa.doi == kIpsecDoi) sa.situation = in.be<std::uint32_t>("situation");
    if (!in.failed() && (sa.doi != kIpsecDoi || sa.situation != kIdentityOnlySituation)) {
      sa.unread = in.rest();
      return sa;
    }
  }
  while (in.more()) {
    check_limit(in, sa.proposals, kProposalsMax, "proposals");
    if (in.failed()) break;
    if (!read_proposal(in, v1, sa.proposals.emplace_back())) sa.proposals.pop_back();
  }
  return sa;
}

void write(Writer& out, const Transform& transform, bool v1) {
  Writer attributes;
  write_attributes(attributes, transform.attributes);
  out.u8(transform.more);
  out.u8(transform.reserved);
  out.be(static_cast<std::uint16_t>(kTransformHeaderBytes + attributes.size()));
  out.u8(transform.type);
  if (v1) {
    out.u8(static_cast<std::uint8_t>(transform.id));
    out.be(transform.reserved2);
  } else {
    out.u8(static_cast<std::uint8_t>(transform.reserved2));
    out.be(transform.id);
  }
  out.bytes(attributes.view());
}

void write(Writer& out, const Proposal& proposal, bool v1) {
  Writer transforms;
  for (const auto& transform : proposal.transforms) write(transforms, transform, v1);
  out.u8(proposal.more);
  out.u8(proposal.reserved);
  out.be(static_cast<std::uint16_t>(kProposalHeaderBytes + proposal.spi.size() + transforms.size()));
  out.u8(proposal.number);
  out.u8(proposal.protocol);
  out.u8(static_cast<std::uint8_t>(proposal.spi.size()));
  out.u8(static_cast<std::uint8_t>(proposal.transforms.size()));
  out.bytes(proposal.spi);
  out.bytes(transforms.view());
}

void write(Writer& out, const SecurityAssociation& sa, bool v1) {
  if (v1) {
    out.be(sa.doi);
    if (sa.doi == kIpsecDoi) out.be(sa.situation);
    out.bytes(sa.unread);
  }
  for (const auto& proposal : sa.proposals) write(out, proposal, v1);
}

// --- The others, in the order of their numbers -----------------------------------------------------------------------

KeyExchange read_key_exchange(Reader& in, bool v1) {
  KeyExchange ke;
  if (!v1) {
    ke.group = in.be<std::uint16_t>("group");
    ke.reserved = in.be<std::uint16_t>("group");
  }
  ke.data = in.rest();
  return ke;
}

void write(Writer& out, const KeyExchange& ke, bool v1) {
  if (!v1) {
    out.be(ke.group);
    out.be(ke.reserved);
  }
  out.bytes(ke.data);
}

Identification read_identification(Reader& in) {
  Identification id;
  id.type = in.u8("identity");
  id.protocol = in.u8("identity");
  id.port = in.be<std::uint16_t>("identity");
  id.data = in.rest();
  return id;
}

void write(Writer& out, const Identification& id, bool /*v1*/) {
  out.u8(id.type);
  out.u8(id.protocol);
  out.be(id.port);
  out.bytes(id.data);
}

Certificate read_certificate(Reader& in) {
  Certificate certificate;
  certificate.encoding = in.u8("encoding");
  certificate.data = in.rest();
  return certificate;
}

void write(Writer& out, const Certificate& certificate, bool /*v1*/) {
  out.u8(certificate.encoding);
  out.bytes(certificate.data);
}

Authentication read_authentication(Reader& in) {
  Authentication auth;
  auth.method = in.u8("method");
  auth.reserved = in.take(kReservedBytes, "method");
  auth.data = in.rest();
  return auth;
}

void write(Writer& out, const Authentication& auth, bool /*v1*/) {
  out.u8(auth.method);
  out.bytes(auth.reserved);
  out.bytes(auth.data);
}

// The bodies that RFC 6311 section 5 gives a fixed size. All other types are the reader's own concern.
void check_notify_data(Reader& in, const Notification& notify, std::size_t data_offset) {
  constexpr std::size_t kMessageIdSyncBytes = 12;
  constexpr std::size_t kReplayCounterBytes = 4;
  const auto size = notify.data.size();
  if (notify.type == kMessageIdSync && size != kMessageIdSyncBytes) {
    in.fail({DecodeErrc::bad_length, data_offset, "data", size, kMessageIdSyncBytes});
  }
  if (notify.type == kReplayCounterSync && size != kReplayCounterBytes && size != 2 * kReplayCounterBytes) {
    in.fail({DecodeErrc::bad_length, data_offset, "data", size, kReplayCounterBytes});
  }
}

Notification read_notification(Reader& in, bool v1) {
  Notification notify;
  if (v1) notify.doi = in.be<std::uint32_t>("doi");
  notify.protocol = in.u8("protocol");
  const auto spi_size = in.u8("spi");
  notify.type = in.be<std::uint16_t>("notify");
  notify.spi = in.take(spi_size, "spi");
  const auto data_offset = in.offset();
  notify.data = in.rest();
  if (!v1 && !in.failed()) check_notify_data(in, notify, data_offset);
  return notify;
}

void write(Writer& out, const Notification& notify, bool v1) {
  if (v1) out.be(notify.doi);
  out.u8(notify.protocol);
  out.u8(static_cast<std::uint8_t>(notify.spi.size()));
  out.be(notify.type);
  out.bytes(notify.spi);
  out.bytes(notify.data);
}

Deletion read_deletion(Reader& in, bool v1) {
  Deletion deletion;
  if (v1) deletion.doi = in.be<std::uint32_t>("doi");
  deletion.protocol = in.u8("protocol");
  deletion.spi_size = in.u8("spis");
  deletion.count = in.be<std::uint16_t>("spis");
  deletion.spis = in.take(std::size_t{deletion.count} * deletion.spi_size, "spis");
  return deletion;
}

void write(Writer& out, const Deletion& deletion, bool v1) {
  if (v1) out.be(deletion.doi);
  out.u8(deletion.protocol);
  out.u8(deletion.spi_size);
  out.be(deletion.count);
  out.bytes(deletion.spis);
}

// RFC 7296 section 3.13.1. Types 7 and 8 are address ranges; others (RFC 4595, RFC 9478) have layouts of their own.
constexpr std::uint8_t kIpv4Range = 7;
constexpr std::uint8_t kIpv6Range = 8;
constexpr std::size_t kSelectorHeaderBytes = 4;

TrafficSelector read_selector(Reader& in) {
  TrafficSelector selector{.offset = static_cast<std::uint32_t>(in.offset())};
  selector.type = in.u8("selectors");
  selector.protocol = in.u8("selectors");
  const auto length_offset = in.offset();
  const auto length = in.be<std::uint16_t>("selectors");
  const auto inside_offset = in.offset();
  const Bytes bytes = take_counted(in, length_offset, length, kSelectorHeaderBytes, "selectors");
  if (in.failed()) return selector;
  if (selector.type != kIpv4Range && selector.type != kIpv6Range) {
    selector.data = bytes;
    return selector;
  }
  const std::size_t address_bytes = selector.type == kIpv4Range ? 4 : 16;
  Reader inside{bytes, inside_offset};
  selector.from_port = inside.be<std::uint16_t>("selectors");
  selector.to_port = inside.be<std::uint16_t>("selectors");
  selector.from = inside.take(address_bytes, "selectors");
  selector.to = inside.take(address_bytes, "selectors");
  if (!inside.finish("selectors")) in.fail(inside.status().error());
  return selector;
}

TrafficSelectors read_selectors(Reader& in) {
  TrafficSelectors all;
  const auto count_offset = in.offset();
  const auto announced = in.u8("selectors");
  all.reserved = in.take(kReservedBytes, "selectors");
  while (in.more()) {
    check_limit(in, all.selectors, kSelectorsMax, "selectors");
    auto selector = read_selector(in);
    if (!in.failed()) all.selectors.push_back(selector);
  }
  if (!in.failed() && all.selectors.size() != announced) {
    in.fail({DecodeErrc::bad_value, count_offset, "selectors", announced, all.selectors.size()});
  }
  return all;
}

void write(Writer& out, const TrafficSelectors& all, bool /*v1*/) {
  constexpr std::size_t kPortsBytes = 4;
  out.u8(static_cast<std::uint8_t>(all.selectors.size()));
  out.bytes(all.reserved);
  for (const auto& selector : all.selectors) {
    const bool is_range = selector.type == kIpv4Range || selector.type == kIpv6Range;
    const auto size = is_range ? kPortsBytes + selector.from.size() + selector.to.size() : selector.data.size();
    out.u8(selector.type);
    out.u8(selector.protocol);
    out.be(static_cast<std::uint16_t>(kSelectorHeaderBytes + size));
    if (is_range) {
      out.be(selector.from_port);
      out.be(selector.to_port);
    }
    out.bytes(selector.from);
    out.bytes(selector.to);
    out.bytes(selector.data);
  }
}

Configuration read_configuration(Reader& in, bool v1) {
  Configuration configuration;
  configuration.type = in.u8("cfg_type");
  configuration.reserved = in.u8("cfg_type");
  configuration.identifier = in.be<std::uint16_t>("identifier");
  read_attributes(in, v1 ? AttributeForm::short_or_long : AttributeForm::long_only, configuration.attributes);
  return configuration;
}

void write(Writer& out, const Configuration& configuration, bool /*v1*/) {
  out.u8(configuration.type);
  out.u8(configuration.reserved);
  out.be(configuration.identifier);
  write_attributes(out, configuration.attributes);
}

constexpr std::size_t kEapHeaderBytes = 4;

Eap read_eap(Reader& in) {
  Eap eap;
  eap.code = in.u8("code");
  eap.identifier = in.u8("identifier");
  const auto length_offset = in.offset();
  const auto length = in.be<std::uint16_t>("eap");
  eap.data = take_counted(in, length_offset, length, kEapHeaderBytes, "eap");
  return eap;
}

void write(Writer& out, const Eap& eap, bool /*v1*/) {
  out.u8(eap.code);
  out.u8(eap.identifier);
  out.be(static_cast<std::uint16_t>(kEapHeaderBytes + eap.data.size()));
  out.bytes(eap.data);
}

// What SK and SKF hold is not understood without keys, but no algorithm that RFC 7296, RFC 5282 or RFC 7634 name for
// them makes less than an IV of 8 bytes, the pad length and an ICV of 8 (AES_CCM_8).
Bytes read_sealed(Reader& in) {
  constexpr std::size_t kSealedBytesMin = 17;
  const auto offset = in.offset();
  const auto data = in.rest();
  if (!in.failed() && data.size() < kSealedBytesMin) {
    in.fail({DecodeErrc::bad_length, offset, "data", data.size(), kSealedBytesMin});
  }
  return data;
}

// Numbers outside 1..total cannot be put together (RFC 7383 section 2.5).
EncryptedFragment read_encrypted_fragment(Reader& in) {
  EncryptedFragment fragment;
  const auto number_offset = in.offset();
  fragment.number = in.be<std::uint16_t>("fragment_number");
  fragment.total = in.be<std::uint16_t>("total_fragments");
  if (!in.failed() && (fragment.number == 0 || fragment.number > fragment.total)) {
    in.fail({DecodeErrc::bad_value, number_offset, "fragment_number", fragment.number, fragment.total});
  }
  fragment.data = read_sealed(in);
  return fragment;
}

void write(Writer& out, const EncryptedFragment& fragment, bool /*v1*/) {
  out.be(fragment.number);
  out.be(fragment.total);
  out.bytes(fragment.data);
}

OriginalAddress read_original_address(Reader& in) {
  OriginalAddress original;
  original.type = in.u8("address");
  original.reserved = in.take(kReservedBytes, "address");
  original.address = in.rest();
  return original;
}

void write(Writer& out, const OriginalAddress& original, bool /*v1*/) {
  out.u8(original.type);
  out.bytes(original.reserved);
  out.bytes(original.address);
}

Fragment read_fragment(Reader& in) {
  Fragment fragment;
  fragment.id = in.be<std::uint16_t>("fragment_id");
  fragment.number = in.u8("fragment_number");
  fragment.flags = in.u8("fragment_number");
  fragment.data = in.rest();
  return fragment;
}

void write(Writer& out, const Fragment& fragment, bool /*v1*/) {
  out.be(fragment.id);
  out.u8(fragment.number);
  out.u8(fragment.flags);
  out.bytes(fragment.data);
}

void write(Writer& out, const Opaque& opaque, bool /*v1*/) { out.bytes(opaque.data); }

Body read_v1_body(Reader& in, PayloadType type) {
  using enum PayloadType;
  switch (type) {
    case v1_security_association:
      return read_security_association(in, true);
    case v1_key_exchange:
      return read_key_exchange(in, true);
    case v1_identification:
      return read_identification(in);
    case v1_certificate:
    case v1_certificate_request:
      return read_certificate(in);
    case v1_notification:
      return read_notification(in, true);
    case v1_delete:
      return read_deletion(in, true);
    case v1_attributes:
      return read_configuration(in, true);
    case v1_nat_oa:
    case v1_nat_oa_draft:
      return read_original_address(in);
    case v1_fragment:
      return read_fragment(in);
    default:
      return Opaque{in.rest()};
  }
}

Body read_v2_body(Reader& in, PayloadType type) {
  using enum PayloadType;
  switch (type) {
    case security_association:
      return read_security_association(in, false);
    case key_exchange:
      return read_key_exchange(in, false);
    case identification_initiator:
    case identification_responder:
    case group_identification:
      return read_identification(in);
    case certificate:
    case certificate_request:
      return read_certificate(in);
    case authentication:
      return read_authentication(in);
    case notify:
      return read_notification(in, false);
    case delete_:
      return read_deletion(in, false);
    case traffic_selector_initiator:
    case traffic_selector_responder:
      return read_selectors(in);
    case configuration:
      return read_configuration(in, false);
    case eap:
      return read_eap(in);
    case encrypted:
      return Opaque{read_sealed(in)};
    case encrypted_fragment:
      return read_encrypted_fragment(in);
    default:
      return Opaque{in.rest()};
  }
}

}  // namespace

Body read_body(Reader& in, std::uint8_t major_version, PayloadType type) {
  return is_v1(major_version) ? read_v1_body(in, type) : read_v2_body(in, type);
}

void write_body(Writer& out, std::uint8_t major_version, const Body& body) {
  std::visit([&](const auto& value) { write(out, value, is_v1(major_version)); }, body);
}

}  // namespace sasync::proto::ike
