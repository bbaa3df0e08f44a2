// Input that no gateway printed: cut, mixed up, binary. Nothing is fatal, nothing is lost without being counted.

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>

#include "import/samples.hpp"
#include "import/show.hpp"
#include "sasync/state/document_json.hpp"

using namespace sasync;
using test::import_text;
using test::sample;

namespace {

std::uint32_t seed() {
  const char* given = std::getenv("SASYNC_SEED");  // NOLINT(concurrency-mt-unsafe): the tests have one thread
  return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10)) : 1U;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// Whatever was imported can be written, and reads back as it is.
void check_document(const importer::Imported& imported) {
  Text json;
  state::append_document(json, imported.document);
  const auto read = state::read_document(view(json));
  BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : describe(read.error())));
  BOOST_REQUIRE(imported.not_understood.size() <= imported.not_understood_count);
  BOOST_REQUIRE(imported.not_understood_count <= imported.lines);
}

void import_with_all(std::string_view text) {
  for (const auto& importer : importer::importers()) {
    importer::Lines lines(text);
    check_document(importer.import(lines, {}));
  }
}

/// From the last place where one of these stands.
std::string_view from_last(std::string_view text, std::initializer_list<std::string_view> begins) {
  std::size_t at = 0;
  for (const auto begin : begins) {
    const auto found = text.rfind(begin);
    if (found != std::string_view::npos) at = std::max(at, found);
  }
  return text.substr(at);
}

bool ends_in_hex(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return false;
  return text.substr(text.size() - digits).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Whether a swanctl list that ends with this SA may be all of it.
bool may_end_plain(std::string_view text) {
  const auto sa = from_last(text, {"\n  net-net: #", "\n  rw: #", "\nrw: #", "\nhalf: #", "gw-gw: #"});
  const auto last = from_last(sa, {"\n"});
  if (sa.starts_with("\n  ")) {
    const bool is_whole = last.ends_with("10.2.0.0/16") || last.ends_with("10.3.0.4/32");
    return sa.contains("    remote ") && (is_whole || last == "\n");
  }
  if (sa.contains("CONNECTING")) return sa.contains("  remote '") && (sa.contains(".9[500]"));
  return sa.contains("  established ") && !last.starts_with("\n  local") && !last.starts_with("\n  remote");
}

/// Whether a text that is cut there may be a whole one, because nothing has to follow: read from the layouts.
bool may_end(const std::string& name, std::string_view text) {
  text = text.substr(0, text.find_last_not_of(" \t\n") + 1);
  const auto last = from_last(text, {"\n"});
  if (last.contains(" # ") || text.starts_with(last)) return true;  // the command itself
  if (name.contains("ike-stats")) return true;                      // as many counters as there are
  if (name.contains("tunnel-summary")) return last.contains(" tx(pkt,err): ") && last.rfind('/') > last.rfind(':');
  if (name.contains("gateway-list")) {
    if (last.starts_with("\n  DPD sent/recv: ")) return last[last.size() - 9] == '/' && ends_in_hex(last, 8);
    const bool ended = last.starts_with("\n  lifetime/rekey: ") && sample(name)[text.size()] == '\n';
    return ended || last.starts_with("\n  peer-id: ") ||
           (last.contains("status: connecting") && last.ends_with(" ago"));
  }
  if (name.contains("vpn-tunnel-list")) {
    const bool traffic = last.contains("dec:pkts/bytes=") && last.contains(" enc:pkts/bytes=");
    const bool without_sa = name.contains("missing-one") && last.starts_with("\n  dst:");
    return last.starts_with("\nlist ") || traffic || last.starts_with("\n  npu_flag") || without_sa ||
           last.starts_with("\nrun_tally=");
  }
  if (name.contains("ha-status")) return text.size() + 80 > sample(name).size();  // in the line of the last member
  if (name.contains("ip-")) {
    const auto record = from_last(text, {"\nsrc "});
    if (name.contains("ip-s")) return record.contains(" failed ");
    const auto bitmap = record.find("bitmap 0x");
    const bool context = bitmap != std::string_view::npos && record.size() >= bitmap + 17;
    const bool in_selector = last.starts_with("\n\tsel ") && !last.contains(" dst ");
    return (context || record.contains("00000000 00000000 00000000 00000000")) && !in_selector;
  }
  if (name.contains("setkey")) return text.contains("sadb_seq=0");
  if (name.contains("ipsecctl")) {
    if (!text.contains("SAD:")) return false;
    if (!text.contains("esp tunnel")) return true;
    const auto record = from_last(text, {"\nesp tunnel"});
    const bool is_first = text.find("\nesp tunnel") == text.rfind("\nesp tunnel");
    return is_first ? record.contains("address_dst: 192.0.2.") || record.ends_with("enc aes-256")
                    : record.contains("counter:");
  }
  if (name.ends_with("list-sas.txt")) return may_end_plain(text);
  return text.size() + 1 == sample(name).size();  // only the last line's end is not there
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(a_dump_that_is_cut_says_so) {
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    const auto* importer = importer::recognize(text);
    std::size_t unseen = 0;
    for (std::size_t n = 1; n < text.size(); ++n) {
      const auto part = std::string_view(text).substr(0, n);
      importer::Lines lines(part);
      const auto imported = importer->import(lines, {});
      const bool seen = imported.damaged || imported.not_understood_count != 0;
      if (!seen) ++unseen;
      BOOST_REQUIRE_MESSAGE(seen || may_end(name, part), name << " cut at " << n << ": " << from_last(part, {"\n"}));
    }
    // Where it may end is not everywhere.
    if (!name.contains("ike-stats")) BOOST_TEST(unseen <= text.size() / 4, name << " " << unseen);
  }
}

// A number that is cut is no number: what is compared afterwards is what the whole dump says, or nothing.
BOOST_AUTO_TEST_CASE(a_line_that_is_cut_gives_no_value) {
  const auto cut_behind = [](const std::string& name, std::string_view behind) {
    const auto text = sample(name);
    const auto at = text.find(behind);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    importer::Lines lines(std::string_view(text).substr(0, at + behind.size()));
    return importer::recognize(text)->import(lines, {}).document;
  };
  const auto setkey = cut_behind("linux/setkey-D.txt", "allocated: 10");
  BOOST_TEST(!setkey.members[0].ike_sas->at(0).child_sas->at(0).packets_out.has_value());
  const auto xfrm = cut_behind("linux/ip-s-xfrm-state-4sa.txt", "oseq 0x2f");
  BOOST_TEST(!xfrm.members[0].ike_sas->at(0).child_sas->at(0).seq_out.has_value());
  const auto raw = cut_behind("linux/swanctl-list-sas-raw.txt", "integ-alg=HMAC_SHA2");
  BOOST_TEST(!raw.members[0].ike_sas->at(0).integrity.present());
  BOOST_TEST(!raw.members[0].ike_sas->at(0).virtual_ips.present());
  BOOST_TEST(!raw.members[0].ike_sas->at(0).child_sas.has_value());
  const auto plain = cut_behind("linux/swanctl-list-sas.txt", "in  c9a1f003,  84000 bytes,  10");
  BOOST_TEST(!plain.members[0].ike_sas->at(0).child_sas->at(0).packets_in.has_value());
  const auto selector = cut_behind("linux/swanctl-list-sas.txt", "remote 10.2.0.0/1");
  BOOST_TEST(!selector.members[0].ike_sas->at(0).child_sas->at(0).remote_ts.present());
  const auto tunnel = cut_behind("fortios/7x-vpn-tunnel-list-primary.txt", "seqno=51");
  BOOST_TEST(!tunnel.members[0].ike_sas->at(0).child_sas->at(0).seq_out.has_value());
  const auto gateway = cut_behind("fortios/6x-ike-gateway-list-primary.txt", "lifetime/rekey: 864");
  BOOST_TEST(!gateway.members[0].ike_sas->at(0).lifetime_seconds.has_value());
}

// The end of a line may get lost when text is pasted: that alone is no damage.
BOOST_AUTO_TEST_CASE(the_last_line_needs_no_end) {
  for (const auto& name : test::sample_names()) {
    auto text = sample(name);
    while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
    const auto whole = import_text(sample(name));
    const auto imported = import_text(text);
    BOOST_TEST((imported.document == whole.document), name);
    BOOST_TEST(imported.not_understood_count == 0U, name);
    BOOST_TEST(!imported.damaged, name);
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_sample_gives_what_stands_in_it) {
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    const auto* importer = importer::recognize(text);
    const auto shown_by_lines = [&](std::string_view part) {
      importer::Lines lines(part);
      const auto imported = importer->import(lines, {});
      // Only the line that is cut can be without a meaning.
      BOOST_REQUIRE_MESSAGE(imported.not_understood_count <= 1, name << " of " << part.size());
      if (imported.not_understood_count == 1) BOOST_REQUIRE(imported.not_understood[0].line == imported.lines);
      check_document(imported);
    };
    const std::size_t step = text.size() > 4000 ? 7 : 1;
    for (std::size_t n = 0; n < text.size(); n += step) shown_by_lines(std::string_view(text).substr(0, n));
  }
}

BOOST_AUTO_TEST_CASE(lines_missing_doubled_and_swapped) {
  std::mt19937 random(seed());
  BOOST_TEST_MESSAGE("SASYNC_SEED=" << seed());
  for (const auto& name : test::sample_names()) {
    const auto lines = split(sample(name));
    for (int round = 0; round < 60; ++round) {
      auto damaged = lines;
      for (auto changes = 1 + random() % 4; changes != 0 && !damaged.empty(); --changes) {
        const auto at = static_cast<std::ptrdiff_t>(random() % damaged.size());
        switch (random() % 3) {
          case 0:
            damaged.erase(damaged.begin() + at);
            break;
          case 1:
            damaged.insert(damaged.begin() + at, damaged[random() % damaged.size()]);
            break;
          default:
            std::swap(damaged[static_cast<std::size_t>(at)], damaged[random() % damaged.size()]);
        }
      }
      std::string text;
      for (const auto& line : damaged) text += line;
      importer::Lines in(text);
      const auto* importer = importer::recognize(sample(name));
      check_document(importer->import(in, {}));
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_changed_at_random) {
  constexpr std::string_view kCommon{"\0\n =:/,[]{}'-", 13};
  std::mt19937 random(seed());
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    for (int round = 0; round < 40; ++round) {
      auto damaged = text;
      for (auto changes = 1 + random() % 20; changes != 0; --changes) {
        const auto c = random() % 4 == 0 ? static_cast<char>(random()) : kCommon[random() % kCommon.size()];
        damaged[random() % damaged.size()] = c;
      }
      importer::Lines in(damaged);
      check_document(importer::recognize(text)->import(in, {}));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_dump_of_another_kind_is_not_understood_and_all_of_it_is_counted) {
  const auto text = sample("fortios/6x-ike-gateway-list-primary.txt");
  importer::Lines lines(text);
  const auto imported = importer::find_importer("xfrm")->import(lines, {});
  const auto blank = static_cast<std::size_t>(std::ranges::count(split(text), std::string("\n")));
  BOOST_TEST(imported.not_understood_count == imported.lines - blank);
  BOOST_TEST(imported.document.members[0].ike_sas->empty());
}

BOOST_AUTO_TEST_CASE(garbage_is_only_garbage) {
  std::mt19937 random(seed());
  std::string garbage(200'000, '\0');
  for (auto& c : garbage) c = static_cast<char>(random());
  import_with_all(garbage);
  import_with_all("");
  import_with_all("\n\n\n");
  import_with_all(std::string(100, '\0'));
  import_with_all(std::string("ab\0cd: e=f\0\n", 12));
  import_with_all("\r\r\r\r");
  import_with_all(std::string(5'000, '{') + std::string(5'000, '}'));
}

BOOST_AUTO_TEST_CASE(one_line_of_10_mb) {
  const auto many = [](char c) { return std::string{}.append(10'000'000, c); };
  for (const char c : {'x', ' ', '=', '\r', '\b', '\0', '-'}) {
    const auto text = sample("linux/ip-xfrm-state-4sa.txt") + many(c) + "\n";
    const auto imported = import_text(text);
    BOOST_TEST(imported.document.members[0].ike_sas->size() == 3U);
    BOOST_TEST(imported.not_understood_count <= 1U);
    for (const auto& remark : imported.not_understood) BOOST_TEST(remark.text.size() <= importer::kRemarkBytesMax);
  }
  import_with_all("list-sa event {" + many('{'));
  import_with_all("list-sa event {a {" + std::string(3'000'000, ' '));
}

// One item repeated without end must cost time in proportion only.
BOOST_AUTO_TEST_CASE(many_of_the_same_are_no_trap) {
  const auto repeated = [](std::string head, std::string_view line, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) head.append(line);
    return head;
  };
  constexpr std::size_t kTimes = 100'000;
  check_document(import_text(repeated("vd: root/0\nname: a\n", "x: y\n", kTimes)));
  check_document(
      import_text(repeated("vd: root/0\nname: a\n", "id/spi: 1 1111111111111111/2222222222222222\n", kTimes)));
  check_document(import_text(
      repeated("list all ipsec tunnel in vd 0\n", "name=a ver=1\nproxyid=b proto=0 sa=1\nSA: ref=1\n", kTimes)));
  check_document(import_text(repeated("HQ # diagnose\n", "'a' 10.0.0.1:0  selectors(total,up): 1/1\n", kTimes)));
  check_document(
      import_text(repeated("", "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000001 reqid 0 mode tunnel\n", kTimes)));
  std::string many;
  for (std::size_t i = 0; i < kTimes; ++i) {
    many += (i % 2 == 0 ? "src 10.0.0.1 dst 10.0.0.2" : "src 10.0.0.2 dst 10.0.0.1") +
            fmt::format("\n\tproto esp spi 0x{:08x} reqid 0 mode tunnel\n", i);
  }
  const auto imported = import_text(many);
  BOOST_TEST(imported.document.members[0].ike_sas->at(0).child_sas->size() == kTimes / 2);
}

// Text of a dump is kept as it came, whatever it would do to a terminal or to JSON.
BOOST_AUTO_TEST_CASE(text_values_are_kept_as_they_are) {
  const auto imported =
      import_text("vd: root/0\nname: b\xFF\x01\"\\ranch\n  id/spi: 1 1111111111111111/2222222222222222\n");
  const auto& sa = imported.document.members[0].ike_sas->at(0);
  BOOST_TEST((sa.name == std::string_view{"b\xFF\x01\"\\ranch"}));
  check_document(imported);
}

// No digit of a key that a sample holds may show up anywhere.
BOOST_AUTO_TEST_CASE(no_key_is_stored_unless_asked_for) {
  for (const auto& name : test::sample_names()) {
    const auto text = sample(name);
    Text json;
    state::append_document(json, import_text(text).document);
    const auto written = view(json);
    for (const auto& line : split(text)) {
      auto rest = std::string_view(line);
      const bool has_key = rest.contains("key=") || rest.contains("SK_") || rest.contains("  key:") ||
                           rest.contains("enc ") || rest.contains("auth-trunc") || rest.contains("aead") ||
                           rest.contains("\tE:") || rest.contains("\tA:");
      if (!has_key) continue;
      for (std::size_t at = 0; at + 16 <= rest.size(); ++at) {
        const auto digits = rest.substr(at, 16);
        if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) continue;
        BOOST_REQUIRE_MESSAGE(!written.contains(digits), name << ": " << digits);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
