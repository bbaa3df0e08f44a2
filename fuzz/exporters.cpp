#include "exporters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sasync::fuzz {
namespace {

using state::Algorithm;
using state::AlgorithmKind;
using state::Dialect;

// --- alphabets

/// Two for each SA of a list: names differ.
constexpr auto kNames = std::to_array<std::string_view>({"gw-gw", "two words", "a.b_c", "0", "x-1", "Zürich"});
constexpr auto kIds =
    std::to_array<std::string_view>({"moon.example.org", "C=CH, O=Example Org, CN=moon", "carol@example.org",
                                     "192.0.2.7", "a = b", "{x}", "it's", "50% [x] #1"});
constexpr auto kPeers = std::to_array<std::string_view>({"192.0.2.2", "203.0.113.77", "198.51.100.9", "10.0.0.1"});
constexpr auto kPeersIpv6 =
    std::to_array<std::string_view>({"2001:db8::2", "2001:db8:ffff::", "fd00::1:0:0:1", "fe80::2"});
constexpr auto kIkeStates =
    std::to_array<std::string_view>({"ESTABLISHED", "PASSIVE", "REKEYING", "REKEYED", "DELETING", "CONNECTING"});
constexpr auto kChildStates =
    std::to_array<std::string_view>({"INSTALLED", "REKEYING", "REKEYED", "DELETING", "DELETED"});
constexpr auto kSelectors = std::to_array<Selector>({
    {"10.1.0.0/16", "10.1.0.0/16", "0:10.1.0.0-10.1.255.255:0"},
    {"10.2.3.4/32", "10.2.3.4/32", "0:10.2.3.4-10.2.3.4:0"},
    {"0.0.0.0/0", "0.0.0.0/0", "0:0.0.0.0/0.0.0.0:0"},
    {"2001:db8:1::/48", "2001:db8:1::/48", "0:2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff:0"},
    {"::/0", "::/0", "0:::/0:0"},
    {"192.168.1.0/24[6/443]", "192.168.1.0/24[tcp/https]", "6:192.168.1.0/255.255.255.0:443", false},
    {"192.168.1.0/24[17/0-65535]", "192.168.1.0/24[udp]", "17:192.168.1.0-192.168.1.255:0", false},
    {"10.0.0.5-10.0.0.9", "10.0.0.5..10.0.0.9", "0:10.0.0.5-10.0.0.9:0", false},
    {"10.3.0.0/16[1/2048-2303]", "10.3.0.0/16[icmp/8]", "", false},
    {"dynamic", "dynamic", "", false},
});
constexpr auto kVirtualIps = std::to_array<std::string_view>({"10.3.0.4", "fd00::3:4"});
constexpr auto kSizes = std::to_array<std::uint64_t>({0, 1, 84'000, 999'999, 0xFFFF'FFFF, 0x1'0000'0000, UINT64_MAX});
constexpr auto kSequences =
    std::to_array<std::uint64_t>({0, 1, 100, 0x7FFF'FFFF, 0xFFFF'FFFE, 0x1'0000'0000, 0x7'FFFF'0000});
constexpr auto kSeconds = std::to_array<std::uint32_t>({0, 1, 318, 3600, 86'400});
constexpr auto kWindows = std::to_array<std::uint32_t>({0, 32, 64, 128, 2040});
constexpr auto kKeyBits = std::to_array<unsigned>({128, 192, 256});

constexpr std::size_t kIkesMax = 3;
constexpr std::size_t kChildrenMax = 3;
constexpr std::size_t kSelectorsMax = 2;

// --- the state

/// Numbers out of the input; zeros behind its end.
class Choices {
 public:
  explicit Choices(Bytes in) : in_(in) {}
  std::uint8_t byte() {
    if (in_.empty()) return 0;
    const auto first = in_.front();
    in_ = in_.subspan(1);
    return first;
  }
  bool flag() { return byte() % 2 != 0; }
  template <class Range>
  auto of(const Range& range) {
    return range[byte() % std::size(range)];
  }

 private:
  Bytes in_;
};

Dialect dialect_of(Form form) {
  switch (form) {
    case Form::swanctl_raw:
    case Form::swanctl_pretty:
    case Form::swanctl_plain:
      return Dialect::strongswan;
    case Form::xfrm:
    case Form::xfrm_statistics:
      return Dialect::linux_xfrm;
    case Form::ipsecctl:
      return Dialect::openbsd;
    case Form::setkey:
      return Dialect::setkey;
    case Form::fortios:
      return Dialect::fortios;
  }
  return Dialect::canonical;
}

/// Algorithms of a kind that a form can say. Number 0 is "none".
std::vector<const Algorithm*> sayable(AlgorithmKind kind, Dialect one, Dialect other) {
  std::vector<const Algorithm*> rows;
  for (const auto& row : state::algorithms()) {
    const bool has_names = !row.spelling(one).empty() && !row.spelling(other).empty();
    const bool is_openbsd = one == Dialect::openbsd || other == Dialect::openbsd;
    const bool named = !is_openbsd || kind != AlgorithmKind::encryption || !openbsd_name({&row, 128}).empty();
    if (row.kind == kind && row.number != 0 && has_names && named) rows.push_back(&row);
  }
  return rows;
}

class Maker {
 public:
  Maker(Bytes in, Form one, Form other)
      : choices_(in),
        has_kernel_(is_of_kernel(one) || is_of_kernel(other)),
        has_fortios_(one == Form::fortios || other == Form::fortios),
        has_setkey_(one == Form::setkey || other == Form::setkey),
        one_(dialect_of(one)),
        other_(dialect_of(other)) {}

  std::vector<Ike> make() {
    std::vector<Ike> ikes(choices_.byte() % (kIkesMax + 1));
    for (auto& ike : ikes) fill(ike);
    return ikes;
  }

 private:
  const Algorithm* algorithm(AlgorithmKind kind, Dialect one, Dialect other) {
    return choices_.of(sayable(kind, one, other));
  }

  Cipher cipher(Dialect one, Dialect other) {
    const auto* const row = algorithm(AlgorithmKind::encryption, one, other);
    return {.row = row, .key_bits = choices_.of(kKeyBits)};
  }

  /// Kernels have no word for the others; FortiOS has none that is known.
  [[nodiscard]] bool has_few_states() const { return has_kernel_ || has_fortios_; }
  std::string_view name(std::uint32_t index) { return kNames.at(index * 2 + (choices_.flag() ? 1 : 0)); }

  /// FortiOS says one hash for both.
  void fill_algorithms(Ike& ike) {
    const auto strongswan = Dialect::strongswan;
    const auto other = has_fortios_ ? Dialect::fortios : strongswan;
    ike.encryption = cipher(strongswan, other);
    ike.prf = algorithm(AlgorithmKind::prf, strongswan, other);
    const bool aead = is_aead(*ike.encryption.row);
    if (!aead) ike.integrity = algorithm(AlgorithmKind::integrity, strongswan, other);
    if (!aead && has_fortios_) ike.prf = find_algorithm(AlgorithmKind::prf, Dialect::fortios, ike.integrity->fortios);
    ike.dh_group = algorithm(AlgorithmKind::dh_group, strongswan, strongswan);
  }

  void fill(Ike& ike) {
    const auto index = ikes_++;
    ike.name = name(index);
    ike.state = has_few_states() ? kIkeStates.front() : choices_.of(kIkeStates);
    ike.unique_id = 1 + index;
    ike.is_version_1 = choices_.flag();
    ike.initiator = choices_.flag();
    ike.udp = choices_.flag();
    ike.initiator_spi = (std::uint64_t{choices_.byte()} << 56U) | index;
    ike.responder_spi = ike.is_connecting() ? 0 : (std::uint64_t{choices_.byte()} << 56U) | 0xA5;
    const bool ipv6 = choices_.flag();
    ike.local_address = ipv6 ? kLocalAddressIpv6 : kLocalAddress;
    ike.remote_address = ipv6 ? kPeersIpv6.at(index) : kPeers.at(index);
    ike.local_id = choices_.of(kIds);
    ike.remote_id = choices_.of(kIds);
    ike.local_port = ike.udp ? 4500 : 500;
    ike.remote_port = ike.udp ? static_cast<std::uint16_t>(1024 + choices_.byte()) : 500;
    fill_algorithms(ike);
    ike.age = choices_.of(kSeconds);
    ike.rekey_in = choices_.of(kSeconds);
    if (choices_.flag()) ike.virtual_ips.push_back(has_fortios_ ? kVirtualIps.front() : choices_.of(kVirtualIps));
    if (ike.is_connecting()) return;
    ike.children.resize((has_kernel_ ? 1U : 0U) + choices_.byte() % kChildrenMax);
    for (std::uint32_t i = 0; i < ike.children.size(); ++i) {
      ike.children[i].name = name(i);
      fill(ike.children[i]);
    }
  }

  void fill(Child& child) {
    const auto index = children_++;
    child.state = has_few_states() ? kChildStates.front() : choices_.of(kChildStates);
    child.unique_id = 100 + index;
    child.reqid = 1 + index;
    child.spi_in = (std::uint32_t{choices_.byte()} << 24U) | (0x1000U + index);
    child.spi_out = (std::uint32_t{choices_.byte()} << 24U) | (0x2000U + index);
    child.is_transport = choices_.flag();
    child.esn = choices_.flag() && !has_setkey_;  // whose numbers have 32 bits
    child.encryption = cipher(one_, other_);
    if (!is_aead(*child.encryption.row)) child.integrity = algorithm(AlgorithmKind::integrity, one_, other_);
    if (choices_.flag()) child.dh_group = algorithm(AlgorithmKind::dh_group, Dialect::strongswan, Dialect::strongswan);
    child.bytes_in = choices_.of(kSizes);
    child.bytes_out = choices_.of(kSizes);
    child.packets_in = choices_.of(kSizes);
    child.packets_out = choices_.of(kSizes);
    const std::uint64_t mask = child.esn ? UINT64_MAX : UINT32_MAX;
    child.seq_out = choices_.of(kSequences) & mask;
    child.replay_last = choices_.of(kSequences) & mask;
    child.window = choices_.of(kWindows);
    child.age = choices_.of(kSeconds);
    child.rekey_in = choices_.of(kSeconds);
    child.expires_in = choices_.of(kSeconds);
    fill(child.local_ts);
    fill(child.remote_ts);
  }

  void fill(std::vector<Selector>& selectors) {
    selectors.resize(1 + choices_.byte() % kSelectorsMax);
    for (auto& selector : selectors) {
      selector = choices_.of(kSelectors);
      if (has_fortios_ && selector.fortios.empty()) selector = kSelectors.front();
    }
  }

  Choices choices_;
  bool has_kernel_, has_fortios_, has_setkey_;
  Dialect one_, other_;
  std::uint32_t ikes_ = 0, children_ = 0;
};

// --- swanctl: linux-sa-dumps.md, sections 2 and 3

/// The events of the control protocol, in the order of the daemon's keys.
class Vici {
 public:
  Vici(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void begin(std::string_view name) {
    item();
    out_.append(name).append(" {");
    ++depth_;
    first_ = true;
    end_line();
  }
  void end() {
    --depth_;
    if (pretty_) out_.append(depth_ * 2, ' ');
    out_ += '}';
    first_ = false;
    end_line();
  }
  template <class Value>
  void value(std::string_view key, const Value& value) {
    item();
    out_ += fmt::format("{}{}{}", key, pretty_ ? " = " : "=", value);
    end_line();
  }
  void list(std::string_view key, const std::vector<std::string_view>& values) {
    if (!pretty_) return value(key, fmt::format("[{}]", fmt::join(values, " ")));
    value(key, "[");
    for (const auto each : values) out_ += fmt::format("{:{}}{}\n", "", (depth_ + 1) * 2, each);
    out_ += fmt::format("{:{}}]\n", "", depth_ * 2);
  }

 private:
  void item() {
    if (pretty_) out_.append(depth_ * 2, ' ');
    if (!pretty_ && !first_) out_ += ' ';
    first_ = false;
  }
  void end_line() {
    if (pretty_ || depth_ == 0) out_ += pretty_ || !first_ ? "\n" : "";
  }

  std::string& out_;
  bool pretty_;
  bool first_ = true;
  std::size_t depth_ = 0;
};

std::vector<std::string_view> texts_of(const std::vector<Selector>& selectors) {
  std::vector<std::string_view> texts;
  texts.reserve(selectors.size());
  for (const auto& selector : selectors) texts.push_back(selector.strongswan);
  return texts;
}

void print_algorithms(Vici& vici, const Cipher& encryption, const Algorithm* integrity) {
  vici.value("encr-alg", encryption.row->strongswan);
  if (encryption.row->sized) vici.value("encr-keysize", encryption.key_bits);
  if (integrity != nullptr) vici.value("integ-alg", integrity->strongswan);
}

void print(Vici& vici, const Child& child, bool udp) {
  vici.begin(fmt::format("{}-{}", child.name, child.unique_id));
  vici.value("name", child.name);
  vici.value("uniqueid", child.unique_id);
  vici.value("reqid", child.reqid);
  vici.value("state", child.state);
  vici.value("mode", child.is_transport ? "TRANSPORT" : "TUNNEL");
  vici.value("protocol", "ESP");
  if (udp) vici.value("encap", "yes");
  vici.value("spi-in", fmt::format("{:08x}", child.spi_in));
  vici.value("spi-out", fmt::format("{:08x}", child.spi_out));
  print_algorithms(vici, child.encryption, child.integrity);
  if (child.dh_group != nullptr) vici.value("dh-group", child.dh_group->strongswan);
  if (child.esn) vici.value("esn", 1);
  vici.value("bytes-in", child.bytes_in);
  vici.value("packets-in", child.packets_in);
  vici.value("bytes-out", child.bytes_out);
  vici.value("packets-out", child.packets_out);
  if (child.packets_out != 0) vici.value("use-out", 2);
  if (child.rekey_in != 0) vici.value("rekey-time", child.rekey_in);
  if (child.expires_in != 0) vici.value("life-time", child.expires_in);
  vici.value("install-time", child.age);
  vici.list("local-ts", texts_of(child.local_ts));
  vici.list("remote-ts", texts_of(child.remote_ts));
  vici.end();
}

void print(Vici& vici, const Ike& ike) {
  vici.begin("list-sa event");
  vici.begin(ike.name);
  vici.value("uniqueid", ike.unique_id);
  vici.value("version", ike.is_version_1 ? 1 : 2);
  vici.value("state", ike.state);
  vici.value("local-host", ike.local_address);
  vici.value("local-port", ike.local_port);
  vici.value("local-id", ike.local_id);
  vici.value("remote-host", ike.remote_address);
  vici.value("remote-port", ike.remote_port);
  vici.value("remote-id", ike.remote_id);
  if (ike.initiator) vici.value("initiator", "yes");
  vici.value("initiator-spi", fmt::format("{:016x}", ike.initiator_spi));
  vici.value("responder-spi", fmt::format("{:016x}", ike.responder_spi));
  if (!ike.is_connecting()) {
    print_algorithms(vici, ike.encryption, ike.integrity);
    vici.value("prf-alg", ike.prf->strongswan);
    vici.value("dh-group", ike.dh_group->strongswan);
    vici.value("established", ike.age);
    if (ike.rekey_in != 0) vici.value("rekey-time", ike.rekey_in);
  }
  if (!ike.virtual_ips.empty()) vici.list("remote-vips", ike.virtual_ips);
  vici.begin("child-sas");
  for (const auto& child : ike.children) print(vici, child, ike.udp);
  vici.end();
  vici.end();
  vici.end();
}

std::string print_events(const std::vector<Ike>& state, bool pretty) {
  std::string out;
  for (const auto& ike : state) {
    Vici vici{out, pretty};
    print(vici, ike);
  }
  return out + (pretty ? "list-sas reply {\n}\n" : "list-sas reply {}\n");
}

/// "AES_CBC-256/HMAC_SHA2_256_128"
std::string plain_algorithms(const Cipher& encryption, const Algorithm* integrity) {
  std::string out{encryption.row->strongswan};
  if (encryption.row->sized) out += fmt::format("-{}", encryption.key_bits);
  if (integrity != nullptr) out += fmt::format("/{}", integrity->strongswan);
  return out;
}

std::string plain_child(const Child& child, bool udp) {
  auto out = fmt::format("  {}: #{}, reqid {}, {}, {}{}, ESP:{}", child.name, child.unique_id, child.reqid, child.state,
                         child.is_transport ? "TRANSPORT" : "TUNNEL", udp ? "-in-UDP" : "",
                         plain_algorithms(child.encryption, child.integrity));
  if (child.dh_group != nullptr) out += fmt::format("/{}", child.dh_group->strongswan);
  if (child.esn) out += "/ESN";
  out += fmt::format("\n    installed {}s ago", child.age);
  if (child.rekey_in != 0) out += fmt::format(", rekeying in {}s", child.rekey_in);
  if (child.expires_in != 0) out += fmt::format(", expires in {}s", child.expires_in);
  out += fmt::format("\n    in  {:08x}, {:6} bytes, {:5} packets", child.spi_in, child.bytes_in, child.packets_in);
  out += fmt::format("\n    out {:08x}, {:6} bytes, {:5} packets", child.spi_out, child.bytes_out, child.packets_out);
  if (child.packets_out != 0) out += fmt::format(", {:5}s ago", 2);
  out += fmt::format("\n    local  {}", fmt::join(texts_of(child.local_ts), " "));
  out += fmt::format("\n    remote {}\n", fmt::join(texts_of(child.remote_ts), " "));
  return out;
}

std::string print_plain(const std::vector<Ike>& state) {
  std::string out;
  for (const auto& ike : state) {
    out += fmt::format("{}: #{}, {}, IKEv{}, {:016x}_i{} {:016x}_r{}\n", ike.name, ike.unique_id, ike.state,
                       ike.is_version_1 ? 1 : 2, ike.initiator_spi, ike.initiator ? "*" : "", ike.responder_spi,
                       ike.initiator ? "" : "*");
    out += fmt::format("  local  '{}' @ {}[{}]\n", ike.local_id, ike.local_address, ike.local_port);
    out += fmt::format("  remote '{}' @ {}[{}]", ike.remote_id, ike.remote_address, ike.remote_port);
    if (!ike.virtual_ips.empty()) out += fmt::format(" [{}]", fmt::join(ike.virtual_ips, " "));
    out += '\n';
    if (!ike.is_connecting()) {
      out += fmt::format("  {}/{}/{}\n", plain_algorithms(ike.encryption, ike.integrity), ike.prf->strongswan,
                         ike.dh_group->strongswan);
      out += fmt::format("  established {}s ago", ike.age);
      if (ike.rekey_in != 0) out += fmt::format(", rekeying in {}s", ike.rekey_in);
      out += '\n';
    }
    for (const auto& child : ike.children) out += plain_child(child, ike.udp);
  }
  return out;
}

// --- single SAs

/// One direction of a child.
struct Half {
  const Ike& ike;
  const Child& child;
  bool is_out;
  std::uint32_t index;  ///< of the child in the dump

  [[nodiscard]] std::string_view source() const { return is_out ? ike.local_address : ike.remote_address; }
  [[nodiscard]] std::string_view destination() const { return is_out ? ike.remote_address : ike.local_address; }
  [[nodiscard]] std::uint16_t source_port() const { return is_out ? ike.local_port : ike.remote_port; }
  [[nodiscard]] std::uint16_t destination_port() const { return is_out ? ike.remote_port : ike.local_port; }
  [[nodiscard]] std::uint32_t spi() const { return is_out ? child.spi_out : child.spi_in; }
  [[nodiscard]] std::uint64_t bytes() const { return is_out ? child.bytes_out : child.bytes_in; }
  [[nodiscard]] std::uint64_t packets() const { return is_out ? child.packets_out : child.packets_in; }
  [[nodiscard]] const std::vector<Selector>& source_ts() const { return is_out ? child.local_ts : child.remote_ts; }
  [[nodiscard]] const std::vector<Selector>& destination_ts() const {
    return is_out ? child.remote_ts : child.local_ts;
  }
  [[nodiscard]] std::string_view mode() const { return child.is_transport ? "transport" : "tunnel"; }
  [[nodiscard]] std::uint32_t hard() const { return child.expires_in == 0 ? 0 : child.age + child.expires_in; }
  [[nodiscard]] std::uint32_t soft() const { return child.rekey_in == 0 ? 0 : child.age + child.rekey_in; }
};

template <class Print>
std::string print_halves(const std::vector<Ike>& state, const Print& print_half) {
  std::string out;
  std::uint32_t index = 0;
  for (const auto& ike : state) {
    for (const auto& child : ike.children) {
      for (const bool is_out : {true, false}) out += print_half(Half{ike, child, is_out, index});
      ++index;
    }
  }
  return out;
}

unsigned key_octets(const Cipher& cipher) {
  constexpr unsigned kBitsPerOctet = 8;
  const bool is_null = cipher.row->name == "null";
  return is_null ? 0 : cipher.key_bits / kBitsPerOctet + cipher.row->salt_octets;
}

std::string hex_key(unsigned octets) {
  std::string out;
  for (unsigned i = 0; i < octets; ++i) out += fmt::format("{:02x}", (i * 37 + 11) % 256);
  return out;
}

constexpr unsigned kIntegrityKeyOctets = 20;

/// linux-sa-dumps.md, section 1; `statistics` as with -s
std::string xfrm_half(const Half& half, bool statistics) {
  const auto& child = half.child;
  const auto with_decimal = [&](std::uint32_t number) {
    return statistics ? fmt::format("({})", number) : std::string{};
  };
  const auto key = [&](unsigned octets) {
    if (octets == 0) return std::string{};
    return "0x" + hex_key(octets) + (statistics ? fmt::format(" ({} bits)", octets * 8) : "");
  };
  auto out = fmt::format("src {} dst {}\n\tproto esp spi 0x{:08x}{} reqid {}{} mode {}\n", half.source(),
                         half.destination(), half.spi(), with_decimal(half.spi()), child.reqid,
                         statistics ? fmt::format("(0x{:08x})", child.reqid) : "", half.mode());
  out +=
      fmt::format("\treplay-window {} {}flag {}{}\n", child.esn ? 0 : child.window, statistics ? "seq 0x00000000 " : "",
                  child.esn ? "af-unspec esn" : "af-unspec", statistics ? " (0x00100000)" : "");
  const auto& encryption = *child.encryption.row;
  if (child.integrity != nullptr) {
    out += fmt::format("\tauth-trunc {} {} {}\n", child.integrity->linux_xfrm, key(kIntegrityKeyOctets),
                       child.integrity->linux_bits);
    out += fmt::format("\tenc {} {}\n", encryption.linux_xfrm, key(key_octets(child.encryption)));
  } else {
    out += fmt::format("\taead {} {} {}\n", encryption.linux_xfrm, key(key_octets(child.encryption)),
                       encryption.linux_bits);
  }
  if (half.ike.udp) {
    out += fmt::format("\tencap type espinudp sport {} dport {} addr 0.0.0.0\n", half.source_port(),
                       half.destination_port());
  }
  const auto seq = half.is_out ? 0 : child.replay_last;
  const auto oseq = half.is_out ? child.seq_out : 0;
  if (child.esn) {
    out += fmt::format("\tanti-replay esn context:\n\t seq-hi 0x{:x}, seq 0x{:x}, oseq-hi 0x{:x}, oseq 0x{:x}\n",
                       seq >> 32U, seq & UINT32_MAX, oseq >> 32U, oseq & UINT32_MAX);
    out += fmt::format("\t replay_window {}, bitmap-length {}\n", child.window, (child.window + 31) / 32);
    if (child.window != 0) {
      out += "\t ";
      for (auto words = (child.window + 31) / 32; words > 1; --words) out += "00000000 ";
      out += "ffffffff \n";
    }
  } else {
    out += fmt::format("\tanti-replay context: seq 0x{:x}, oseq 0x{:x}, bitmap 0x00000000\n", seq, oseq);
  }
  const bool has_selector = half.source_ts().size() == 1 && half.destination_ts().size() == 1 &&
                            half.source_ts().front().is_prefix && half.destination_ts().front().is_prefix;
  if (has_selector) {
    out += fmt::format("\tsel src {} dst {} {}\n", half.source_ts().front().canonical,
                       half.destination_ts().front().canonical, statistics ? "uid 0" : "");
  }
  if (!statistics) return out;
  out +=
      "\tlifetime config:\n\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n"
      "\t  limit: soft (INF)(packets), hard (INF)(packets)\n";
  out += fmt::format("\t  expire add: soft {}(sec), hard {}(sec)\n\t  expire use: soft 0(sec), hard 0(sec)\n",
                     half.soft(), half.hard());
  out += fmt::format("\tlifetime current:\n\t  {}(bytes), {}(packets)\n\t  add 2026-10-31 14:26:29 use -\n",
                     half.bytes(), half.packets());
  return out + "\tstats:\n\t  replay-window 0 replay 0 failed 0\n";
}

/// linux-sa-dumps.md, section 5; with -v. What tells the pairs is when they were made.
std::string ipsecctl_half(const Half& half) {
  constexpr std::uint64_t kEpoch = 1'763'631'242;
  const auto& child = half.child;
  const auto created = kEpoch + half.index;
  const auto algorithms =
      fmt::format("{}enc {}", child.integrity != nullptr ? fmt::format("auth {} ", child.integrity->openbsd) : "",
                  openbsd_name(child.encryption));
  auto out = fmt::format("esp {} from {} to {} spi 0x{:08x} {}\n", half.mode(), half.source(), half.destination(),
                         half.spi(), algorithms);
  std::vector<std::string_view> flags;
  if (!child.is_transport) flags.emplace_back("tunnel");
  if (half.ike.udp) flags.emplace_back("udpencap");
  if (child.esn) flags.emplace_back("esn");
  out += fmt::format("\tsa: spi 0x{:08x} {}\n\t\tstate mature replay {} flags 0x{}{}\n", half.spi(), algorithms,
                     child.window, flags.empty() ? "0" : "4",
                     flags.empty() ? "" : fmt::format("<{}>", fmt::join(flags, ",")));
  out += fmt::format("\tlifetime_cur: alloc 0 bytes {} add {} first 0\n", half.bytes(), created);
  out += fmt::format("\tlifetime_hard: alloc 0 bytes 0 add {} first 0\n", half.hard());
  out += fmt::format("\tlifetime_soft: alloc 0 bytes 0 add {} first 0\n", half.soft());
  out += fmt::format("\taddress_src: {}\n\taddress_dst: {}\n", half.source(), half.destination());
  out += fmt::format("\tidentity_src: type fqdn id 0: {}\n\tidentity_dst: type fqdn id 0: {}\n",
                     half.is_out ? half.ike.local_id : half.ike.remote_id,
                     half.is_out ? half.ike.remote_id : half.ike.local_id);
  if (half.ike.udp) out += fmt::format("\tudpencap: udpencap port {}\n", half.ike.remote_port);
  out += fmt::format("\treplay: rpl {}\n\tcounter: \n", half.is_out ? child.seq_out + 1 : child.replay_last);
  if (half.packets() != 0) {
    out += fmt::format("\t\t{} {} packet{}\n", half.packets(), half.is_out ? "output" : "input",
                       half.packets() == 1 ? "" : "s");
  }
  return out + "\n";
}

/// "010c1722 2d38434e": groups of four octets
std::string grouped_key(unsigned octets) {
  constexpr std::size_t kGroup = 8;
  const auto digits = hex_key(octets);
  std::string out;
  for (std::size_t at = 0; at < digits.size(); at += kGroup) out += (at == 0 ? "" : " ") + digits.substr(at, kGroup);
  return out;
}

/// linux-sa-dumps.md, section 4
std::string setkey_half(const Half& half, std::size_t left) {
  constexpr std::uint32_t kBitsPerOctet = 8;
  const auto& child = half.child;
  const auto end = [&](std::string_view address, std::uint16_t port) {
    return half.ike.udp ? fmt::format("{}[{}]", address, port) : std::string{address};
  };
  auto out =
      fmt::format("{} {} \n", end(half.source(), half.source_port()), end(half.destination(), half.destination_port()));
  out += fmt::format("\tesp{} mode={} spi={}(0x{:08x}) reqid={}(0x{:08x})\n", half.ike.udp ? "-udp" : "", half.mode(),
                     half.spi(), half.spi(), child.reqid, child.reqid);
  out += fmt::format("\tE: {}  {}\n", child.encryption.row->setkey, grouped_key(key_octets(child.encryption)));
  if (child.integrity != nullptr) {
    out += fmt::format("\tA: {}  {}\n", child.integrity->setkey, grouped_key(kIntegrityKeyOctets));
  }
  const auto sequence = half.is_out ? child.seq_out : child.replay_last;
  out +=
      fmt::format("\tseq=0x{:08x} replay={} flags=0x00000000 state=mature \n", sequence, child.window / kBitsPerOctet);
  out += "\tcreated: Nov 20 09:14:02 2025\tcurrent: Nov 20 09:31:40 2025\n";
  out += fmt::format("\tdiff: {}(s)\thard: {}(s)\tsoft: {}(s)\n", child.age, half.hard(), half.soft());
  out += fmt::format("\tlast: {:20}\thard: 0(s)\tsoft: 0(s)\n", "");
  out += fmt::format("\tcurrent: {}(bytes)\thard: 0(bytes)\tsoft: 0(bytes)\n", half.bytes());
  out += fmt::format("\tallocated: {}\thard: 0\tsoft: 0\n", half.packets());
  return out + fmt::format("\tsadb_seq={} pid=70311 refcnt=1\n", left);
}

std::string print_setkey(const std::vector<Ike>& state) {
  std::size_t left = 0;
  for (const auto& ike : state) left += ike.children.size() * 2;
  if (left == 0) return "No SAD entries.\n";
  return print_halves(state, [&](const Half& half) { return setkey_half(half, --left); });
}

// --- FortiOS: fortios-cli.md, sections 1 and 2, in the words of release 7

constexpr std::uint32_t kFortiosLifetime = 86'400;

/// "aes256-sha256", "aes256gcm-prfsha384"
std::string fortios_proposal(const Ike& ike) {
  std::string cipher{ike.encryption.row->fortios};
  if (ike.encryption.row->sized) {
    const auto dash = cipher.find('-');
    const auto mode = dash == std::string::npos ? std::string{} : cipher.substr(dash + 1);
    cipher = fmt::format("{}{}{}", cipher.substr(0, dash), ike.encryption.key_bits, mode);
  }
  if (ike.integrity == nullptr) return fmt::format("{}-prf{}", cipher, ike.prf->fortios);
  return fmt::format("{}-{}", cipher, ike.integrity->fortios);
}

std::string fortios_gateway(const Ike& ike) {
  auto out =
      fmt::format("vd: root/0\nname: {}\nversion: {}\ninterface: port2 10\naddr: {}:{} -> {}:{}\n", ike.name,
                  ike.is_version_1 ? 1 : 2, ike.local_address, ike.local_port, ike.remote_address, ike.remote_port);
  out += fmt::format("tun_id: 10.0.0.4/::10.0.0.4\ncreated: {}s ago\npeer-id: {}\npeer-id-auth: no\n", ike.age,
                     ike.remote_id);
  for (const auto address : ike.virtual_ips) {
    out += fmt::format("assigned IPv4 address: {}/255.255.255.255\n", address);
  }
  if (ike.udp) out += "nat: peer\n";
  out +=
      "IKE SA: created 1/1  established 1/1  time 10/15/20 ms\nIPsec SA: created 1/2  established 1/2  time 0/5/10 "
      "ms\n\n";
  out += fmt::format("  id/spi: {} {:016x}/{:016x}\n  direction: {}\n", ike.unique_id, ike.initiator_spi,
                     ike.responder_spi, ike.initiator ? "initiator" : "responder");
  out += fmt::format("  status: established {0}-{0}s ago = 20ms\n  proposal: {1}\n", ike.age, fortios_proposal(ike));
  out += ike.is_version_1 ? "  key: 4aea0408f8e0d799-fe2a7bd6948f41c6\n"
                          : "  child: no\n  SK_ei: 4aea0408f8e0d799-fe2a7bd6948f41c6\n  SK_ai: \n"
                            "  message-id sent/recv: 52/87\n";
  out += fmt::format("  lifetime/rekey: {}/{}\n  DPD sent/recv: 00000000/00000000\n", kFortiosLifetime, ike.rekey_in);
  return out + fmt::format("  peer-id: {}\n\n", ike.remote_id);
}

std::string fortios_half(std::string_view direction, std::uint32_t spi, const Child& child) {
  const auto octets = key_octets(child.encryption);
  auto out = fmt::format("  {}: spi={:08x} esp={} key={} {}\n", direction, spi, child.encryption.row->fortios, octets,
                         hex_key(octets));
  if (child.integrity == nullptr) return out + "       ah=null key=0 \n";
  return out + fmt::format("       ah={} key={} {}\n", child.integrity->fortios, kIntegrityKeyOctets,
                           hex_key(kIntegrityKeyOctets));
}

std::string fortios_phase2(const Child& child) {
  auto out = fmt::format("proxyid={} proto=0 sa=1 ref=2 serial=1{}\n", child.name,
                         child.is_transport ? " transport-mode" : " auto-negotiate");
  for (const auto& selector : child.local_ts) out += fmt::format("  src: {}\n", selector.fortios);
  for (const auto& selector : child.remote_ts) out += fmt::format("  dst: {}\n", selector.fortios);
  out += fmt::format("  SA:  ref=3 options=18227 type=00 soft=0 mtu=1438 expire={}/0B replaywin={}\n", child.expires_in,
                     child.window);
  out += fmt::format("       seqno={:x} esn={} replaywin_lastseq={:08x} qat=0 rekey=0 hash_search_len=1\n",
                     child.seq_out, child.esn ? 1 : 0, child.replay_last);
  out += fmt::format("  life: type=01 bytes=0/0 timeout={}/43200\n", child.age + child.expires_in);
  out += fortios_half("dec", child.spi_in, child) + fortios_half("enc", child.spi_out, child);
  out += fmt::format("  dec:pkts/bytes={}/{}, enc:pkts/bytes={}/{}\n", child.packets_in, child.bytes_in,
                     child.packets_out, child.bytes_out);
  return out + "  npu_flag=00 npu_rgwy=198.51.100.129 npu_lgwy=203.0.113.129 npu_selid=1 dec_npuid=0 enc_npuid=0\n";
}

std::string fortios_tunnel(const Ike& ike) {
  const auto port = [&](std::uint16_t number) { return ike.udp ? number : std::uint16_t{0}; };
  auto out = fmt::format(
      "------------------------------------------------------\n"
      "name={} ver={} serial=1 {}:{}->{}:{} tun_id=10.0.0.4 tun_id6=::10.0.0.4 dst_mtu=1500 dpd-link=on weight=1\n"
      "bound_if=10 lgwy=static/1 tun=intf mode=auto/1 encap=none/552 options[0228]=npu frag-rfc  run_state=0 "
      "role=primary accept_traffic=1 overlay_id=0\n\n",
      ike.name, ike.is_version_1 ? 1 : 2, ike.local_address, port(ike.local_port), ike.remote_address,
      port(ike.remote_port));
  out += fmt::format("proxyid_num={} child_num=0 refcnt=4 ilast=3 olast=2 ad=/0\n", ike.children.size());
  out += "stat: rxp=0 txp=0 rxb=0 txb=0\ndpd: mode=on-demand on=1 idle=20000ms retry=3 count=0 seqno=11\n";
  out += fmt::format("natt: mode={} draft=0 interval=0 remote_port={}\n", ike.udp ? "keepalive" : "none",
                     port(ike.remote_port));
  for (const auto& child : ike.children) out += fortios_phase2(child);
  return out;
}

std::string print_fortios(const std::vector<Ike>& state) {
  std::string out = "HQ-FW1 # diagnose vpn ike gateway list\n\n";
  for (const auto& ike : state) out += fortios_gateway(ike);
  out += "HQ-FW1 # diagnose vpn tunnel list\nlist all ipsec tunnel in vd 0\n";
  for (const auto& ike : state) out += fortios_tunnel(ike);
  return out;
}

}  // namespace

std::string_view importer_of(Form form) {
  switch (form) {
    case Form::swanctl_raw:
    case Form::swanctl_pretty:
    case Form::swanctl_plain:
      return "swanctl";
    case Form::xfrm:
    case Form::xfrm_statistics:
      return "xfrm";
    case Form::ipsecctl:
      return "ipsecctl";
    case Form::setkey:
      return "setkey";
    case Form::fortios:
      return "fortios";
  }
  return "";
}

bool is_of_kernel(Form form) { return importer_of(form) != "swanctl" && form != Form::fortios; }

std::string openbsd_name(const Cipher& cipher) {
  const auto name = cipher.row->openbsd;
  if (name == "aes") return fmt::format("aes-{}", cipher.key_bits);
  if (name == "aes-gcm" || name == "aes-gmac") return fmt::format("aes-{}-{}", cipher.key_bits, name.substr(4));
  return name == "3des" || name == "null" || name == "chacha20-poly1305" ? std::string{name} : std::string{};
}

std::vector<Ike> make_state(Bytes in, Form one, Form other) { return Maker{in, one, other}.make(); }

std::string print(const std::vector<Ike>& state, Form form) {
  switch (form) {
    case Form::swanctl_raw:
    case Form::swanctl_pretty:
      return print_events(state, form == Form::swanctl_pretty);
    case Form::swanctl_plain:
      return print_plain(state);
    case Form::xfrm:
    case Form::xfrm_statistics:
      return print_halves(state, [&](const Half& half) { return xfrm_half(half, form == Form::xfrm_statistics); });
    case Form::ipsecctl:
      return "FLOWS:\nNo flows\n\nSAD:\n" + print_halves(state, ipsecctl_half);
    case Form::setkey:
      return print_setkey(state);
    case Form::fortios:
      return print_fortios(state);
  }
  return {};
}

}  // namespace sasync::fuzz
