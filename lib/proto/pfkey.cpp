#include "sasync/proto/pfkey.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "pfkey_table.hpp"
#include "sasync/base/reader.hpp"

namespace sasync::proto::pfkey {
namespace {

constexpr std::size_t kExtensionHeaderBytes = 4;
constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6Bytes = 16;
constexpr std::size_t kIpv4ExtensionBytes = 24;
constexpr std::size_t kIpv6ExtensionBytes = 40;
constexpr std::uint8_t kFamilyIpv4 = 2;
constexpr std::uint8_t kFamilyIpv6 = 24;  // OpenBSD, NetBSD
constexpr std::uint8_t kFamilyIpv6FreeBsd = 28;

/// Integers in the byte order of the sender.
class OrderedReader {
 public:
  OrderedReader(Bytes in, std::size_t base, bool little_endian, const char* field)
      : in_(in, base), little_endian_(little_endian), field_(field) {}

  std::uint8_t u8() { return in_.u8(field_); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  template <std::unsigned_integral T>
  T network() {
    return in_.be<T>(field_);
  }
  Bytes take(std::size_t count) { return in_.take(count, field_); }
  Bytes rest() { return in_.rest(); }
  [[nodiscard]] std::size_t left() const { return in_.left(); }
  [[nodiscard]] const char* field() const { return field_; }
  Reader& reader() { return in_; }

 private:
  template <std::unsigned_integral T>
  T number() {
    return little_endian_ ? in_.le<T>(field_) : in_.be<T>(field_);
  }
  Reader in_;
  bool little_endian_;
  const char* field_;
};

class OrderedWriter {
 public:
  OrderedWriter(Writer& out, bool little_endian) : out_(out), little_endian_(little_endian) {}
  template <std::unsigned_integral T>
  void number(T value) {
    if (little_endian_) {
      out_.le(value);
    } else {
      out_.be(value);
    }
  }
  template <std::unsigned_integral T>
  void network(T value) {
    out_.be(value);
  }
  void u8(std::uint8_t value) { out_.u8(value); }
  void bytes(Bytes bytes) { out_.bytes(bytes); }

 private:
  Writer& out_;
  bool little_endian_;
};

/// Text up to a zero byte, which padding begins with; all of it when there is none.
Bytes take_text(OrderedReader& in, Bytes& padding) {
  const auto all = in.rest();
  const auto size = std::min(as_text(all).find('\0'), all.size());
  padding = all.subspan(size);
  return all.first(size);
}

// One pair of functions a shape: docs/protocols/pfkeyv2.md, section 3.
void read(OrderedReader& in, Sa& sa) {
  sa.spi = in.network<std::uint32_t>();
  sa.replay = in.u8();
  sa.state = in.u8();
  sa.auth = in.u8();
  sa.encrypt = in.u8();
  sa.flags = in.u32();
}
void write(OrderedWriter& out, const Sa& sa) {
  out.network(sa.spi);
  out.u8(sa.replay);
  out.u8(sa.state);
  out.u8(sa.auth);
  out.u8(sa.encrypt);
  out.number(sa.flags);
}

void read(OrderedReader& in, Lifetime& lifetime) {
  lifetime.allocations = in.u32();
  lifetime.bytes = in.u64();
  lifetime.addtime = in.u64();
  lifetime.usetime = in.u64();
}
void write(OrderedWriter& out, const Lifetime& lifetime) {
  out.number(lifetime.allocations);
  out.number(lifetime.bytes);
  out.number(lifetime.addtime);
  out.number(lifetime.usetime);
}

void read(OrderedReader& in, Address& address) {
  address.reserved = in.network<std::uint32_t>();
  address.length = in.u8();
  address.family = in.u8();
  address.port = in.network<std::uint16_t>();
  const bool is_ipv6 = address.family == kFamilyIpv6 || address.family == kFamilyIpv6FreeBsd;
  if (is_ipv6) address.flow_info = in.network<std::uint32_t>();
  if (is_ipv6) address.address = in.take(kIpv6Bytes);
  if (address.family == kFamilyIpv4) address.address = in.take(kIpv4Bytes);
  address.rest = in.rest();
}
void write(OrderedWriter& out, const Address& address) {
  out.network(address.reserved);
  out.u8(address.length);
  out.u8(address.family);
  out.network(address.port);
  if (address.address.size() == kIpv6Bytes) out.network(address.flow_info);
  out.bytes(address.address);
  out.bytes(address.rest);
}

void read(OrderedReader& in, Key& key) {
  const auto at = in.reader().offset();
  key.bits = in.u16();
  key.reserved = in.u16();
  const std::size_t room = (key.bits + 63U) / 64U * kUnitBytes;
  if (!in.reader().failed() && room != in.left()) {
    in.reader().fail({DecodeErrc::bad_length, at, in.field(), key.bits, in.left() * 8});
  }
  key.key = in.take((key.bits + 7U) / 8U);
  key.padding = in.rest();
}
void write(OrderedWriter& out, const Key& key) {
  out.number(key.bits);
  out.number(key.reserved);
  out.bytes(key.key);
  out.bytes(key.padding);
}

void read(OrderedReader& in, Identity& identity) {
  identity.type = in.u16();
  identity.reserved = in.u16();
  identity.id = in.u64();
  identity.text = take_text(in, identity.padding);
}
void write(OrderedWriter& out, const Identity& identity) {
  out.number(identity.type);
  out.number(identity.reserved);
  out.number(identity.id);
  out.bytes(identity.text);
  out.bytes(identity.padding);
}

void read(OrderedReader& in, Selection& selection) {
  selection.number = in.u8();
  selection.direction = in.u8();
  selection.flags = in.u8();
  selection.reserved = in.u8();
}
void write(OrderedWriter& out, const Selection& selection) {
  out.u8(selection.number);
  out.u8(selection.direction);
  out.u8(selection.flags);
  out.u8(selection.reserved);
}

void read(OrderedReader& in, Single& single) { single.value = in.u32(); }
void write(OrderedWriter& out, const Single& single) { out.number(single.value); }

void read(OrderedReader& in, UdpEncapsulation& encapsulation) {
  encapsulation.port = in.network<std::uint16_t>();
  encapsulation.reserved = in.u16();
}
void write(OrderedWriter& out, const UdpEncapsulation& encapsulation) {
  out.network(encapsulation.port);
  out.number(encapsulation.reserved);
}

void read(OrderedReader& in, Tag& tag) {
  tag.length = in.u32();
  tag.name = take_text(in, tag.padding);
}
void write(OrderedWriter& out, const Tag& tag) {
  out.number(tag.length);
  out.bytes(tag.name);
  out.bytes(tag.padding);
}

void read(OrderedReader& in, RoutingDomain& domain) {
  domain.before = in.u16();
  domain.after = in.u16();
}
void write(OrderedWriter& out, const RoutingDomain& domain) {
  out.number(domain.before);
  out.number(domain.after);
}

void read(OrderedReader& in, Interface& interface) {
  interface.unit = in.u32();
  interface.direction = in.u8();
  interface.reserved = in.rest();
}
void write(OrderedWriter& out, const Interface& interface) {
  out.number(interface.unit);
  out.u8(interface.direction);
  out.bytes(interface.reserved);
}

void read(OrderedReader& in, ReplayCounter& replay) {
  replay.reserved = in.u32();
  replay.counter = in.u64();
}
void write(OrderedWriter& out, const ReplayCounter& replay) {
  out.number(replay.reserved);
  out.number(replay.counter);
}

void read(OrderedReader& in, Counters& counters) {
  counters.padding = in.u32();
  for (auto& value : counters.values) value = in.u64();
}
void write(OrderedWriter& out, const Counters& counters) {
  out.number(counters.padding);
  for (const auto value : counters.values) out.number(value);
}

void write(OrderedWriter& out, Bytes bytes) { out.bytes(bytes); }

/// Made apart and put in whole: a large alternative in its place would be zeroed first, which takes longer than
/// reading.
template <class T>
void read_as(OrderedReader& in, Value& value) {
  T made;
  read(in, made);
  value = made;
}

void read_value(OrderedReader& in, Shape shape, Value& value) {
  switch (shape) {
    case Shape::raw:
    case Shape::secret:
      value = in.rest();
      return;
    case Shape::sa:
      return read_as<Sa>(in, value);
    case Shape::lifetime:
      return read_as<Lifetime>(in, value);
    case Shape::address:
      return read_as<Address>(in, value);
    case Shape::key:
      return read_as<Key>(in, value);
    case Shape::identity:
      return read_as<Identity>(in, value);
    case Shape::selection:
      return read_as<Selection>(in, value);
    case Shape::single:
      return read_as<Single>(in, value);
    case Shape::udp_encapsulation:
      return read_as<UdpEncapsulation>(in, value);
    case Shape::tag:
      return read_as<Tag>(in, value);
    case Shape::routing_domain:
      return read_as<RoutingDomain>(in, value);
    case Shape::interface:
      return read_as<Interface>(in, value);
    case Shape::replay:
      return read_as<ReplayCounter>(in, value);
    case Shape::counters:
      return read_as<Counters>(in, value);
  }
}

/// The size that an extension of this type has to have, or 0; an address of a known family has one, too.
std::size_t fixed_size(const ExtensionInfo& info, Bytes body) {
  if (info.shape != Shape::address) return info.bytes;
  Reader reader{body};
  reader.take(5, "");  // four reserved bytes, the sockaddr's length
  const auto family = reader.u8("");
  if (reader.failed()) return kIpv4ExtensionBytes;
  if (family == kFamilyIpv4) return kIpv4ExtensionBytes;
  if (family == kFamilyIpv6 || family == kFamilyIpv6FreeBsd) return kIpv6ExtensionBytes;
  return 0;
}

bool has_type(const Message& message, std::uint16_t type) {
  return std::ranges::find(message.extensions, type, &Extension::type) != message.extensions.end();
}

/// A bit for each type below 64 that has been read: all known ones are.
using SmallTypes = std::uint64_t;

bool is_repeated(const Message& message, std::uint16_t type, SmallTypes& seen) {
  if (type >= std::numeric_limits<SmallTypes>::digits) return has_type(message, type);
  const auto bit = SmallTypes{1} << type;
  const bool repeated = (seen & bit) != 0;
  seen |= bit;
  return repeated;
}

/// Reads one extension; its faults go into `in`.
void read_extension(Reader& in, std::size_t header_offset, SmallTypes& seen, Message& message) {
  const auto offset = in.offset();
  const auto length = message.little_endian ? in.le<std::uint16_t>("extension") : in.be<std::uint16_t>("extension");
  const auto type = message.little_endian ? in.le<std::uint16_t>("extension") : in.be<std::uint16_t>("extension");
  const auto* info = find_extension(type);
  const char* field = info == nullptr ? "extension" : info->name;
  const std::size_t bytes = length * kUnitBytes;
  if (in.failed()) return;
  if (length == 0) return in.fail({DecodeErrc::bad_length, offset, field, 0, kUnitBytes});
  if (bytes - kExtensionHeaderBytes > in.left()) {
    return in.fail({DecodeErrc::truncated, offset, field, bytes, in.left() + kExtensionHeaderBytes});
  }
  if (is_repeated(message, type, seen)) return in.fail({DecodeErrc::repeated, offset + 2, field, type, 0});
  if (message.extensions.size() >= kExtensionsMax) {
    return in.fail({DecodeErrc::limit_exceeded, offset, field, message.extensions.size() + 1, kExtensionsMax});
  }
  const auto body_offset = in.offset();
  const auto body = in.take(bytes - kExtensionHeaderBytes, field);
  const auto wanted = info == nullptr ? 0 : fixed_size(*info, body);
  if (wanted != 0 && wanted != bytes) return in.fail({DecodeErrc::bad_length, offset, field, bytes, wanted});
  OrderedReader reader{body, body_offset, message.little_endian, field};
  auto& extension = message.extensions.emplace_back(type);
  extension.offset = static_cast<std::uint32_t>(offset - header_offset);
  extension.length = static_cast<std::uint32_t>(bytes);
  read_value(reader, info == nullptr ? Shape::secret : info->shape, extension.value);
  if (const auto status = reader.reader().finish(field); !status) {
    message.extensions.pop_back();
    in.fail(status.error());
  }
}

/// The order in which the length field counts the message's own bytes. Lengths whose two bytes are equal fit both: then
/// the first extension's type, which is small, decides. One that fits neither is wrong, but it is small as well.
bool is_little_endian(Bytes in) {
  Reader reader{in};
  reader.take(4, "");
  const auto length = reader.be<std::uint16_t>("");
  reader.take(kHeaderBytes - 4, "");  // the rest of the header and the extension's length
  const auto type = reader.be<std::uint16_t>("");
  const bool fits_big = length * kUnitBytes == in.size();
  const bool fits_little = std::byteswap(length) * kUnitBytes == in.size();
  if (fits_big != fits_little) return fits_little;
  if (type != 0) return type > UINT8_MAX;
  return std::byteswap(length) <= length;
}

void read_header(Reader& in, Message& message) {
  const bool little = message.little_endian;
  auto& header = message.header;
  header.version = in.u8("sadb_version");
  header.type = in.u8("sadb_type");
  header.error = in.u8("sadb_errno");
  header.satype = in.u8("sadb_satype");
  header.length = little ? in.le<std::uint16_t>("sadb_len") : in.be<std::uint16_t>("sadb_len");
  header.reserved = little ? in.le<std::uint16_t>("sadb_reserved") : in.be<std::uint16_t>("sadb_reserved");
  header.seq = little ? in.le<std::uint32_t>("sadb_seq") : in.be<std::uint32_t>("sadb_seq");
  header.pid = little ? in.le<std::uint32_t>("sadb_pid") : in.be<std::uint32_t>("sadb_pid");
}

}  // namespace

bool Message::has(ExtensionType type) const { return has_type(*this, static_cast<std::uint16_t>(type)); }

DecodeStatus decode(Bytes in, ByteOrder order, std::size_t offset, Message& message) {
  message.offset = static_cast<std::uint32_t>(offset);
  message.header = {};
  message.extensions.clear();
  message.little_endian = order == ByteOrder::automatic ? is_little_endian(in) : order == ByteOrder::little;
  Reader reader{in, offset};
  read_header(reader, message);
  if (reader.failed()) return reader.status();
  if (message.header.version != kVersion) {
    reader.fail({DecodeErrc::bad_value, offset, "sadb_version", message.header.version, kVersion});
  }
  const auto announced = message.header.length * kUnitBytes;
  if (announced != in.size()) reader.fail({DecodeErrc::bad_length, offset + 4, "sadb_len", announced, in.size()});
  SmallTypes seen = 0;
  while (reader.more()) read_extension(reader, offset, seen, message);
  return reader.finish("extension");
}

void encode(const Message& message, Writer& writer) {
  OrderedWriter out{writer, message.little_endian};
  const auto& header = message.header;
  out.u8(header.version);
  out.u8(header.type);
  out.u8(header.error);
  out.u8(header.satype);
  out.number(header.length);
  out.number(header.reserved);
  out.number(header.seq);
  out.number(header.pid);
  for (const auto& extension : message.extensions) {
    out.number(static_cast<std::uint16_t>(extension.length / kUnitBytes));
    out.number(extension.type);
    std::visit([&](const auto& value) { write(out, value); }, extension.value);
  }
}

net::IpAddress ip_address(const Address& address) { return net::IpAddress::from(address.address); }

// --- what a kernel refuses

namespace {

constexpr Note kReserved{"K1", "a reserved field is not zero: OpenBSD's kernel refuses the message"};
constexpr Note kError{"K2", "errno is set: the kernel refuses the message"};
constexpr Note kUnknownType{"K3", "a message type that OpenBSD does not have"};
constexpr Note kNotPermitted{"K4",
                             "an extension that OpenBSD's kernel does not permit in this type: it refuses the message"};
constexpr Note kMissing{"K5", "an extension that this type must have is missing: the kernel refuses the message"};
constexpr Note kAddress{"K6", "an address with a port, flow info or bytes that must be zero: the kernel refuses it"};
constexpr Note kWindow{"K7", "a replay window above 64: the kernel refuses it"};
constexpr Note kState{"K8", "the SA's state is not MATURE: the kernel refuses it"};
constexpr Note kAlgorithm{"K9", "an algorithm that OpenBSD's kernel of 2023 does not have"};
constexpr Note kHalfFilter{"K10", "some but not all of the six flow filter extensions: the kernel refuses the message"};

using Mask = std::uint64_t;
template <class... Types>
constexpr Mask mask(Types... types) {
  return (0 | ... | (Mask{1} << static_cast<unsigned>(types)));
}

using enum ExtensionType;
constexpr Mask kFilter = mask(x_src_mask, x_dst_mask, x_protocol, x_flow_type, x_src_flow, x_dst_flow);
constexpr Mask kAddresses = mask(address_src, address_dst);
constexpr Mask kUpdatePermitted =
    kFilter | kAddresses |
    mask(sa, lifetime_current, lifetime_hard, lifetime_soft, address_proxy, key_auth, key_encrypt, identity_src,
         identity_dst, x_udpencap, x_tag, x_tap, x_rdomain, x_counter, x_replay, x_iface);
constexpr Mask kAddPermitted = (kUpdatePermitted & ~mask(address_proxy)) | mask(x_lifetime_lastuse);
constexpr Mask kFlowRequired = mask(x_src_mask, x_dst_mask, x_src_flow, x_dst_flow, x_flow_type);

struct Rule {
  Mask permitted, required;
};

/// Nothing for a type that sasyncd never sends.
std::optional<Rule> rule_of(std::uint8_t type) {
  switch (static_cast<Type>(type)) {
    case Type::add:
      return Rule{kAddPermitted, mask(sa, address_dst)};
    case Type::update:
      return Rule{kUpdatePermitted, mask(sa) | kAddresses};
    case Type::delete_:
      return Rule{mask(sa, x_rdomain) | kAddresses, mask(sa, address_dst)};
    case Type::expire:
      return Rule{mask(sa) | kAddresses, mask(sa) | kAddresses};
    case Type::flush:
      return Rule{0, 0};
    case Type::x_addflow:
      return Rule{kFilter | kAddresses | mask(identity_src, identity_dst, x_rdomain), kFlowRequired};
    case Type::x_delflow:
      return Rule{kFilter | mask(x_rdomain), kFlowRequired};
    case Type::x_grpspis:
      return Rule{mask(sa, x_sa2, x_dst2, address_dst, x_satype2, x_rdomain),
                  mask(sa, x_sa2, x_dst2, address_dst, x_satype2)};
    default:
      return std::nullopt;
  }
}

bool has_reserved(const Message& message) {
  const auto is_set = [](const Extension& extension) {
    if (const auto* address = std::get_if<Address>(&extension.value)) return address->reserved != 0;
    if (const auto* key = std::get_if<Key>(&extension.value)) return key->reserved != 0;
    if (const auto* identity = std::get_if<Identity>(&extension.value)) return identity->reserved != 0;
    return false;
  };
  return message.header.reserved != 0 || std::ranges::any_of(message.extensions, is_set);
}

bool has_bad_address(const Message& message) {
  return std::ranges::any_of(message.extensions, [](const Extension& extension) {
    const auto* address = std::get_if<Address>(&extension.value);
    if (address == nullptr) return false;
    const auto type = static_cast<ExtensionType>(extension.type);
    const bool may_have_port = type == x_src_mask || type == x_dst_mask || type == x_src_flow || type == x_dst_flow;
    const bool is_ipv4 = address->family == kFamilyIpv4;
    const bool has_rest = is_ipv4 && std::ranges::any_of(address->rest, [](auto byte) { return byte != 0; });
    return has_rest || address->flow_info != 0 || (address->port != 0 && !may_have_port);
  });
}

void note_sa(const Message& message, const Sa& sa_value, std::vector<Note>& notes) {
  const auto type = static_cast<Type>(message.header.type);
  if (type != Type::add && type != Type::update) return;
  if (sa_value.replay > kReplayWindowMax) notes.push_back(kWindow);
  if (sa_value.state != kStateMature) notes.push_back(kState);
  const bool compresses = message.header.satype == static_cast<std::uint8_t>(SaType::ipcomp);
  constexpr std::uint8_t kDesMac = 4;
  const bool known_auth = sa_value.auth != kDesMac && !name_in(kAuths, sa_value.auth).empty();
  const bool known_encrypt = compresses || !name_in(kEncrypts, sa_value.encrypt).empty();
  if (!known_auth || !known_encrypt) notes.push_back(kAlgorithm);
}

}  // namespace

bool append_notes(const Message& message, std::vector<Note>& notes) {
  const auto before = static_cast<std::ptrdiff_t>(notes.size());
  Mask present = 0;
  bool unknown = false;
  for (const auto& extension : message.extensions) {
    if (find_extension(extension.type) == nullptr) {
      unknown = true;
    } else {
      present |= Mask{1} << extension.type;
    }
  }
  if (has_reserved(message)) notes.push_back(kReserved);
  if (message.header.error != 0) notes.push_back(kError);
  if (message.header.type == 0 || message.header.type >= kTypes.size()) notes.push_back(kUnknownType);
  if (const auto rule = rule_of(message.header.type)) {
    if (unknown || (present & ~rule->permitted) != 0) notes.push_back(kNotPermitted);
    if ((rule->required & ~present) != 0) notes.push_back(kMissing);
  }
  if (has_bad_address(message)) notes.push_back(kAddress);
  if (const auto* value = message.find<Sa>(sa)) note_sa(message, *value, notes);
  const bool is_sa = message.header.type == static_cast<std::uint8_t>(Type::add) ||
                     message.header.type == static_cast<std::uint8_t>(Type::update);
  if (is_sa && (present & kFilter) != 0 && (present & kFilter) != kFilter) notes.push_back(kHalfFilter);
  // K3 and K9 are no refusal: the sender's kernel knows what they are about, and the receiver's is of its release
  // (inferred).
  return std::any_of(notes.begin() + before, notes.end(),
                     [](const Note& note) { return note.id != kUnknownType.id && note.id != kAlgorithm.id; });
}

// --- algorithms

namespace {

struct Transform {
  std::uint8_t number;
  std::uint16_t iana;
};
constexpr std::array<Transform, 5> kIntegrityTransforms{{{2, event::kIntegrityHmacMd5_96},
                                                         {3, event::kIntegrityHmacSha1_96},
                                                         {5, event::kIntegrityHmacSha2_256_128},
                                                         {6, event::kIntegrityHmacSha2_384_192},
                                                         {7, event::kIntegrityHmacSha2_512_256}}};
constexpr std::array<Transform, 12> kEncryptionTransforms{{{2, 2},
                                                           {3, event::kEncryption3des},
                                                           {6, 6},
                                                           {7, 7},
                                                           {11, event::kEncryptionNull},
                                                           {12, event::kEncryptionAesCbc},
                                                           {13, event::kEncryptionAesCtr},
                                                           {18, event::kEncryptionAesGcm8},
                                                           {19, event::kEncryptionAesGcm12},
                                                           {20, event::kEncryptionAesGcm16},
                                                           {21, event::kEncryptionNullAesGmac},
                                                           {22, event::kEncryptionChacha20Poly1305}}};

template <class Table>
std::optional<std::uint16_t> iana_of(const Table& table, std::uint8_t number) {
  const auto found = std::ranges::find(table, number, &Transform::number);
  return found == table.end() ? std::nullopt : std::optional{found->iana};
}
template <class Table>
std::optional<std::uint8_t> number_of(const Table& table, std::uint16_t iana) {
  const auto found = std::ranges::find(table, iana, &Transform::iana);
  return found == table.end() ? std::nullopt : std::optional{found->number};
}

}  // namespace

std::optional<std::uint16_t> integrity_transform(std::uint8_t auth) { return iana_of(kIntegrityTransforms, auth); }
std::optional<std::uint16_t> encryption_transform(std::uint8_t encrypt) {
  return iana_of(kEncryptionTransforms, encrypt);
}
std::optional<std::uint8_t> auth_of(std::uint16_t integrity) { return number_of(kIntegrityTransforms, integrity); }
std::optional<std::uint8_t> encrypt_of(std::uint16_t encryption) {
  return number_of(kEncryptionTransforms, encryption);
}
bool has_salt(std::uint8_t encrypt) {
  constexpr std::uint8_t kAesCtr = 13;
  constexpr std::uint8_t kAesGcm8 = 18;
  constexpr std::uint8_t kChacha20Poly1305 = 22;
  return encrypt == kAesCtr || (encrypt >= kAesGcm8 && encrypt <= kChacha20Poly1305);
}

}  // namespace sasync::proto::pfkey
