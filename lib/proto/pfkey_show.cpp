// PF_KEY messages for people and for programs.

#include <bit>

#include "pfkey_table.hpp"
#include "sasync/base/reader.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::proto::pfkey {
namespace {

using enum ExtensionType;

bool is_ipcomp(const Message& message) { return message.header.satype == static_cast<std::uint8_t>(SaType::ipcomp); }

Enumerated auth_name(std::uint8_t number) {
  const auto name = name_in(kAuths, number);
  return {number, name.empty() ? name_in(kOldAuths, number) : name};
}

Enumerated encrypt_name(std::uint8_t number, bool compresses) {
  if (compresses) return {number, name_in(kCompressions, number)};
  const auto name = name_in(kEncrypts, number);
  return {number, name.empty() ? name_in(kOldEncrypts, number) : name};
}

/// Adds the fields of one extension. Places are those in what carries the message.
class ExtensionWriter {
 public:
  ExtensionWriter(const Message& message, const Extension& extension, Fields& fields)
      : message_(message),
        extension_(extension),
        fields_(fields),
        at_(message.offset + std::size_t{extension.offset}),
        info_(find_extension(extension.type)) {}

  void write() {
    if (info_ == nullptr) {
      const auto& bytes = std::get<Bytes>(extension_.value);
      fields_.add_unknown({.type = extension_.type,
                           .offset = static_cast<std::uint32_t>(at_ + kHeadBytes),
                           .bytes = bytes,
                           .may_be_secret = true});
      return;
    }
    std::visit([this](const auto& value) { add(value); }, extension_.value);
  }

 private:
  static constexpr std::size_t kHeadBytes = 4;

  /// The whole value of an extension that is not taken apart.
  void whole(proto::Value value) { fields_.add(info_->name, at_, extension_.length, value); }
  void member(std::string_view name, std::size_t offset, std::size_t length, proto::Value value) {
    fields_.add(name, at_ + offset, length, value);
  }
  /// Its bytes are the extension's head: what is inside may be a secret.
  void open() { fields_.open_object(info_->name, at_, kHeadBytes); }

  void add(const Bytes& bytes) {
    const auto at = at_ + kHeadBytes;
    if (info_->shape == Shape::secret) {
      fields_.add(info_->name, at, bytes.size(), Secret{bytes});
    } else {
      fields_.add(info_->name, at, bytes.size(), Octets{bytes});
    }
  }
  void add(const Sa& value) {
    open();
    member("spi", 4, 4, Hex{value.spi, 8});
    member("replay", 8, 1, Number{value.replay});
    member("state", 9, 1, Enumerated{value.state, name_in(kStates, value.state)});
    member("auth", 10, 1, auth_name(value.auth));
    member("encrypt", 11, 1, encrypt_name(value.encrypt, is_ipcomp(message_)));
    member("flags", 12, 4, Flags{value.flags, kSaFlags});
    fields_.close();
  }
  void add(const Lifetime& value) {
    open();
    member("allocations", 4, 4, Number{value.allocations});
    member("bytes", 8, 8, BigNumber{value.bytes});
    member("addtime", 16, 8, BigNumber{value.addtime});
    member("usetime", 24, 8, BigNumber{value.usetime});
    fields_.close();
  }
  void add(const pfkey::Address& value) {
    const auto address = ip_address(value);
    if (address.present()) return whole(proto::Host{address, value.port});
    open();  // a family that nobody knows
    member("family", 9, 1, Number{value.family});
    member("port", 10, 2, Number{value.port});
    member("data", 12, value.rest.size(), Octets{value.rest});
    fields_.close();
  }
  void add(const Key& value) {
    open();
    member("bits", 4, 2, Number{value.bits});
    member("key", 8, value.key.size(), Secret{value.key});
    fields_.close();
  }
  void add(const pfkey::Identity& value) {
    const auto name = name_in(kIdentityTypes, value.type);
    const auto type = name.empty() ? fields_.keep(std::to_string(value.type)) : name;
    whole(proto::Identity{.type = type, .value = value.text, .form = proto::Identity::Form::text});
  }
  void add(const Selection& value) {
    switch (static_cast<ExtensionType>(extension_.type)) {
      case x_flow_type:
        open();
        member("type", 4, 1, Enumerated{value.number, name_in(kFlowTypes, value.number)});
        member("direction", 5, 1, Enumerated{value.direction, name_in(kDirections, value.direction)});
        member("flags", 6, 1, Flags{value.flags, kFlowFlags});
        return fields_.close();
      case x_satype2:
        return whole(Enumerated{value.number, name_in(kSaTypes, value.number)});
      default:
        return whole(Number{value.number});
    }
  }
  void add(const Single& value) { whole(Number{value.value}); }
  void add(const UdpEncapsulation& value) { whole(Number{value.port}); }
  void add(const Tag& value) { whole(WireText{as_text(value.name)}); }
  void add(const RoutingDomain& value) {
    open();
    member("before", 4, 2, Number{value.before});
    member("after", 6, 2, Number{value.after});
    fields_.close();
  }
  void add(const Interface& value) {
    open();
    member("unit", 4, 4, Number{value.unit});
    member("direction", 8, 1, Enumerated{value.direction, name_in(kDirections, value.direction)});
    fields_.close();
  }
  void add(const ReplayCounter& value) { whole(BigNumber{value.counter}); }
  void add(const Counters& value) {
    static constexpr std::array<std::string_view, 8> kNames{
        "packets_in", "packets_out", "bytes_in", "bytes_out", "drops_in", "drops_out", "decompressed", "uncompressed"};
    open();
    for (std::size_t i = 0; i < kNames.size(); ++i) member(kNames.at(i), 8 + 8 * i, 8, BigNumber{value.values.at(i)});
    fields_.close();
  }

  const Message& message_;
  const Extension& extension_;
  Fields& fields_;
  std::size_t at_;
  const ExtensionInfo* info_;
};

/// A mask as a prefix length when it is one.
void append_network(Text& out, const pfkey::Address* network, const pfkey::Address* netmask) {
  if (network == nullptr) return append(out, "any");
  append(out, ip_address(*network));
  if (netmask == nullptr) return;
  unsigned bits = 0;
  bool is_prefix = true;
  for (const auto byte : netmask->address) {
    const auto ones = static_cast<unsigned>(std::countl_one(byte));
    is_prefix = is_prefix && static_cast<unsigned>(std::popcount(byte)) == ones && (bits % 8 == 0 || byte == 0);
    bits += ones;
  }
  append(out, '/');
  if (is_prefix) return append_decimal(out, bits);
  append(out, ip_address(*netmask));
}

void append_flow(const Message& message, Text& out) {
  if (const auto* type = message.find<Selection>(x_flow_type)) {
    append(out, ' ');
    append(out, Enumerated{type->direction, name_in(kDirections, type->direction)});
    append(out, ' ');
    append(out, Enumerated{type->number, name_in(kFlowTypes, type->number)});
  }
  append(out, ' ');
  append_network(out, message.find<pfkey::Address>(x_src_flow), message.find<pfkey::Address>(x_src_mask));
  append(out, " > ");
  append_network(out, message.find<pfkey::Address>(x_dst_flow), message.find<pfkey::Address>(x_dst_mask));
  if (const auto* peer = message.find<pfkey::Address>(address_dst)) {
    append(out, " peer ");
    append(out, ip_address(*peer));
  }
}

void append_sa(const Message& message, const Sa& value, Text& out) {
  append(out, ' ');
  append(out, Enumerated{message.header.satype, name_in(kSaTypes, message.header.satype)});
  append(out, ' ');
  append_hex(out, value.spi, 8);
  const auto host = [&](ExtensionType type, std::string_view before) {
    const auto* address = message.find<pfkey::Address>(type);
    if (address == nullptr) return;
    append(out, before);
    append(out, ip_address(*address));
  };
  host(address_src, " ");
  host(address_dst, " > ");
  if (message.header.type != static_cast<std::uint8_t>(Type::add)) return;
  if (value.encrypt != 0) {
    append(out, ' ');
    append(out, encrypt_name(value.encrypt, is_ipcomp(message)));
    if (const auto* key = message.find<Key>(key_encrypt)) {
      append(out, ' ');
      append_decimal(out, key->bits);
    }
  }
  if (value.auth != 0) {
    append(out, ' ');
    append(out, auth_name(value.auth));
  }
  if (const auto* replay = message.find<ReplayCounter>(x_replay)) {
    append(out, " counter ");
    append_decimal(out, replay->counter);
  }
}

}  // namespace

std::string_view type_name(std::uint8_t type) { return type < kTypes.size() ? kTypes.at(type) : std::string_view{}; }

void describe(const Message& message, Fields& fields) {
  const auto& header = message.header;
  const std::size_t at = message.offset;
  fields.add("byte_order", at, 0, WireText{message.little_endian ? "little" : "big"});
  fields.add("sadb_version", at, 1, Number{header.version});
  fields.add("sadb_type", at + 1, 1, Enumerated{header.type, type_name(header.type)});
  fields.add("sadb_errno", at + 2, 1, Number{header.error});
  fields.add("sadb_satype", at + 3, 1, Enumerated{header.satype, name_in(kSaTypes, header.satype)});
  fields.add("sadb_len", at + 4, 2, Number{header.length});
  if (header.reserved != 0) fields.add("sadb_reserved", at + 6, 2, Number{header.reserved});
  fields.add("sadb_seq", at + 8, 4, Number{header.seq});
  fields.add("sadb_pid", at + 12, 4, Number{header.pid});
  for (const auto& extension : message.extensions) ExtensionWriter{message, extension, fields}.write();
}

void summarize(const Message& message, Text& out) {
  const bool is_flow = message.has(x_src_flow) || message.has(x_dst_flow);
  const auto* value = message.find<Sa>(sa);
  if (value != nullptr) append_sa(message, *value, out);
  if (is_flow && value == nullptr) append_flow(message, out);
  if (message.header.seq == 0 && message.header.pid == 0) return append(out, " (snapshot)");
  append(out, " (seq ");
  append_decimal(out, message.header.seq);
  append(out, " pid ");
  append_decimal(out, message.header.pid);
  append(out, ')');
}

}  // namespace sasync::proto::pfkey
