#include "sasync/capture/capture.hpp"

#include <fmt/format.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio_ext.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "input_state.hpp"
#include "sasync/base/reader.hpp"

namespace sasync::capture {
namespace {

constexpr std::size_t kFileBuffer = 64U << 10U;
constexpr std::size_t kSniffMax = 64U << 10U;  ///< how far into a pcapng file its interfaces are looked for
constexpr std::size_t kMagicBytes = 4;
constexpr int kLiveSnaplen = 262'144;
constexpr int kLiveTimeout_ms = 100;
constexpr std::size_t kRefusedFrames = 4U << 10U;  ///< between two calls of CaptureOptions::idle
constexpr std::uint8_t kMicrosecondDigits = 6;
constexpr std::uint8_t kNanosecondDigits = 9;
constexpr std::int64_t kSecond_ns = 1'000'000'000;
/// Whole nanoseconds beyond it do not fit 64 bits.
constexpr std::int64_t kSecondsMax = INT64_MAX / kSecond_ns - 1;

constexpr std::string_view kNoCapture =
    "is not a capture file (pcap or pcapng): convert it first, another capture format with editcap, a hex dump with "
    "text2pcap";
constexpr std::string_view kMixedLinkTypes =
    "has interfaces with different link types ({} and {}), which is more than libpcap reads. Split it by interface, "
    "for "
    "interface 0 with: tshark -r FILE -Y frame.interface_id==0 -w 0.pcapng, then editcap -F pcap -T ether 0.pcapng "
    "0.pcap (-T: that interface's own link type)";
constexpr std::string_view kMixedSnapshotLengths =
    "has interfaces with different snapshot lengths, which is more than libpcap reads. Rewrite it with: editcap -F "
    "pcap "
    "FILE NEW.pcap";

/// A file's link type as libpcap numbers it on this system, where the two differ.
int number_on_this_system(std::uint16_t in_file) {
  constexpr std::uint16_t kFileAtm = 100;
  constexpr std::uint16_t kFileRaw = 101;
  if (in_file == kFileRaw) return DLT_RAW;
  return in_file == kFileAtm ? DLT_ATM_RFC1483 : in_file;
}

std::string link_name(int link) {
  const char* name = pcap_datalink_val_to_name(link);
  if (name == nullptr) return fmt::format("number {}", link);
  const char* description = pcap_datalink_val_to_description(link);
  return description == nullptr ? name : fmt::format("{} ({})", name, description);
}

// --- What the first bytes of a capture say -----------------------------------------------------------------------

enum class Form : std::uint8_t { unknown, pcap, pcapng };

/// The capture's form and the precision of its times, which libpcap does not tell.
struct Sniffed {
  Form form = Form::unknown;
  std::uint8_t digits = kMicrosecondDigits;
  bool interface_found = false;
  std::optional<std::uint16_t> link = std::nullopt;        ///< of the first pcapng interface
  std::optional<std::uint16_t> other_link = std::nullopt;  ///< of a later one, when it differs
};

constexpr std::uint32_t kPcapMagic = 0xA1B2C3D4;
constexpr std::uint32_t kPcapNanosecondMagic = 0xA1B23C4D;
constexpr std::uint32_t kPcapPatchedMagic = 0xA1B2CD34;  ///< Kuznetzov's variant of the record header
constexpr std::uint32_t kPcapngMagic = 0x0A0D0D0A;       ///< the section header's block type, the same in either order
constexpr std::uint32_t kPcapngByteOrderMagic = 0x1A2B3C4D;
constexpr std::uint32_t kPcapngBlockOverhead = 12;  ///< type, and the length twice
enum PcapngBlock : std::uint32_t { kInterface = 1, kOldPacket = 2, kSimplePacket = 3, kEnhancedPacket = 6 };
constexpr std::uint16_t kOptionTimeResolution = 9;

/// Reads pcapng's integers in the byte order of the section.
struct PcapngReader {
  Reader r;
  bool big_endian = false;

  template <class T>
  T number(const char* field) {
    return big_endian ? r.be<T>(field) : r.le<T>(field);
  }
};

std::uint8_t resolution_digits(std::uint8_t resolution) {
  if ((resolution & 0x80U) != 0) return kNanosecondDigits;  // a power of two
  return std::min(resolution, kNanosecondDigits);
}

void sniff_interface(PcapngReader in, Sniffed& sniffed) {
  const auto link = in.number<std::uint16_t>("link type");
  in.r.take(6, "reserved, snapshot length");
  if (in.r.failed()) return;
  auto digits = kMicrosecondDigits;
  while (in.r.more()) {
    const auto code = in.number<std::uint16_t>("option");
    const auto length = in.number<std::uint16_t>("option length");
    Reader value{in.r.take((length + std::size_t{3}) / 4 * 4, "option value")};
    if (code == kOptionTimeResolution && length == 1) digits = resolution_digits(value.u8("resolution"));
    if (code == 0) break;
  }
  if (!sniffed.link) {
    sniffed.link = link;
    sniffed.digits = digits;
  } else if (*sniffed.link != link && !sniffed.other_link) {
    sniffed.other_link = link;
  }
  // Digits that one interface has must not be lost for another's sake.
  sniffed.digits = std::max(sniffed.digits, digits);
  sniffed.interface_found = true;
}

/// The interfaces in front of the first packet, as far as `head` goes.
Sniffed sniff_pcapng(Bytes head) {
  Sniffed sniffed{.form = Form::pcapng};
  PcapngReader in{Reader{head}};
  Reader order{head};
  order.take(8, "block header");
  in.big_endian = order.be<std::uint32_t>("byte order") == kPcapngByteOrderMagic;
  while (in.r.more()) {
    const auto type = in.number<std::uint32_t>("block type");
    const auto length = in.number<std::uint32_t>("block length");
    if (length < kPcapngBlockOverhead || length % 4 != 0) break;
    const auto block = in.r.take(length - kPcapngBlockOverhead, "block");
    in.r.take(4, "block length");
    if (in.r.failed() || type == kOldPacket || type == kSimplePacket || type == kEnhancedPacket) break;
    if (type == kInterface) sniff_interface({Reader{block}, in.big_endian}, sniffed);
  }
  return sniffed;
}

Sniffed sniff(PeekSource& source) {
  auto head = source.peek(kMagicBytes);
  switch (Reader{head}.be<std::uint32_t>("magic")) {
    case kPcapMagic:
    case std::byteswap(kPcapMagic):
    case kPcapPatchedMagic:
    case std::byteswap(kPcapPatchedMagic):
      return {.form = Form::pcap};
    case kPcapNanosecondMagic:
    case std::byteswap(kPcapNanosecondMagic):
      return {.form = Form::pcap, .digits = kNanosecondDigits};
    case kPcapngMagic:
      break;
    default:
      return {};
  }
  // libpcap will wait for the first interface anyway, so this keeps no live pipe waiting longer.
  auto sniffed = sniff_pcapng(head);
  while (!sniffed.interface_found && head.size() < kSniffMax) {
    const auto had = head.size();
    head = source.peek(had + 1);
    if (head.size() == had) break;
    sniffed = sniff_pcapng(head);
  }
  return sniffed;
}

}  // namespace

// --- The open capture ----------------------------------------------------------------------------------------------

struct Capture::State {
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  std::optional<CaptureError> open_source(Input::State& input);
  std::FILE* make_stream();
  std::optional<CaptureError> open_stream();
  std::optional<CaptureError> activate(const std::string& interface);
  std::optional<CaptureError> accept_link_type();
  std::optional<CaptureError> compile(const std::string& expression);
  ReadStatus next(net::Frame& frame);
  int next_record(pcap_pkthdr** header, const u_char** data);
  void fill(net::Frame& frame, const pcap_pkthdr& header, const u_char* data) const;
  ReadStatus stop(int result);
  const std::string& fault_of(std::FILE* stream);
  std::string open_failure(std::string_view libpcap_text, std::FILE* stream);
  std::string describe_damage();
  std::string where() const;

  std::unique_ptr<PeekSource> source;
  FileSource* file_source = nullptr;  ///< at the bottom of `source`
  Compression compression = Compression::none;
  std::uint64_t delivered = 0;  ///< to the stream below
  std::vector<char> stream_buffer;
  pcap_t* pcap = nullptr;
  Sniffed sniffed;
  bool live = false;
  std::function<bool()> idle;
  bool drained = false;  ///< live: nothing was there when it was looked at last
  bool filtered = false;
  bpf_program filter{};
  net::LinkType link = net::LinkType::ethernet;
  std::uint64_t next_number = 1;
  std::uint64_t frames_read = 0;
  std::uint32_t file = 0;
  std::optional<ReadStatus> stopped;
  std::string damage;
};

namespace {

using Cookie = std::pair<ByteSource*, std::uint64_t*>;

/// Reads for the C library, which hands the bytes to libpcap.
ssize_t cookie_read(void* cookie, char* into, std::size_t size) {
  auto* state = static_cast<Cookie*>(cookie);
  const auto count = state->first->read({reinterpret_cast<std::uint8_t*>(into), size});
  if (count == 0 && !state->first->fault().empty()) {
    errno = EIO;
    return -1;
  }
  *state->second += count;
  return static_cast<ssize_t>(count);
}

/// Tells the position, and goes nowhere.
int cookie_seek(void* cookie, off64_t* offset, int whence) {
  if (whence != SEEK_CUR || *offset != 0) {
    errno = ESPIPE;
    return -1;
  }
  *offset = static_cast<off64_t>(*static_cast<Cookie*>(cookie)->second);
  return 0;
}

int cookie_close(void* cookie) {
  delete static_cast<Cookie*>(cookie);
  return 0;
}

std::string live_failure(int result, const std::string& interface, const char* text) {
  switch (result) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return "cannot be captured on without permission: run as root, or give the program the right once with: setcap "
             "cap_net_raw=ep PROGRAM";
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return "is no network interface of this host (ip link shows them)";
    case PCAP_ERROR_IFACE_NOT_UP:
      return fmt::format("is down: bring it up with: ip link set {} up", interface);
    default:
      return fmt::format("cannot be captured on: {}", *text == '\0' ? pcap_statustostr(result) : text);
  }
}

}  // namespace

Capture::State::~State() {
  if (filtered) pcap_freecode(&filter);
  if (pcap != nullptr) pcap_close(pcap);
}

std::optional<CaptureError> Capture::State::open_source(Input::State& input) {
  source = std::move(input.source);
  file_source = input.file_source;
  compression = input.compression;
  sniffed = sniff(*source);
  if (sniffed.form == Form::unknown) {
    return CaptureError{source->fault().empty() ? std::string{kNoCapture} : source->fault()};
  }
  if (sniffed.other_link) {
    return CaptureError{fmt::format(fmt::runtime(kMixedLinkTypes), link_name(number_on_this_system(*sniffed.link)),
                                    link_name(number_on_this_system(*sniffed.other_link)))};
  }
  return {};
}

/// What libpcap reads from.
std::FILE* Capture::State::make_stream() {
  if (std::FILE* const stream = compression == Compression::none ? file_source->stream() : nullptr) return stream;
  auto cookie = std::make_unique<Cookie>(source.get(), &delivered);
  std::FILE* const stream = fopencookie(
      cookie.get(), "r", {.read = cookie_read, .write = nullptr, .seek = cookie_seek, .close = cookie_close});
  if (stream != nullptr) static_cast<void>(cookie.release());  // cookie_close() has it now
  return stream;
}

std::optional<CaptureError> Capture::State::open_stream() {
  std::FILE* const stream = make_stream();
  if (stream == nullptr) return CaptureError{"cannot be read: out of memory"};
  stream_buffer.resize(kFileBuffer);
  static_cast<void>(std::setvbuf(stream, stream_buffer.data(), _IOFBF, stream_buffer.size()));
  __fsetlocking(stream, FSETLOCKING_BYCALLER);
  std::array<char, PCAP_ERRBUF_SIZE> text{};
  pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, text.data());
  if (pcap != nullptr) return {};
  CaptureError error{open_failure(text.data(), stream)};
  static_cast<void>(std::fclose(stream));
  return error;
}

/// What broke below the stream; empty when nothing did.
const std::string& Capture::State::fault_of(std::FILE* stream) {
  const auto& fault = source->fault();
  if (!fault.empty() || std::ferror(stream) == 0) return fault;
  std::array<std::uint8_t, 1> byte{};
  static_cast<void>(file_source->read(byte));  // fails as the stream did, and says how
  return file_source->fault();
}

std::string Capture::State::open_failure(std::string_view libpcap_text, std::FILE* stream) {
  if (const auto& fault = fault_of(stream); !fault.empty()) return fault;
  if (libpcap_text.contains("no Interface Description Blocks")) {
    return "is a pcapng file without an interface, and so without packets";
  }
  if (std::feof(stream) != 0)
    return fmt::format("ends in the middle of its file header at byte {}: copy it again", ftello(stream));
  return fmt::format("is a capture file that libpcap cannot read ({})", libpcap_text);
}

std::optional<CaptureError> Capture::State::activate(const std::string& interface) {
  live = true;
  std::array<char, PCAP_ERRBUF_SIZE> text{};
  pcap = pcap_create(interface.c_str(), text.data());
  if (pcap == nullptr) return CaptureError{fmt::format("cannot be captured on: {}", text.data())};
  pcap_set_snaplen(pcap, kLiveSnaplen);
  pcap_set_promisc(pcap, 1);
  pcap_set_timeout(pcap, kLiveTimeout_ms);
  if (pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO) == 0) sniffed.digits = kNanosecondDigits;
  if (const int result = pcap_activate(pcap); result < 0) {
    return CaptureError{live_failure(result, interface, pcap_geterr(pcap))};
  }
  // libpcap's own timeout does not fire on Linux while nothing comes; next_record() waits with poll() instead.
  if (pcap_setnonblock(pcap, 1, text.data()) != 0) {
    return CaptureError{fmt::format("cannot be captured on: {}", text.data())};
  }
  return {};
}

std::optional<CaptureError> Capture::State::accept_link_type() {
  const int number = pcap_datalink(pcap);
  link = static_cast<net::LinkType>(number);
  if (net::is_supported(link)) return {};
  return CaptureError{
      fmt::format("has the link type {}, which is not supported: Ethernet, Linux cooked, raw IP and BSD loopback are",
                  link_name(number))};
}

std::optional<CaptureError> Capture::State::compile(const std::string& expression) {
  if (expression.empty()) return {};
  constexpr int kOptimise = 1;
  if (pcap_compile(pcap, &filter, expression.c_str(), kOptimise, PCAP_NETMASK_UNKNOWN) != 0) {
    return CaptureError{fmt::format("the filter expression \"{}\" is wrong: {} (man pcap-filter has the syntax)",
                                    expression, pcap_geterr(pcap))};
  }
  filtered = true;
  // Live frames have no numbers of their own, so the kernel may as well drop what nobody wants.
  if (live && pcap_setfilter(pcap, &filter) != 0) {
    return CaptureError{fmt::format("the filter expression \"{}\" cannot be used: {}", expression, pcap_geterr(pcap))};
  }
  return {};
}

/// Live, 0 as soon as nothing is there; then it waits before it looks again.
int Capture::State::next_record(pcap_pkthdr** header, const u_char** data) {
  if (drained) {
    pollfd ready{.fd = pcap_get_selectable_fd(pcap), .events = POLLIN, .revents = 0};
    static_cast<void>(poll(&ready, 1, kLiveTimeout_ms));
  }
  const int result = pcap_next_ex(pcap, header, data);
  drained = live && result == 0;
  return result;
}

ReadStatus Capture::State::next(net::Frame& frame) {
  if (stopped) return *stopped;
  for (std::size_t refused = 1;; ++refused) {
    if (refused % kRefusedFrames == 0 && idle && !idle()) return stop(PCAP_ERROR_BREAK);
    pcap_pkthdr* record = nullptr;
    const u_char* data = nullptr;
    const int result = next_record(&record, &data);
    if (result == 0) return ReadStatus::timeout;
    if (result != 1) return stop(result);
    ++frames_read;
    pcap_pkthdr header = *record;
    // Broken files have frames longer than they were on the wire. The bytes are there, so they were.
    header.len = std::max(header.len, header.caplen);
    const auto number = next_number++;
    if (filtered && !live && pcap_offline_filter(&filter, &header, data) == 0) continue;
    fill(frame, header, data);
    frame.number = number;
    return ReadStatus::frame;
  }
}

void Capture::State::fill(net::Frame& frame, const pcap_pkthdr& header, const u_char* data) const {
  frame.link = link;
  frame.captured = {data, header.caplen};
  frame.wire_length = header.len;
  frame.file = file;
  // Classic files have unsigned 32-bit seconds (good until 2106), which libpcap takes for signed ones.
  std::int64_t seconds = sniffed.form == Form::pcap ? static_cast<std::uint32_t>(header.ts.tv_sec) : header.ts.tv_sec;
  std::int64_t nanoseconds = header.ts.tv_usec;
  if (nanoseconds < 0 || nanoseconds >= kSecond_ns) [[unlikely]] {  // as broken files have it
    const auto carry = nanoseconds / kSecond_ns - (nanoseconds % kSecond_ns < 0 ? 1 : 0);
    seconds = std::clamp(seconds, -kSecondsMax / 2, kSecondsMax / 2) + carry;
    nanoseconds -= carry * kSecond_ns;
  }
  frame.time.seconds = std::clamp(seconds, -kSecondsMax, kSecondsMax);
  frame.time.nanoseconds = static_cast<std::uint32_t>(nanoseconds);
  frame.time.digits = sniffed.digits;
}

ReadStatus Capture::State::stop(int result) {
  if (result == PCAP_ERROR_BREAK && !live) {
    stopped = ReadStatus::end;
  } else {
    stopped = ReadStatus::damaged;
    damage = live ? fmt::format("the capture stopped after {} frames: {}", frames_read, pcap_geterr(pcap))
                  : describe_damage() + ": everything before it was read";
  }
  return *stopped;
}

/// "at byte 12345 of the decompressed data (after 17 frames)"
std::string Capture::State::where() const {
  return fmt::format("at byte {}{} (after {} {})", ftello(pcap_file(pcap)),
                     compression == Compression::none ? "" : " of the decompressed data", frames_read,
                     frames_read == 1 ? "frame" : "frames");
}

std::string Capture::State::describe_damage() {
  const std::string_view text = pcap_geterr(pcap);
  if (const auto& fault = fault_of(pcap_file(pcap)); !fault.empty()) return fmt::format("{}, {}", fault, where());
  if (std::feof(pcap_file(pcap)) != 0) return "ends in the middle of a record " + where();
  if (text.contains("different from the type of the first interface")) {
    return fmt::format("{}; the second link type shows {}",
                       fmt::format(fmt::runtime(kMixedLinkTypes), link_name(pcap_datalink(pcap)), "another"), where());
  }
  if (text.contains("different from the snapshot length of the first interface")) {
    return fmt::format("{}; the second snapshot length shows {}", kMixedSnapshotLengths, where());
  }
  return fmt::format("is damaged {}: {}", where(), text);
}

// --- The public face -----------------------------------------------------------------------------------------------

Capture::Capture(std::unique_ptr<State> state) : state_(std::move(state)) {}
Capture::~Capture() = default;
Capture::Capture(Capture&&) noexcept = default;
Capture& Capture::operator=(Capture&&) noexcept = default;

std::expected<Capture, CaptureError> Capture::open_file(const std::string& path, const CaptureOptions& options,
                                                        std::uint64_t first_frame, std::uint32_t file) {
  auto input = Input::open(path, options.idle);
  if (!input) return std::unexpected(std::move(input.error()));
  return open(std::move(*input), options, first_frame, file);
}

std::expected<Capture, CaptureError> Capture::open(Input input, const CaptureOptions& options,
                                                   std::uint64_t first_frame, std::uint32_t file) {
  auto state = std::make_unique<State>();
  state->next_number = first_frame;
  state->file = file;
  state->idle = options.idle;
  auto error = state->open_source(*input.state_);
  if (!error) error = state->open_stream();
  if (!error) error = state->accept_link_type();
  if (!error) error = state->compile(options.filter);
  if (error) return std::unexpected(std::move(*error));
  return Capture{std::move(state)};
}

std::expected<Capture, CaptureError> Capture::open_live(const std::string& interface, const CaptureOptions& options) {
  auto state = std::make_unique<State>();
  auto error = state->activate(interface);
  if (!error) error = state->accept_link_type();
  if (!error) error = state->compile(options.filter);
  if (error) return std::unexpected(std::move(*error));
  return Capture{std::move(state)};
}

ReadStatus Capture::next(net::Frame& frame) { return state_->next(frame); }
const std::string& Capture::damage() const { return state_->damage; }
std::uint64_t Capture::frames_read() const { return state_->frames_read; }
std::uint64_t Capture::bytes_consumed() const {
  return state_->file_source == nullptr ? 0 : state_->file_source->consumed();
}
std::uint64_t Capture::bytes_total() const { return state_->file_source == nullptr ? 0 : state_->file_source->total(); }

}  // namespace sasync::capture
