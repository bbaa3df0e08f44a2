#include "sasync/proto/pfsync.hpp"

#include <algorithm>
#include <array>

#include "sasync/base/reader.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::proto::pfsync {
namespace {

constexpr std::uint8_t kVersionOld = 3;
constexpr std::uint8_t kVersionEof = 5;
constexpr std::uint8_t kVersionNow = 6;
constexpr std::uint8_t kTdbOfVersion3 = 10;
constexpr std::uint8_t kTdbNarrow = 11;
constexpr std::uint8_t kEof = 12;
constexpr std::uint8_t kTdbWide = 15;
constexpr std::size_t kWordBytes = 4;
constexpr std::size_t kChecksumBytes = 16;
constexpr std::size_t kLengthAt = 2;
constexpr std::size_t kBehindFamilyBytes = 26;
constexpr std::uint8_t kFamilyIpv4 = 2;
constexpr std::uint8_t kFamilyIpv6 = 24;
constexpr std::uint8_t kFamilyIpv6FreeBsd = 28;
constexpr std::uint32_t kReservedSpiMax = 255;

constexpr Note kBadAction{"P1",
                          "an action without a name, a size or messages: the receiver counts it as bad and stops"};
constexpr Note kNoSize{"P2", "the size of this action's messages is not known: what follows is not taken apart"};
constexpr Note kTooSmall{"P3", "TDB messages smaller than their layout: the receiver passes over them"};
constexpr Note kBadState{"P4", "an SPI up to 255 or a family other than IPv4 and IPv6: the receiver passes over it"};
constexpr Note kOldTdb{"P5", "TDB updates with 32-bit counters in version 6: a current receiver passes over them"};

constexpr std::array<std::string_view, 11> kVersion3Names{
    "CLEAR STATES",      "INSERT STATE",      "UPDATE STATE",    "DELETE STATE",
    "COMPRESSED UPDATE", "COMPRESSED DELETE", "INSERT FRAGMENT", "DELETE FRAGMENT",
    "REQUEST STATE",     "BULK STATUS",       "TDB_UPD"};
constexpr std::array<std::string_view, 15> kVersion5Names{"CLEAR",
                                                          "INSERT",
                                                          "INSERT ACK",
                                                          "UPDATE",
                                                          "COMPRESSED UPDATE",
                                                          "REQUEST STATE",
                                                          "DELETE",
                                                          "COMPRESSED DELETE",
                                                          "INSERT FRAGMENT",
                                                          "DELETE FRAGMENT",
                                                          "BULK STATUS",
                                                          "TDB",
                                                          "EOF",
                                                          "INSERT",
                                                          "UPDATE"};
constexpr std::array<std::string_view, 16> kVersion6Names{
    "CLR ST", "INS ST OLD", "INS ST ACK",    "UPD ST OLD",  "UPD ST COMP", "UPD ST REQ", "DEL ST", "DEL ST COMP",
    "INS FR", "DEL FR",     "BULK UPD STAT", "UPD TDB OLD", "EOF",         "INS ST",     "UPD ST", "UPD TDB"};

/// Bytes of one TDB message of that version and action, or 0 for other actions.
std::size_t tdb_bytes(std::uint8_t version, std::uint8_t action) {
  if (version == kVersionOld) return action == kTdbOfVersion3 ? kOldTdbBytes : 0;
  if (action == kTdbNarrow) return kOldTdbBytes;
  return version == kVersionNow && action == kTdbWide ? kTdbBytes : 0;
}

/// Bytes of one message of version 5, which does not say it; nothing where it differs between systems.
std::optional<std::size_t> version_5_bytes(std::uint8_t action) {
  switch (action) {
    case 0:
      return 20;
    case 2:
    case 5:
    case 7:
    case 10:
      return 12;
    case kTdbNarrow:
      return kOldTdbBytes;
    default:
      return std::nullopt;
  }
}

bool is_known_family(std::uint8_t family) {
  return family == kFamilyIpv4 || family == kFamilyIpv6 || family == kFamilyIpv6FreeBsd;
}

void read_tdb(Reader& in, std::size_t stride, bool wide, Tdb& tdb) {
  tdb.offset = static_cast<std::uint32_t>(in.offset());
  tdb.spi = in.be<std::uint32_t>("spi");
  tdb.address_length = in.u8("destination");
  tdb.family = in.u8("destination");
  tdb.behind_family = in.take(kBehindFamilyBytes, "destination");
  tdb.rpl = wide ? in.be<std::uint64_t>("rpl") : in.be<std::uint32_t>("rpl");
  tdb.cur_bytes = in.be<std::uint64_t>("cur_bytes");
  tdb.sproto = in.u8("sproto");
  tdb.updates = in.u8("updates");
  tdb.rdomain = in.be<std::uint16_t>("rdomain");
  tdb.extra = in.take(stride - (wide ? kTdbBytes : kOldTdbBytes), "tdbs");
}

void write_tdb(Writer& out, const Tdb& tdb, bool wide) {
  out.be(tdb.spi);
  out.u8(tdb.address_length);
  out.u8(tdb.family);
  out.bytes(tdb.behind_family);
  if (wide) {
    out.be(tdb.rpl);
  } else {
    out.be(static_cast<std::uint32_t>(tdb.rpl));
  }
  out.be(tdb.cur_bytes);
  out.u8(tdb.sproto);
  out.u8(tdb.updates);
  out.be(tdb.rdomain);
  out.bytes(tdb.extra);
}

void add_note(Message& message, const Note& note) {
  if (std::ranges::find(message.notes, note.id, &Note::id) == message.notes.end()) message.notes.push_back(note);
}

/// The `count` messages of a section, `stride` bytes each. What runs over the end is an error at the section's count.
void read_messages(Reader& in, std::size_t stride, std::size_t count_at, Section& section, Message& message) {
  const auto all = stride * section.count;
  if (all > in.left()) return in.fail({DecodeErrc::truncated, count_at, "count", all, in.left()});
  const auto wanted = tdb_bytes(message.version, section.action);
  if (wanted == 0 || stride < wanted) {
    section.data = in.take(all, "data");
    if (wanted != 0 && section.count != 0) add_note(message, kTooSmall);
    return;
  }
  if (message.version == kVersionNow && wanted == kOldTdbBytes) add_note(message, kOldTdb);
  for (std::size_t i = 0; i < section.count; ++i) {
    auto& tdb = section.tdbs.emplace_back();
    read_tdb(in, stride, wanted == kTdbBytes, tdb);
    if (tdb.spi <= kReservedSpiMax || !is_known_family(tdb.family)) add_note(message, kBadState);
  }
}

/// A section of version 5 or 6; false when what follows it cannot be taken apart.
bool read_section(Reader& in, Message& message) {
  auto& section = message.sections.emplace_back();
  section.offset = static_cast<std::uint32_t>(in.offset());
  section.action = in.u8("action");
  section.words = in.u8("size");
  const auto count_at = in.offset();
  section.count = in.be<std::uint16_t>("count");
  if (in.failed()) {
    message.sections.pop_back();
    return false;
  }
  if (message.version == kVersionNow) {
    const bool no_messages = section.count == 0 || section.words == 0;
    if (no_messages && action_name(message.version, section.action).empty()) add_note(message, kBadAction);
    read_messages(in, section.words * kWordBytes, count_at, section, message);
    return true;
  }
  if (section.action == kEof) return false;
  const auto stride = version_5_bytes(section.action);
  if (stride) read_messages(in, *stride, count_at, section, message);
  if (!stride) add_note(message, kNoSize);
  return stride.has_value();
}

void read_sections(Reader& in, Message& message) {
  while (in.more()) {
    if (message.sections.size() >= kSectionsMax) {
      return in.fail(DecodeErrc::limit_exceeded, "sections", message.sections.size() + 1, kSectionsMax);
    }
    if (!read_section(in, message)) break;
  }
  message.trailer = in.rest();
}

/// Version 3: one action, which the header names.
void read_version_3(Reader& in, Message& message) {
  constexpr std::size_t kCountAt = 3;
  auto& section = message.sections.emplace_back();
  message.second = in.u8("af");
  section.action = in.u8("action");
  section.count = in.u8("count");
  section.offset = kHeaderBytes;
  message.checksum = in.take(kChecksumBytes, "checksum");
  if (in.failed()) return;
  const auto stride = tdb_bytes(message.version, section.action);
  if (stride != 0) {
    read_messages(in, stride, kCountAt, section, message);
  } else {
    section.data = in.rest();
  }
}

void read_version_5_or_6(Reader& in, std::size_t size, Message& message) {
  message.second = in.u8("reserved");
  message.length = in.be<std::uint16_t>("length");
  message.checksum = in.take(kChecksumBytes, "checksum");
  if (in.failed()) return;
  if (message.length < kHeaderBytes) {
    return in.fail({DecodeErrc::bad_length, kLengthAt, "length", message.length, kHeaderBytes});
  }
  const std::size_t announced = message.length - kHeaderBytes;
  Reader sections{in.take(std::min(announced, in.left()), "sections"), kHeaderBytes};
  read_sections(sections, message);
  if (message.length > size) in.fail({DecodeErrc::truncated, kLengthAt, "length", message.length, size});
  if (const auto status = sections.status(); !status) in.fail(status.error());
}

}  // namespace

net::IpAddress Tdb::destination() const {
  constexpr std::size_t kPortBytes = 2;
  constexpr std::size_t kFlowInfoBytes = 4;
  constexpr std::size_t kIpv4Bytes = 4;
  constexpr std::size_t kIpv6Bytes = 16;
  Reader in{behind_family};
  in.take(kPortBytes, "port");
  if (family == kFamilyIpv4) return net::IpAddress::from(in.take(kIpv4Bytes, "address"));
  if (!is_known_family(family)) return {};
  in.take(kFlowInfoBytes, "flow info");
  return net::IpAddress::from(in.take(kIpv6Bytes, "address"));
}

std::string_view action_name(std::uint8_t version, std::uint8_t action) {
  const auto from = [&](const auto& names) { return action < names.size() ? names.at(action) : std::string_view{}; };
  if (version == kVersionOld) return from(kVersion3Names);
  return version == kVersionEof ? from(kVersion5Names) : from(kVersion6Names);
}

DecodeStatus decode(Bytes in, Hint /*hint*/, State& /*state*/, Message& message) {
  message.version = message.second = 0;
  message.length = 0;
  message.checksum = message.trailer = {};
  message.sections.clear();
  message.notes.clear();
  message.size = in.size();
  Reader reader{in};
  message.version = reader.u8("version");
  if (reader.failed()) return reader.status();
  switch (message.version) {
    case kVersionOld:
      read_version_3(reader, message);
      break;
    case kVersionEof:
    case kVersionNow:
      read_version_5_or_6(reader, in.size(), message);
      break;
    default:
      reader.fail({DecodeErrc::bad_value, 0, "version", message.version, kVersionNow});
  }
  return reader.finish("sections");
}

void encode(const Message& message, Writer& out) {
  const bool old = message.version == kVersionOld;
  out.u8(message.version);
  out.u8(message.second);
  if (old && !message.sections.empty()) {
    out.u8(message.sections.front().action);
    out.u8(static_cast<std::uint8_t>(message.sections.front().count));
  } else {
    out.be(message.length);
  }
  out.bytes(message.checksum);
  for (const auto& section : message.sections) {
    if (!old) {
      out.u8(section.action);
      out.u8(section.words);
      out.be(section.count);
    }
    const bool wide = tdb_bytes(message.version, section.action) == kTdbBytes;
    for (const auto& tdb : section.tdbs) write_tdb(out, tdb, wide);
    out.bytes(section.data);
  }
  out.bytes(message.trailer);
}

// --- showing

namespace {

std::string_view number_text(std::uint8_t number) {
  static const auto kNumbers = [] {
    std::array<std::string, 256> numbers;
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers.at(i) = std::to_string(i);
    return numbers;
  }();
  return kNumbers.at(number);
}

Enumerated protocol_name(std::uint8_t number) {
  switch (number) {
    case 4:
      return {number, "IPIP"};
    case 50:
      return {number, "ESP"};
    case 51:
      return {number, "AH"};
    case 108:
      return {number, "IPCOMP"};
    default:
      return {number, {}};
  }
}

void describe_tdb(const Tdb& tdb, bool wide, Fields& fields) {
  const std::size_t at = tdb.offset;
  const std::size_t rpl_bytes = wide ? 8 : 4;
  const auto behind_rpl = at + 32 + rpl_bytes;
  fields.open_object({}, at, 0);
  fields.add("spi", at, 4, Hex{tdb.spi, 8});
  const auto destination = tdb.destination();
  if (destination.present()) {
    fields.add("destination", at + 4, 28, Address{destination});
  } else {
    fields.add("family", at + 5, 1, Number{tdb.family});
    fields.add("address", at + 6, tdb.behind_family.size(), Octets{tdb.behind_family});
  }
  fields.add("rpl", at + 32, rpl_bytes, BigNumber{tdb.rpl});
  fields.add("cur_bytes", behind_rpl, 8, BigNumber{tdb.cur_bytes});
  fields.add("sproto", behind_rpl + 8, 1, protocol_name(tdb.sproto));
  fields.add("updates", behind_rpl + 9, 1, Number{tdb.updates});
  fields.add("rdomain", behind_rpl + 10, 2, Number{tdb.rdomain});
  if (!tdb.extra.empty()) fields.add("extra", behind_rpl + 12, tdb.extra.size(), Octets{tdb.extra});
  fields.close();
}

void describe_section(const Section& section, std::uint8_t version, Fields& fields) {
  const std::size_t at = section.offset;
  const bool old = version == kVersionOld;
  fields.open_object({}, at, 0);
  fields.add("action", old ? 2 : at, 1, Enumerated{section.action, action_name(version, section.action)});
  if (version == kVersionNow) fields.add("size", at + 1, 1, Number{section.words * kWordBytes});
  fields.add("count", old ? 3 : at + 2, old ? 1 : 2, Number{section.count});
  const auto data_at = old ? at : at + kSubheaderBytes;
  if (!section.tdbs.empty()) {
    fields.open_array("tdbs", data_at, 0);
    const bool wide = tdb_bytes(version, section.action) == kTdbBytes;
    for (const auto& tdb : section.tdbs) describe_tdb(tdb, wide, fields);
    fields.close();
  }
  if (!section.data.empty()) fields.add("data", data_at, section.data.size(), Octets{section.data});
  fields.close();
}

/// The section after which a message is called: its TDB section, else its first.
const Section* leading_section(const Message& message) {
  const auto found =
      std::ranges::find_if(message.sections, [](const Section& section) { return !section.tdbs.empty(); });
  if (found != message.sections.end()) return &*found;
  return message.sections.empty() ? nullptr : &message.sections.front();
}

}  // namespace

MessageHead head(const Message& message) {
  constexpr std::uint32_t kNamesOfVersion3 = 32;
  constexpr std::uint32_t kNamesOfVersion5 = 64;
  constexpr std::uint32_t kEmpty = 96;
  constexpr std::uint32_t kUnknownAction = 97;
  const auto* section = leading_section(message);
  if (section == nullptr) return {.message = "EMPTY", .type = kEmpty, .version = message.version};
  const auto name = action_name(message.version, section->action);
  if (name.empty()) {
    return {.message = number_text(section->action), .type = kUnknownAction, .version = message.version};
  }
  const auto base = message.version == kVersionOld   ? kNamesOfVersion3
                    : message.version == kVersionEof ? kNamesOfVersion5
                                                     : 0;
  return {.message = name, .type = base + section->action, .version = message.version};
}

void describe(const Message& message, Fields& fields) {
  if (message.checksum.empty()) return;
  const bool old = message.version == kVersionOld;
  if (old) fields.add("af", 1, 1, Number{message.second});
  if (!old) fields.add("length", kLengthAt, 2, Number{message.length});
  fields.add("checksum", 4, kChecksumBytes, Octets{message.checksum});
  fields.open_array("sections", kHeaderBytes, 0);
  for (const auto& section : message.sections) describe_section(section, message.version, fields);
  fields.close();
  if (message.trailer.empty()) return;
  const auto end = std::min<std::size_t>(message.length, message.size);
  fields.add("trailer", end - message.trailer.size(), message.trailer.size(), Octets{message.trailer});
}

void summarize(const Message& message, Text& out) {
  constexpr std::size_t kShown = 4;
  std::size_t tdbs = 0;
  for (const auto& section : message.sections) {
    if (section.tdbs.empty()) {
      if (&section == leading_section(message)) continue;
      append(out, " +");
      append(out, Enumerated{section.action, action_name(message.version, section.action)});
      continue;
    }
    for (const auto& tdb : section.tdbs) {
      if (++tdbs > kShown) continue;
      append(out, tdbs == 1 ? " " : ", ");
      append_hex(out, tdb.spi, 8);
      append(out, " > ");
      append(out, tdb.destination());
      append(out, " rpl ");
      append_decimal(out, tdb.rpl);
      append(out, " bytes ");
      append_decimal(out, tdb.cur_bytes);
    }
  }
  if (tdbs <= kShown) return;
  append(out, " and ");
  append_decimal(out, tdbs - kShown);
  append(out, " more");
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& /*options*/) {
  return std::make_unique<DecoderOf<State, Message>>(State{});
}

// --- events

namespace {

constexpr std::uint8_t kEsp = 50;
constexpr std::uint8_t kAh = 51;

/// One TDB of an event; nothing for a kind that no TDB says. `rdomain`: of events that say none; not in old versions.
std::optional<Tdb> tdb_of(const event::SyncEvent& event, std::optional<std::uint16_t> rdomain,
                          std::vector<std::uint8_t>& address) {
  Tdb tdb{.sproto = kEsp, .rdomain = rdomain.value_or(0)};
  std::optional<event::Host> destination;
  const auto take_name = [&](const auto& said) {
    destination = said.destination;
    if (rdomain && said.rdomain) tdb.rdomain = *said.rdomain;
    if (said.ipsec_protocol == event::IpsecProtocol::ah) tdb.sproto = kAh;
  };
  if (const auto* out = std::get_if<event::EspSeqno>(&event.body)) {
    tdb.spi = out->spi;
    tdb.rpl = out->sequence + 1 + out->jump.value_or(0);
    tdb.cur_bytes = out->bytes.value_or(0);
    take_name(*out);
  } else if (const auto* in = std::get_if<event::ReplayState>(&event.body)) {
    tdb.spi = in->spi;
    tdb.rpl = in->highest;
    tdb.cur_bytes = in->bytes.value_or(0);
    take_name(*in);
  }
  if (!destination || !destination->address.present()) return std::nullopt;
  const bool is_ipv4 = destination->address.size == 4;
  tdb.address_length = is_ipv4 ? 16 : 28;
  tdb.family = is_ipv4 ? kFamilyIpv4 : kFamilyIpv6;
  Writer bytes;
  bytes.zeros(is_ipv4 ? 2 : 6);  // the port, and the flow info
  bytes.bytes(destination->address.bytes());
  bytes.zeros(kBehindFamilyBytes - bytes.size());
  address = std::move(bytes).take();
  tdb.behind_family = address;
  return tdb;
}

}  // namespace

std::vector<event::SyncEvent> to_event(const Message& message, const net::Origin& origin) {
  std::vector<event::SyncEvent> events;
  for (const auto& section : message.sections) {
    for (const auto& tdb : section.tdbs) {
      if (tdb.sproto != kEsp && tdb.sproto != kAh) continue;
      const auto destination = tdb.destination();
      if (!destination.present()) continue;
      auto& event = events.emplace_back();
      event.time = origin.time;
      event.frame = origin.frame;
      event.file = origin.file;
      event.member = net::to_string(origin.src);
      event.protocol = "pfsync";
      event.inferred_fields.add(event::Field::sequence);
      event::EspSeqno seqno{.spi = tdb.spi,
                            .sequence = tdb.rpl == 0 ? 0 : tdb.rpl - 1,
                            .bytes = tdb.cur_bytes,
                            .destination = event::Host{.address = destination}};
      if (message.version == kVersionNow && tdb.rdomain != 0) seqno.rdomain = tdb.rdomain;
      if (tdb.sproto == kAh) seqno.ipsec_protocol = event::IpsecProtocol::ah;
      event.body = std::move(seqno);
    }
  }
  return events;
}

std::expected<void, std::string_view> encode_events(std::span<const event::SyncEvent> events, const Form& form,
                                                    Writer& out) {
  Message message;
  message.version = form.version;
  const std::array<std::uint8_t, kChecksumBytes> checksum{};
  message.checksum = checksum;
  const bool old = form.version == kVersionOld;
  const bool wide = form.version == kVersionNow && form.wide;
  const auto stride = wide ? kTdbBytes : kOldTdbBytes;
  const auto action = old ? kTdbOfVersion3 : wide ? kTdbWide : kTdbNarrow;
  const auto size = kHeaderBytes + (old ? 0 : kSubheaderBytes) + stride * events.size();
  if (size > UINT16_MAX || (old && events.size() > UINT8_MAX)) return std::unexpected("more than one message holds");
  auto& section = message.sections.emplace_back(Section{.action = action});
  section.words = form.version == kVersionNow ? static_cast<std::uint8_t>(stride / kWordBytes) : std::uint8_t{0};
  section.count = static_cast<std::uint16_t>(events.size());
  std::vector<std::vector<std::uint8_t>> addresses(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto rdomain = form.version == kVersionNow ? std::optional{form.rdomain} : std::nullopt;
    const auto tdb = tdb_of(events[i], rdomain, addresses[i]);
    if (!tdb) return std::unexpected("the protocol has no message for it");
    section.tdbs.push_back(*tdb);
  }
  if (form.version == kVersionEof) message.sections.push_back(Section{.action = kEof, .count = 1});
  message.second = old ? kFamilyIpv4 : std::uint8_t{0};
  message.length = static_cast<std::uint16_t>(size + (form.version == kVersionEof ? kSubheaderBytes : 0));
  encode(message, out);
  return {};
}

}  // namespace sasync::proto::pfsync
