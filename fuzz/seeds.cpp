// fuzz_seeds SOURCE OUT: writes the inputs that the corpora begin with to OUT/TARGET, named by what they show: what the
// captures, samples and scenarios of the repository hold, and what our encoders make. fuzz/seeds.sh keeps those that
// reach something new.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "decoding.hpp"
#include "event/random_event.hpp"
#include "frame_list.hpp"
#include "life_seeds.hpp"
#include "link_seeds.hpp"
#include "message_seeds.hpp"
#include "pfkey_seeds.hpp"
#include "sasync/capture/capture.hpp"
#include "sasync/event/event_json.hpp"
#include "sasync/generate/generator.hpp"
#include "sasync/generate/scenario.hpp"
#include "sasync/import/importer.hpp"
#include "sasync/proto/dispatcher.hpp"
#include "sasync/proto/fgcp_heartbeat.hpp"
#include "sasync/proto/fgcp_sync.hpp"
#include "sasync/proto/sasyncd.hpp"
#include "sasync/proto/strongswan_ha.hpp"
#include "sasync/state/document_json.hpp"
#include "support/openbsd_examples.hpp"

namespace {

using namespace sasync;
namespace fs = std::filesystem;
using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kTextBytesMax = 12'000;
constexpr std::array<std::size_t, 5> kWindows{1, 2, 3, 5, 8};

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// "IKE_ADD" and "SA INIT" become "ike_add" and "sa-init".
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ? c : '-';
    }
  }
  return out;
}

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)) {}

  void add(std::string_view target, const std::string& name, Bytes bytes) {
    const auto folder = folder_ / target;
    fs::create_directories(folder);
    const auto text = as_text(bytes);
    std::ofstream(folder / plain(name), std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
  }

  /// A message: once for its decoder, and one of each type and size class for the targets that take any protocol.
  void add_message(std::size_t protocol, std::uint32_t hint, const std::string& origin, Bytes bytes) {
    const auto& row = proto::protocols()[protocol];
    const auto decoder = row.make_decoder({});
    (void)decoder->decode(bytes, hint);
    const auto head = decoder->head();
    const auto key = fmt::format("{} {} {} {}", row.name, head.layout, head.message, bytes.size());
    if (!seen_.insert(key).second) return;
    const auto name = fmt::format("{}-{}{}-{}", origin, head.layout, head.message, bytes.size());
    add_as(protocol, hint, name, bytes);
    add("prefix", fmt::format("{}-{}", row.name, name), named(row.name, hint, bytes));
  }

  void add_as(std::size_t protocol, std::uint32_t hint, const std::string& name, Bytes bytes) {
    const auto& row = proto::protocols()[protocol];
    add(row.name, name, bytes);
    add("printers", fmt::format("{}-{}", row.name, name), named(row.name, hint, bytes));
  }

 private:
  static Octets named(std::string_view protocol, std::uint32_t hint, Bytes bytes) {
    const auto line = fmt::format("{} {}\n", protocol, hint);
    Octets all(line.begin(), line.end());
    all.insert(all.end(), bytes.begin(), bytes.end());
    return all;
  }

  fs::path folder_;
  std::set<std::string> seen_;
};

// --- captures

using Frames = std::vector<Octets>;

Frames frames_of(const fs::path& file) {
  Frames frames;
  auto capture = capture::Capture::open_file(file.string(), {});
  net::Frame frame;
  while (capture && capture->next(frame) == capture::ReadStatus::frame) {
    frames.emplace_back(frame.captured.begin(), frame.captured.end());
  }
  return frames;
}

/// Every message in the frames, with the hint that its tracker gives.
void add_messages(Corpus& corpus, const std::string& origin, const Frames& frames) {
  const proto::Dispatcher dispatcher;
  net::Dissector dissector{{.encapsulations = dispatcher.encapsulations(), .reassembly = {}}};
  std::map<std::size_t, std::unique_ptr<proto::Tracker>> trackers;
  net::Frame frame;
  for (const auto& bytes : frames) {
    frame.captured = bytes;
    frame.wire_length = static_cast<std::uint32_t>(bytes.size());
    ++frame.number;
    dissector.dissect(frame, [&](const net::Datagram& datagram) {
      std::size_t protocol = dispatcher.find(datagram);
      if (protocol == proto::Dispatcher::kNone) return;
      const auto make = proto::protocols()[protocol].make_tracker;
      auto& tracker = trackers[protocol];
      if (!tracker && make != nullptr) tracker = make({});
      const auto tracked = tracker ? tracker->observe(protocol, datagram) : proto::Tracked{};
      if (tracked.protocol) protocol = *tracked.protocol;
      if (tracked.accepted) corpus.add_message(protocol, tracked.hint, origin, datagram.payload);
    });
  }
}

/// Windows at the beginning, in the middle and near the end.
void add_windows(Corpus& corpus, const std::string& origin, const Frames& frames, std::uint8_t options = 0) {
  for (const auto size : kWindows) {
    for (const std::size_t begin : {std::size_t{0}, frames.size() / 3, frames.size() * 2 / 3}) {
      if (begin + size > frames.size()) continue;
      const std::vector<Bytes> window(frames.begin() + static_cast<std::ptrdiff_t>(begin),
                                      frames.begin() + static_cast<std::ptrdiff_t>(begin + size));
      const auto input = fuzz::frame_list(options, window);
      const auto name = fmt::format("{}-{}-frames-from-{}", origin, size, begin + 1);
      corpus.add("link", name, input);
      corpus.add("frames", name, input);
    }
  }
}

void add_captures(Corpus& corpus, const fs::path& source) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(source / "corpus/captures")) {
    if (entry.path().extension() == ".pcap") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto origin = file.parent_path().filename().string() + "-" + file.stem().string();
    const auto frames = frames_of(file);
    add_messages(corpus, origin, frames);
    add_windows(corpus, origin, frames);
  }
}

// --- texts

void add_dump(Corpus& corpus, const std::string& name, const std::string& text) {
  const auto* importer = importer::recognize(text);
  if (importer == nullptr || text.size() > kTextBytesMax) return;
  corpus.add("import-" + std::string{importer->name}, name, as_bytes(text));
  importer::Lines lines{text};
  Text json;
  state::append_document(json, importer->import(lines, {}).document);
  corpus.add("state-json", name, as_bytes(view(json)));
}

/// The same text as a terminal was sent it: what erases, moves, sets the title, or pages stands before each line in
/// turn.
std::string on_terminal(std::string_view text) {
  constexpr std::array<std::string_view, 12> kSent{
      "\x1B[K",         "x\x1B[1K",       "xy\b\x1B[0K",         "xyz\x1B[2J", "\x1B[1;31m",
      "\x1B]0;title\a", "\x1B]2;t\x1B\\", "--More-- \r      \r", "\x1B(B",     "x\b",
      "\x1B[?25l",      "\x1BM"};
  std::string out;
  std::size_t next = 0;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size() - 1);
    out += kSent.at(next++ % kSent.size());
    out += text.substr(from, end + 1 - from);
    from = end + 1;
  }
  return out;
}

constexpr std::array<std::string_view, 18> kSelectorForms{
    "192.168.1.0/24[icmp/8(0)]",  "10.0.0.5..10.0.0.9[tcp/1000-2000]",
    "192.168.1.0/24[udp/OPAQUE]", "dynamic[icmp/8]",
    "192.168.1.0/24[tcp/https]",  "fd00::/64[ipv6-icmp/128(0)]",
    "192.168.1.0/24[17]",         "dynamic",
    "192.168.1.0/24[icmp/8(x)]",  "192.168.1.0/24[https]",
    "192.168.1.0/24[6/443]",      "192.168.1.0/24[icmp/x]",
    "192.168.1.0/24[icmp/8 0]",   "192.168.1.0/24[icmp/8(0]",
    "192.168.1.0/24[tcp/1-x]",    "192.168.1.0/24[udp/0-65534]",
    "192.168.1.0/255.255.255.0",  "10.0.0.5..fd00::1"};

/// Its traffic selectors, each in a form of another kind, from form number `next` on.
std::string with_selectors(const std::string& text, std::size_t next) {
  static const std::regex kNetwork{"[0-9.]+/[0-9]+"};
  std::string out;
  auto from = text.begin();
  for (auto found = std::sregex_iterator(text.begin(), text.end(), kNetwork); found != std::sregex_iterator{};
       ++found) {
    out.append(from, (*found)[0].first).append(kSelectorForms.at(next++ % kSelectorForms.size()));
    from = (*found)[0].second;
  }
  return out.append(from, text.end());
}

void add_dumps(Corpus& corpus, const fs::path& source) {
  for (const auto& entry : fs::recursive_directory_iterator(source / "corpus/samples")) {
    if (!entry.is_regular_file()) continue;
    const auto name = entry.path().stem().string();
    const auto text = read_file(entry.path());
    add_dump(corpus, name, text);
    add_dump(corpus, name + "-terminal", on_terminal(text));
    if (!name.starts_with("swanctl")) continue;
    for (std::size_t form = 0; form < kSelectorForms.size(); form += 2) {
      add_dump(corpus, fmt::format("{}-selectors-{}", name, form), with_selectors(text, form));
    }
  }
  for (const auto& entry : fs::recursive_directory_iterator(source / "corpus/captures")) {
    const auto& path = entry.path();
    if (path.string().find(".sas.") == std::string::npos) continue;
    const auto folder = path.parent_path();
    const auto scenario = folder.parent_path().parent_path().filename().string();
    add_dump(corpus, scenario + "-" + folder.filename().string() + "-" + path.filename().string(), read_file(path));
  }
}

// --- what our encoders make

/// An event, and the message that says it in every encoding that has one.
void add_event(Corpus& corpus, const std::string& origin, const event::SyncEvent& event) {
  namespace ha = proto::strongswan_ha;
  const auto name = fmt::format("{}-{}", origin, event::name_of(kind_of(event)));
  Text json;
  append_json(json, event, {.show_secrets = true});
  corpus.add("event-json", name, as_bytes(view(json)));
  corpus.add("event-codec", name, as_bytes(view(json)));
  for (const auto layout :
       {ha::Layout::v1, ha::Layout::v2b, ha::Layout::v3a, ha::Layout::v3c, ha::Layout::v4, ha::Layout::v5}) {
    Writer out;
    if (!ha::encode_event(event, layout, proto::ByteOrder::little, out)) continue;
    corpus.add_message(*proto::find_protocol("strongswan-ha"), 1 + static_cast<std::uint32_t>(layout), origin,
                       out.view());
  }
  for (const auto* password : {"", "fuzz"}) {
    proto::DecodeOptions options;
    options.ha_password = password;
    proto::fgcp_sync::EventEncoder encoder{proto::fgcp_sync::make_state(options)};
    if (const auto bytes = encoder.encode(event)) {
      const auto from = *password == '\0' ? origin : origin + "-signed";
      corpus.add_message(*proto::find_protocol("fgcp-sync"), 0, from, *bytes);
    }
  }
}

/// Every kind of event with random fields: between them they have every field.
void add_random_events(Corpus& corpus) {
  constexpr unsigned kOfEachKind = 4;
  for (unsigned seed = 1; seed <= kOfEachKind; ++seed) {
    testing::RandomEvents random{seed};
    for (std::size_t kind = 0; kind < event::kKindCount; ++kind) {
      add_event(corpus, fmt::format("random-{}", seed), random.of_kind(static_cast<event::Kind>(kind)));
    }
  }
}

/// Each attribute of each layout alone in a message. A value of zeros has no length; some need a type or a family.
void add_attributes(Corpus& corpus) {
  namespace ha = proto::strongswan_ha;
  constexpr std::size_t kZeros = 64;
  struct Patch {
    std::size_t at;
    std::uint8_t value;
  };
  constexpr auto kPatches = std::to_array<Patch>({{3, 0}, {3 + 2, 2}, {3 + 2, 10}, {3, 7}, {3, 8}, {3 + 1, 4}});
  const auto protocol = *proto::find_protocol("strongswan-ha");
  for (std::uint32_t hint = 1; hint <= 8; ++hint) {
    for (unsigned number = 1; number < 50; ++number) {
      for (const auto& patch : kPatches) {
        Octets bytes(3 + kZeros);
        bytes[0] = ha::version_of(static_cast<ha::Layout>(hint - 1));
        bytes[1] = 2;
        bytes[2] = static_cast<std::uint8_t>(number);
        bytes[patch.at] = patch.value;
        ha::State state;
        ha::Message message;
        (void)ha::decode(bytes, hint, state, message);
        if (message.attributes.empty()) continue;
        const auto& first = message.attributes.front();
        const auto origin = fmt::format("attribute-{}", ha::attribute_name(first.name));
        corpus.add_message(protocol, hint, origin, Bytes{bytes}.first(2 + first.length));
      }
    }
  }
}

void add_heartbeats(Corpus& corpus) {
  const auto protocol = *proto::find_protocol("fgcp-heartbeat");
  Writer header;
  header.le(std::uint16_t{0x4711});
  header.u8(2);
  header.u8(0);
  header.padded(as_bytes("ha-lab"), 32);
  header.zeros(16);
  header.padded(as_bytes("port3"), 16);
  header.zeros(4);
  header.padded(as_bytes("FGT60E4Q16000001"), 16);
  // zlib streams of stored blocks: of no byte at all, and of one interface record.
  const Octets empty{0, 0, 0x78, 0x01, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01};
  const std::vector<std::pair<std::string, Octets>> tlvs{
      {"vcluster", {0x0B, 0, 1, 0, 1}},
      {"priority", {0x0C, 0, 1, 0, 200}},
      {"override", {0x0D, 0, 1, 0, 1}},
      {"unknown", {0x99, 1, 3, 0, 1, 2, 3}},
      {"end", {0, 0, 0, 0}},
      {"padding", {0, 0, 0, 0, 0, 0, 0}},
      {"wrong-length", {0x0C, 0, 2, 0, 1, 2}},
  };
  Octets whole(header.view().begin(), header.view().end());
  corpus.add_message(protocol, 0, "header-only", whole);
  for (const auto& [name, tlv] : tlvs) {
    auto bytes = Octets(header.view().begin(), header.view().end());
    bytes.insert(bytes.end(), tlv.begin(), tlv.end());
    corpus.add_message(protocol, 0, name, bytes);
  }
  Octets inventory{0x2A, 0, static_cast<std::uint8_t>(empty.size()), 0};
  inventory.insert(inventory.end(), empty.begin(), empty.end());
  Octets checksums{0x3C, 0, 48, 0};
  checksums.resize(4 + 48, 0x1A);
  for (const auto& [name, tlv] : {std::pair{"no-interfaces", inventory}, std::pair{"checksums", checksums}}) {
    auto bytes = Octets(header.view().begin(), header.view().end());
    bytes.insert(bytes.end(), tlv.begin(), tlv.end());
    corpus.add_message(protocol, 0, name, bytes);
    bytes.resize(bytes.size() + 32, 0xAA);
    for (const auto flags : std::to_array<std::uint8_t>({1, 2, 3})) {
      bytes[3] = flags;
      corpus.add_message(protocol, 0, fmt::format("{}-flags-{}", name, flags), bytes);
    }
  }
}

void add_frames_of_fgcp(Corpus& corpus) {
  const auto of = [](const char* name) { return *proto::find_protocol(name); };
  const Octets some{1, 2, 3, 4, 5, 6, 7, 8};
  corpus.add_message(of("fgcp-hc"), 0, "some-bytes", some);
  corpus.add_message(of("fgcp-hc"), 0, "empty", Bytes{});
  corpus.add_message(of("fgcp-session-sync"), 0, "some-bytes", some);
  corpus.add_message(of("fgcp-session-sync"), 0, "profinet", Octets{0x80, 0x00, 0, 0, 0, 0});
  const Octets ipv4{0x11, 0x47, 2,   0, 0x45, 0,   0,   24, 0x12, 0x34, 0x40, 0,    64,   17, 0,
                    0,    169,  254, 0, 1,    169, 254, 0,  2,    0xAB, 0xAB, 0xAB, 0xAB, 0,  0};
  corpus.add_message(of("fgcp-session"), 0, "ipv4", ipv4);
  corpus.add_message(of("fgcp-session"), 0, "header-only", Bytes{ipv4}.first(4));
  Octets ipv6{0x11, 0x47, 2, 0, 0x60, 0, 0, 0, 0, 4, 6, 64};
  ipv6.resize(ipv6.size() + 32, 0xFE);
  ipv6.resize(ipv6.size() + 4, 0xCD);
  corpus.add_message(of("fgcp-session"), 0, "ipv6", ipv6);
}

constexpr std::ptrdiff_t kIkeHeaderBytes = 28;

/// One IKE message with one payload.
Octets ike_message(std::uint8_t version, std::uint8_t payload, const Octets& body) {
  Writer out;
  for (std::uint8_t i = 1; i <= 16; ++i) out.u8(i);
  out.u8(payload);
  out.u8(version);
  out.u8(version == 0x20 ? 37 : 5);
  out.u8(version == 0x20 ? 0x08 : 0);
  out.be(std::uint32_t{7});
  out.be(static_cast<std::uint32_t>(kIkeHeaderBytes + 4 + body.size()));
  out.be(std::uint16_t{0});
  out.be(static_cast<std::uint16_t>(4 + body.size()));
  out.bytes(body);
  return std::move(out).take();
}

Octets tagged(std::initializer_list<unsigned> head, std::size_t zeros) {
  Octets body;
  for (const auto byte : head) body.push_back(static_cast<std::uint8_t>(byte));
  body.resize(head.size() + zeros);
  return body;
}

/// Payloads of every type with values of several sizes, notifications of every number that has a name, transforms and
/// attributes of every type. fuzz/seeds.sh keeps those that differ.
void add_ike(Corpus& corpus) {
  const auto protocol = *proto::find_protocol("ike");
  const auto add = [&](std::uint8_t version, unsigned type, const std::string& name, const Octets& body) {
    const auto message = ike_message(version, static_cast<std::uint8_t>(type), body);
    const auto label = fmt::format("v{}-{}-{}", version >> 4U, name, body.size());
    corpus.add_as(protocol, 0, label, message);
    // The payload alone is what stands inside SK.
    auto plain = message;
    plain.erase(plain.begin(), plain.begin() + kIkeHeaderBytes - 2);
    plain[0] = static_cast<std::uint8_t>(type);
    plain[1] = version == 0x10 ? 1 : 0;
    corpus.add("ike-plain", label, plain);
  };
  for (unsigned type = 1; type < 140; ++type) {
    for (const auto size : std::to_array<std::size_t>({0, 4, 8, 12, 16, 20, 24})) {
      for (const auto first : std::to_array<unsigned>({0, 1, 2, 3, 4, 5, 7, 8, 9, 11})) {
        const auto body = tagged({first, 1, 0, 8}, size);
        const auto name = fmt::format("payload-{}-{}", type, first);
        add(type < 33 || type > 127 ? 0x10 : 0x20, type, name, body);
      }
    }
  }
  const auto notify = [&](unsigned number) {
    for (const auto size : std::to_array<std::size_t>({0, 1, 2, 4, 8, 12, 16})) {
      const auto high = number >> 8U;
      add(0x20, 41, fmt::format("notify-{}", number), tagged({0, 0, high, number & 0xFFU, 0, 1}, size));
      add(0x10, 11, fmt::format("notify-{}", number), tagged({0, 0, 0, 1, 1, 0, high, number & 0xFFU}, size));
    }
  };
  for (unsigned number = 1; number < 50; ++number) notify(number);
  for (unsigned number = 16384; number < 16450; ++number) notify(number);
  for (const unsigned number : {24576U, 24577U, 24578U, 36136U, 36137U, 40000U}) notify(number);
  for (unsigned type = 0; type < 14; ++type) {
    for (unsigned id = 0; id < 40; ++id) {
      // A proposal with one transform, which has one attribute.
      add(0x20, 33, fmt::format("transform-{}-{}", type, id),
          tagged({0, 0, 0, 20, 1, 3, 0, 1, 0, 0, 0, 12, type, 0, 0, id, 0x80, 14, 1, 0}, 0));
      add(0x10, 1, fmt::format("attribute-{}-{}", type, id),
          tagged({0,          0,      0, 1, 0, 0, 0,  1, 0,          0, 0, 20,   1,
                  1 + id % 4, 0,      1, 0, 0, 0, 12, 1, 1 + id % 4, 0, 0, 0x80, type + (id / 20) * 14,
                  0,          id % 20},
                 0));
      add(0x20, 47, fmt::format("configuration-{}-{}", type, id), tagged({1, 0, 0, 0, 0, id, 0, type}, type));
    }
  }
}

/// The annotated examples of the pages: sasyncd's frames, their plaintexts, and pfsync.
void add_openbsd(Corpus& corpus) {
  for (const auto& example : test::kSasyncdExamples) {
    const std::string name{example.name};
    corpus.add_message(*proto::find_protocol("sasyncd"), 0, name, example.frame_bytes());
    auto plain = example.plain_bytes();
    plain.insert(plain.begin(), plain.size() == proto::sasyncd::kControlBytes ? 0 : 1);
    corpus.add("sasyncd-plain", name, plain);
  }
  const proto::sasyncd::Sender sender{.cipher = proto::sasyncd::Cipher{as_bytes(fuzz::kSasyncdKey)},
                                      .hasher = {},
                                      .next_iv = [] { return std::array<std::uint8_t, proto::sasyncd::kIvBytes>{}; }};
  for (auto& seed : fuzz::pfkey_seeds()) {
    Writer frame;
    proto::sasyncd::seal(proto::sasyncd::FrameType::pfkey, seed.bytes, sender, frame);
    corpus.add_as(*proto::find_protocol("sasyncd"), 0, "pfkey-" + seed.name, frame.view());
    seed.bytes.insert(seed.bytes.begin(), 1);
    corpus.add("sasyncd-plain", "pfkey-" + seed.name, seed.bytes);
  }
  for (const auto& example : test::kPfsyncExamples) {
    const auto bytes = example.bytes();
    corpus.add_message(*proto::find_protocol("pfsync"), 0, std::string{example.name}, bytes);
    // As the pseudo-interface shows it: without an IP header.
    for (const auto link : {net::LinkType::pfsync, net::LinkType::pfsync_openbsd}) {
      const auto option = std::ranges::find(fuzz::kLinkTypes, link) - fuzz::kLinkTypes.begin();
      const auto frames = fuzz::frame_list(static_cast<std::uint8_t>(option), {bytes});
      const auto name = fmt::format("pfsync-link-{}-{}", option, example.name);
      for (const auto* target : {"frames", "link"}) corpus.add(target, name, frames);
    }
  }
}

// --- generated lives

void add_life(Corpus& corpus, const std::string& name, const generate::Settings& settings) {
  constexpr std::size_t kFramesMax = 120;
  Frames frames;
  std::set<event::Kind> kinds;
  generate::Sinks sinks;
  sinks.event = [&](const event::SyncEvent& event, Bytes) {
    if (kinds.insert(kind_of(event)).second) add_event(corpus, name, event);
    return true;
  };
  sinks.frame = [&](const Timestamp&, Bytes frame) {
    frames.emplace_back(frame.begin(), frame.end());
    return frames.size() < kFramesMax;
  };
  Frames outside;
  sinks.outside = [&](const Timestamp&, Bytes frame) {
    if (outside.size() < kFramesMax) outside.emplace_back(frame.begin(), frame.end());
    return true;
  };
  const std::atomic<bool> stop{false};
  generate::generate(settings, sinks, stop);
  add_messages(corpus, name, frames);
  add_messages(corpus, name + "-outside", outside);
  add_windows(corpus, name + "-outside", outside);
  add_windows(corpus, name, frames, settings.ha_password.empty() ? std::uint8_t{0} : std::uint8_t{0x10});
}

void add_lives(Corpus& corpus, const fs::path& source) {
  for (const auto& entry : fs::directory_iterator(source / "corpus/scenarios")) {
    const auto text = read_file(entry.path());
    const auto name = entry.path().stem().string();
    corpus.add("scenario", name, as_bytes(text));
    if (const auto settings = generate::read_scenario(text)) add_life(corpus, name, *settings);
  }
  for (const auto* layout : {"1", "2a", "2b", "3a", "3b", "3c", "4", "5"}) {
    generate::Settings settings;
    settings.protocol = generate::Protocol::strongswan_ha;
    settings.tunnels = 2;
    settings.layout = *proto::strongswan_ha::find_layout(layout);
    if (contradiction(settings).empty()) add_life(corpus, std::string{"layout-"} + layout, settings);
  }
  generate::Settings settings;
  settings.tunnels = 3;
  settings.ike = generate::IkeChoice::mixed;
  settings.encapsulate = true;
  settings.ha_password = "fuzz";
  add_life(corpus, "encapsulated-signed", settings);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: fuzz_seeds SOURCE OUT\n");
    return 2;
  }
  const fs::path source = argv[1];
  Corpus corpus{argv[2]};
  add_captures(corpus, source);
  add_dumps(corpus, source);
  add_attributes(corpus);
  add_heartbeats(corpus);
  add_frames_of_fgcp(corpus);
  add_openbsd(corpus);
  add_ike(corpus);
  add_lives(corpus, source);
  add_random_events(corpus);
  for (const auto& seed : fuzz::life_seeds()) corpus.add(seed.target, seed.name, seed.bytes);
  for (const auto& seed : fuzz::link_seeds()) corpus.add(seed.target, seed.name, seed.bytes);
  for (const auto& seed : fuzz::message_seeds()) {
    corpus.add_as(*proto::find_protocol(seed.protocol), seed.hint, seed.name, seed.bytes);
  }
  return 0;
}
