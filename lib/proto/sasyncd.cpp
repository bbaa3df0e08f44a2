#include "sasync/proto/sasyncd.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "sasync/base/reader.hpp"
#include "sasync/proto/value_text.hpp"

namespace sasync::proto::sasyncd {
namespace {

constexpr std::size_t kBehindLength = kHeaderBytes - kLengthBytes;  ///< of the header
constexpr std::uint32_t kLengthMin = kBehindLength + kBlockBytes;
constexpr std::uint32_t kLengthMax = kBehindLength + kCiphertextBytesMax;
constexpr std::size_t kPlausibleBytes = 12;  ///< length, type, pad length
constexpr std::size_t kPadLengthAt = 8;
constexpr std::size_t kHashAt = 12;

constexpr Note kDropped{"S1", "a frame type that the receiver drops without an answer"};
constexpr Note kPadding{"S2", "padding that does not count down to 1: the daemon does not look at it"};
constexpr Note kNoPfkeyLength{"S3", "the body's length is no multiple of 8, as that of a PF_KEY message is"};
constexpr Note kLongControl{"S4", "a control message longer than 12 bytes"};
constexpr Note kUnknownControl{"S5", "a control message or run state that no daemon sends"};
constexpr Note kNotSent{"S6", "a PF_KEY type that the daemon never sends"};
constexpr Note kReserved{"S7", "RESERVED or UNKNOWN as a control message, which stand only in a CTL_ERROR"};
constexpr Note kMissing{"S8", "bytes of the stream before this message are missing in the capture, or no message"};
constexpr Note kOutOfStep{"S9", "out of step: bytes with an impossible length in the place of a message"};

bool is_readable(std::uint32_t length) { return length >= kBehindLength + kCiphertextBytesMin && length <= kLengthMax; }

void read_header(Reader& in, Message& message) {
  message.length = in.be<std::uint32_t>("len");
  if (in.failed()) return;
  if (message.length > kLengthMax) in.fail({DecodeErrc::limit_exceeded, 0, "len", message.length, kLengthMax});
  if (!is_readable(message.length)) {
    in.fail({DecodeErrc::bad_length, 0, "len", message.length, kLengthMin});
  }
  if (in.failed()) return;
  message.has_header = true;
  message.type = in.be<std::uint32_t>("type");
  message.pad_length = in.be<std::uint32_t>("padlen");
  message.hash = in.take(kHashBytes, "hash");
  message.iv = in.take(kIvBytes, "iv");
  message.ciphertext = in.take(message.length - kBehindLength, "ciphertext");
  const auto size = message.ciphertext.size();
  if (in.failed()) return;
  if (size % kBlockBytes != 0) {
    const auto whole_blocks = message.length - static_cast<std::uint32_t>(size % kBlockBytes);
    in.fail({DecodeErrc::bad_length, 0, "len", message.length, std::max(whole_blocks, kLengthMin)});
  }
  if (message.pad_length > kPaddingMax || message.pad_length >= size) {
    in.fail({DecodeErrc::bad_value, kPadLengthAt, "padlen", message.pad_length, kPaddingMax});
  }
}

std::uint32_t first_number(Bytes bytes) { return Reader{bytes}.be<std::uint32_t>(""); }

bool counts_down(Bytes padding) {
  auto expected = padding.size();
  return std::ranges::all_of(padding, [&](std::uint8_t byte) { return byte == expected--; });
}

/// False when the hash does not fit.
bool open_with_key(Bytes in, State& state, Message& message, Hash& computed) {
  state.cipher->decrypt(in.subspan(kHeaderBytes - kIvBytes), message.storage);
  const auto whole = Bytes{message.storage}.subspan(kIvBytes);
  const auto size = whole.size() - message.pad_length;
  computed = state.hasher(whole.first(size));
  if (!std::ranges::equal(computed, message.hash)) {
    message.opening = Opening::failed;
    return false;
  }
  message.opening = Opening::key;
  message.plaintext = whole.first(size);
  message.padding = whole.subspan(size);
  if (!counts_down(message.padding)) message.notes.push_back(kPadding);
  return true;
}

void note_control(const Control& control, std::vector<Note>& notes) {
  constexpr auto kStateMax = static_cast<std::uint32_t>(RunState::fail);
  const auto type = static_cast<ControlType>(control.ctl);
  const bool unknown_state = (type == ControlType::state && control.data > kStateMax) ||
                             (type == ControlType::ack && control.data2 > kStateMax);
  if (type > ControlType::unknown || unknown_state) notes.push_back(kUnknownControl);
  if (type == ControlType::reserved || type == ControlType::unknown) notes.push_back(kReserved);
}

DecodeStatus read_control(Message& message) {
  Reader in{message.plaintext, kHeaderBytes};
  Control control;
  control.ctl = in.be<std::uint32_t>("ctl");
  control.data = in.be<std::uint32_t>("data");
  control.data2 = in.be<std::uint32_t>("data2");
  if (in.failed()) return in.status();
  message.control = control;
  message.behind_control = in.rest();
  if (!message.behind_control.empty()) message.notes.push_back(kLongControl);
  note_control(control, message.notes);
  return {};
}

/// UPDATE becomes ADD on the way; the others are filtered out. The daemon of 2005 let some of them through.
bool is_sent(std::uint8_t type) {
  switch (static_cast<pfkey::Type>(type)) {
    case pfkey::Type::getspi:
    case pfkey::Type::update:
    case pfkey::Type::get:
    case pfkey::Type::acquire:
    case pfkey::Type::register_:
    case pfkey::Type::dump:
    case pfkey::Type::x_promisc:
    case pfkey::Type::x_askpolicy:
      return false;
    default:
      return true;
  }
}

// --- direction of an SA

net::IpAddress address_of(const pfkey::Message& message, pfkey::ExtensionType type) {
  const auto* address = message.find<pfkey::Address>(type);
  return address == nullptr ? net::IpAddress{} : pfkey::ip_address(*address);
}

std::optional<event::Direction> direction_from(std::uint8_t number) {
  constexpr std::uint8_t kIn = 1;
  constexpr std::uint8_t kOut = 2;
  if (number == kIn) return event::Direction::inbound;
  return number == kOut ? std::optional{event::Direction::outbound} : std::nullopt;
}

/// What the SA itself says: its flow filter, its interface, else which of its counters has moved.
void find_direction(const pfkey::Message& pfkey, Message& message) {
  using enum pfkey::ExtensionType;
  if (const auto* flow = pfkey.find<pfkey::Selection>(x_flow_type)) message.direction = direction_from(flow->direction);
  const auto* interface = pfkey.find<pfkey::Interface>(x_iface);
  if (!message.direction && interface != nullptr) message.direction = direction_from(interface->direction);
  message.direction_said = message.direction.has_value();
  const auto* counters = pfkey.find<pfkey::Counters>(x_counter);
  if (message.direction || counters == nullptr) return;
  const auto [packets_in, packets_out] = std::pair{counters->values[0], counters->values[1]};
  if ((packets_in == 0) == (packets_out == 0)) return;
  message.direction = packets_in == 0 ? event::Direction::outbound : event::Direction::inbound;
}

void learn_direction(Message& message, AddressSides& sides) {
  const auto type = static_cast<pfkey::Type>(message.pfkey.header.type);
  const bool is_flow = type == pfkey::Type::x_addflow;
  if (type != pfkey::Type::add && type != pfkey::Type::update && type != pfkey::Type::delete_ && !is_flow) return;
  find_direction(message.pfkey, message);
  const auto src = address_of(message.pfkey, pfkey::ExtensionType::address_src);
  const auto dst = address_of(message.pfkey, pfkey::ExtensionType::address_dst);
  if (message.direction && (!is_flow || message.direction == event::Direction::outbound)) {
    const bool out = message.direction == event::Direction::outbound;
    sides.learn(src, out);
    sides.learn(dst, !out);
  }
  if (message.direction || is_flow) return;
  auto is_outbound = sides.is_local(src);
  if (!is_outbound) is_outbound = sides.is_local(dst).transform(std::logical_not{});
  if (is_outbound) message.direction = *is_outbound ? event::Direction::outbound : event::Direction::inbound;
}

DecodeStatus read_pfkey(State& state, Message& message) {
  message.has_pfkey = true;
  const auto status = pfkey::decode(message.plaintext, state.byte_order, kHeaderBytes, message.pfkey);
  if (!status) return status;
  if (!is_sent(message.pfkey.header.type)) message.notes.push_back(kNotSent);
  message.refused = pfkey::append_notes(message.pfkey, message.notes);
  learn_direction(message, state.sides);
  return {};
}

DecodeStatus read_body(Bytes in, State& state, Message& message) {
  Hash computed{};
  message.opening = Opening::no_key;
  const bool opened = state.cipher && open_with_key(in, state, message, computed);
  if (opened) return message.is(FrameType::control) ? read_control(message) : read_pfkey(state, message);
  if (message.is(FrameType::control)) {
    message.control = control_of_hash(message.hash);
    if (message.control && message.opening == Opening::no_key) message.opening = Opening::hash;
  } else if ((message.ciphertext.size() - message.pad_length) % pfkey::kUnitBytes != 0) {
    message.notes.push_back(kNoPfkeyLength);
  }
  if (message.opening != Opening::failed) return {};
  return std::unexpected(
      DecodeError{DecodeErrc::bad_checksum, kHashAt, "hash", first_number(message.hash), first_number(computed)});
}

void clear(Message& message) {
  message.length = message.type = message.pad_length = 0;
  message.hash = message.iv = message.ciphertext = message.out_of_step = {};
  message.has_header = false;
  message.opening = Opening::not_tried;
  message.plaintext = message.padding = message.behind_control = {};
  message.control.reset();
  message.has_pfkey = false;
  message.direction.reset();
  message.direction_said = message.refused = false;
  message.notes.clear();
}

}  // namespace

void AddressSides::learn(const net::IpAddress& address, bool is_local) {
  if (!address.present()) return;
  const auto known = local_.find(address);
  if (known != local_.end()) {
    known->second = is_local;
  } else if (local_.size() < kAddressesMax) {
    local_.emplace(address, is_local);
  }
}

std::optional<bool> AddressSides::is_local(const net::IpAddress& address) const {
  const auto known = local_.find(address);
  return known == local_.end() ? std::nullopt : std::optional{known->second};
}

DecodeStatus decode(Bytes in, Hint /*hint*/, State& state, Message& message) {
  clear(message);
  message.size = in.size();
  Reader reader{in};
  read_header(reader, message);
  if (!message.has_header) message.out_of_step = in;
  if (reader.failed()) return reader.status();
  if (const auto status = reader.finish("ciphertext"); !status) return status;
  if (message.is(FrameType::control) || message.is(FrameType::pfkey)) return read_body(in, state, message);
  message.notes.push_back(kDropped);
  return {};
}

void encode(const Message& message, Writer& out) {
  if (!message.has_header) return out.bytes(message.out_of_step);
  out.be(message.length);
  out.be(message.type);
  out.be(message.pad_length);
  out.bytes(message.hash);
  out.bytes(message.iv);
  out.bytes(message.ciphertext);
}

// --- the stream

namespace {

/// A header beyond doubt: a chance of one in 2^83 in random bytes.
bool is_plausible(Bytes ahead) {
  Reader in{ahead};
  const auto length = in.be<std::uint32_t>("len");
  const auto type = in.be<std::uint32_t>("type");
  const auto pad_length = in.be<std::uint32_t>("padlen");
  return !in.failed() && is_readable(length) && (length - kBehindLength) % kBlockBytes == 0 && type <= 1 &&
         pad_length <= kPaddingMax;
}

/// Bytes of a partial copy in front of the same frame, or 0. A header with the same length inside shows it: what seemed
/// to be one frame is the copy and the beginning of the frame.
std::size_t partial_copy(Bytes frame) {
  const auto text = as_text(frame);
  const auto length = text.substr(0, kLengthBytes);
  for (auto at = text.find(length, kLengthBytes); at != std::string_view::npos; at = text.find(length, at + 1)) {
    if (is_plausible(frame.subspan(at))) return at;
  }
  return 0;
}

net::StreamCut search(Bytes ahead) {
  using Kind = net::StreamCut::Kind;
  std::size_t at = 0;
  while (ahead.size() - at >= kPlausibleBytes && !is_plausible(ahead.subspan(at))) ++at;
  if (at != 0) return {Kind::skip, at};
  if (ahead.size() < kPlausibleBytes) return {Kind::not_yet, 0};
  const auto size = kLengthBytes + first_number(ahead);
  return {size <= ahead.size() ? Kind::message : Kind::not_yet, size};
}

}  // namespace

net::StreamCut cut_stream(Bytes ahead, bool searching) {
  using Kind = net::StreamCut::Kind;
  if (searching) return search(ahead);
  Reader in{ahead};
  const auto length = in.be<std::uint32_t>("len");
  if (in.failed()) return {Kind::not_yet, 0};
  if (!is_readable(length)) return {Kind::out_of_step, 0};
  const auto type = in.be<std::uint32_t>("type");
  const auto pad_length = in.be<std::uint32_t>("padlen");
  if (in.failed()) return {Kind::not_yet, 0};
  // The daemon would read on. One of them wrong is a bad frame; both are no frame.
  if (type > 1 && pad_length > kPaddingMax) return {Kind::out_of_step, 0};
  const std::size_t size = kLengthBytes + length;
  if (ahead.size() < size) return {Kind::not_yet, size};
  const auto copied = partial_copy(ahead.first(size));
  if (copied != 0) return {Kind::skip, copied};
  return {Kind::message, size};
}

namespace {

class StreamTracker final : public Tracker {
 public:
  Tracked observe(std::size_t /*protocol*/, const net::Datagram& datagram) override {
    Tracked tracked;
    if (datagram.out_of_step) {
      tracked.notes.add(kOutOfStep);
    } else if (datagram.lost_before != 0) {
      tracked.notes.add(kMissing);
    }
    return tracked;
  }
};

}  // namespace

std::unique_ptr<Tracker> make_tracker(const DecodeOptions& /*options*/) { return std::make_unique<StreamTracker>(); }

// --- showing

namespace {

constexpr std::array<std::string_view, 2> kFrameTypes{"SYNCCTL", "PFKEYDATA"};
constexpr std::array<std::string_view, 6> kControls{"RESERVED", "CTL_STATE",   "CTL_ERROR",
                                                    "CTL_ACK",  "CTL_ENDSNAP", "CTL_UNKNOWN"};
constexpr std::array<std::string_view, 4> kStates{"INIT", "SLAVE", "MASTER", "FAIL"};
constexpr std::array<std::string_view, 5> kOpenings{"not tried", "no key", "key", "hash", "failed"};

template <std::size_t Size>
Enumerated named(std::uint32_t number, const std::array<std::string_view, Size>& names) {
  return {number, number < Size ? names.at(number) : std::string_view{}};
}

proto::Value data_value(const Control& control) {
  switch (static_cast<ControlType>(control.ctl)) {
    case ControlType::state:
      return named(control.data, kStates);
    case ControlType::error:
    case ControlType::ack:
      return named(control.data, kControls);
    default:
      return Number{control.data};
  }
}

proto::Value data2_value(const Control& control) {
  if (control.ctl == static_cast<std::uint32_t>(ControlType::ack)) return named(control.data2, kStates);
  return Number{control.data2};
}

/// Small numbers for the statistics: control messages from 0, PF_KEY types from 32, the rest between.
constexpr std::uint32_t kUnknownHead = 27;
constexpr std::uint32_t kOutOfStepHead = 28;
constexpr std::uint32_t kFirstFrameHead = 29;
constexpr std::uint32_t kFirstPfkeyHead = 32;

}  // namespace

MessageHead head(const Message& message) {
  if (!message.has_header && message.size >= kLengthBytes) return {.message = "OUT_OF_STEP", .type = kOutOfStepHead};
  if (message.control && message.control->ctl < kControls.size()) {
    return {.message = kControls.at(message.control->ctl), .type = message.control->ctl};
  }
  if (message.has_pfkey) {
    const auto name = pfkey::type_name(message.pfkey.header.type);
    if (!name.empty()) return {.message = name, .type = kFirstPfkeyHead + message.pfkey.header.type};
  }
  if (message.has_header && message.type < kFrameTypes.size() && message.size >= kPadLengthAt) {
    return {.message = kFrameTypes.at(message.type), .type = kFirstFrameHead + message.type};
  }
  return {.message = "UNKNOWN", .type = kUnknownHead};
}

namespace {

void describe_control(const Message& message, Fields& fields) {
  const auto& control = *message.control;
  const bool by_hash = message.plaintext.empty();  // then the bytes are not there to be shown
  const std::size_t bytes = by_hash ? 0 : kControlBytes / 3;
  fields.add("ctl", kHeaderBytes, bytes, named(control.ctl, kControls));
  fields.add("data", kHeaderBytes + 4, bytes, data_value(control));
  fields.add("data2", kHeaderBytes + 8, bytes, data2_value(control));
  if (message.behind_control.empty()) return;
  fields.add("behind", kHeaderBytes + kControlBytes, message.behind_control.size(), Octets{message.behind_control});
}

}  // namespace

void describe(const Message& message, Fields& fields) {
  if (!message.has_header) {
    if (!message.out_of_step.empty()) fields.add("data", 0, message.out_of_step.size(), Octets{message.out_of_step});
    return;
  }
  fields.add("len", 0, kLengthBytes, Number{message.length});
  if (message.size >= kPadLengthAt) fields.add("type", kLengthBytes, 4, named(message.type, kFrameTypes));
  if (message.size >= kHashAt) fields.add("padlen", kPadLengthAt, 4, Number{message.pad_length});
  if (message.hash.empty()) return;
  fields.add("hash", kHashAt, kHashBytes, Octets{message.hash});
  if (message.iv.empty()) return;
  fields.add("iv", kHashAt + kHashBytes, kIvBytes, Secret{message.iv});
  if (message.ciphertext.empty()) return;
  fields.add("decryption", kHeaderBytes, 0, WireText{kOpenings.at(static_cast<std::size_t>(message.opening))});
  if (message.pad_length < message.ciphertext.size()) {
    fields.add("plaintext_length", kHeaderBytes, 0, Number{message.ciphertext.size() - message.pad_length});
  }
  if (!message.plaintext.empty()) fields.show_plain(kHeaderBytes, Bytes{message.storage}.subspan(kIvBytes));
  if (message.control) describe_control(message, fields);
  if (message.has_pfkey) pfkey::describe(message.pfkey, fields);
  if (message.plaintext.empty()) {
    fields.add("ciphertext", kHeaderBytes, message.ciphertext.size(), Octets{message.ciphertext});
  }
}

namespace {

void summarize_control(const Control& control, Text& out) {
  const auto type = static_cast<ControlType>(control.ctl);
  if (type != ControlType::state && type != ControlType::error && type != ControlType::ack) return;
  append(out, type == ControlType::error ? " about " : type == ControlType::ack ? " of " : " ");
  const bool about_pfkey = type == ControlType::error && control.data == 0;
  if (about_pfkey) {
    append(out, "PF_KEY data");
  } else {
    append(out, type == ControlType::state ? named(control.data, kStates) : named(control.data, kControls));
  }
  if (type != ControlType::ack) return;
  append(out, ", is ");
  append(out, named(control.data2, kStates));
}

}  // namespace

void summarize(const Message& message, Text& out) {
  if (!message.has_header) {
    append(out, ' ');
    append_decimal(out, message.out_of_step.size());
    return append(out, " bytes");
  }
  if (message.control) summarize_control(*message.control, out);
  if (message.has_pfkey) pfkey::summarize(message.pfkey, out);
  if (message.control && message.opening == Opening::hash) append(out, " (known by its hash)");
  if (message.control || message.has_pfkey || message.size < kHashAt) return;
  const auto announced = message.length - static_cast<std::uint32_t>(kBehindLength);
  append(out, " plaintext ");
  append_decimal(out, announced - std::min(message.pad_length, announced));
  append(out, " bytes");
  if (message.opening == Opening::no_key) append(out, " (no key)");
}

Closed closed(const Message& message) {
  if (message.opening == Opening::failed) return Closed::wrong_key;
  const bool is_known = message.control || message.has_pfkey;
  return message.opening == Opening::no_key && !is_known ? Closed::no_key : Closed::no;
}

std::unique_ptr<Decoder> make_decoder(const DecodeOptions& options) {
  State state{.cipher = {}, .hasher = {}, .byte_order = options.byte_order, .sides = {}};
  if (!options.sasyncd_key.empty()) state.cipher.emplace(as_bytes(options.sasyncd_key));
  return std::make_unique<DecoderOf<State, Message>>(std::move(state));
}

}  // namespace sasync::proto::sasyncd
