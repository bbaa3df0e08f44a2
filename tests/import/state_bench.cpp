// How fast and in how much memory large state documents and dumps are read; run by hand,
// one measurement a process, because the peak of the memory is the process's:
//
//   state_bench DIRECTORY make 1000000   writes state.json, fortios.txt, swanctl.txt and xfrm.txt there
//   state_bench DIRECTORY state.json     reads it, writes it to /dev/null
//   state_bench DIRECTORY xfrm.txt       imports it
//
// SAS is the number of IKE SAs of state.json, each with a child; the dumps have about 200 MB.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <random>

#include "sasync/import/importer.hpp"
#include "sasync/state/document_json.hpp"

using namespace sasync;

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode), std::fclose);
  if (!file) std::perror(path.c_str()), std::exit(2);
  return file;
}

std::string address(std::size_t i) {
  return fmt::format("{}.{}.{}.{}", 11 + (i >> 24U), i >> 16U & 255U, i >> 8U & 255U, i & 255U);
}

class Random {
 public:
  std::string hex(std::size_t octets) {
    std::string digits;
    for (std::size_t i = 0; i < octets; i += 4) digits += fmt::format("{:08x}", static_cast<std::uint32_t>(bits_()));
    return digits;
  }

 private:
  std::mt19937_64 bits_{1};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same files every time
};

std::string ike_sa_json(Random& random, std::size_t i) {
  return fmt::format(
      R"({{"name":"branch_{0}","version":2,"initiator_spi":"{1}","responder_spi":"{2}","initiator":false,)"
      R"("state":"passive","local":{{"address":"10.0.0.10","port":4500,"id":"gw@cluster.example"}},)"
      R"("remote":{{"address":"{3}","port":4500,"id":"branch{0}@remote.example"}},"encryption":"aes-cbc-128",)"
      R"("integrity":"hmac-sha2-256-128","prf":"prf-hmac-sha2-256","dh_group":"ecp-256",)"
      R"("message_id":{{"send":3,"receive":2}},"virtual_ips":[],"dialup":false,"interface":"",)"
      R"("child_sas":[{{"name":"net-{0}","state":"installed","spi_in":"{4}","spi_out":"{5}","protocol":"esp",)"
      R"("mode":"tunnel","encapsulation":"udp","encryption":"aes-cbc-128","integrity":"hmac-sha2-256-128",)"
      R"("dh_group":"","esn":false,"local_ts":["192.168.1.0/24"],"remote_ts":["{3}/32"],"seq_out":"{0}",)"
      R"("replay":{{"window":64,"last":"{0}"}},"mtu":1024}}]}})",
      i, random.hex(8), random.hex(8), address(i), random.hex(4), random.hex(4));
}

std::string fortios_tunnel(Random& random, std::size_t i) {
  return fmt::format(
      "------------------------------------------------------\n"
      "name=RA_{0} ver=2 serial={0:x} 203.0.113.129:4500->{1}:41230 tun_id={1} tun_id6=::10.0.0.14 dst_mtu=1500 "
      "dpd-link=on weight=1\nbound_if=10 lgwy=static/1 tun=intf mode=dial_inst/3 encap=none/8872 options[22a8]=npu "
      "rgwy-chg frag-rfc  run_state=0 role=primary accept_traffic=1 overlay_id=0\n\nparent=RA index={0}\n"
      "proxyid_num=1 child_num=0 refcnt=4 ilast=3 olast=2 ad=/0\nstat: rxp={0} txp={0} rxb={0} txb={0}\n"
      "dpd: mode=on-idle on=1 idle=20000ms retry=3 count=0 seqno=121\n"
      "natt: mode=keepalive draft=32 interval=10 remote_port=41230\nfec: egress=0 ingress=0\n"
      "proxyid=RA proto=0 sa=1 ref=2 serial=1 add-route\n  src: 0:0.0.0.0-255.255.255.255:0\n  dst: 0:{1}-{1}:0\n"
      "  SA:  ref=3 options=18227 type=00 soft=0 mtu=1422 expire=41781/0B replaywin=2048\n"
      "       seqno={0:x} esn=0 replaywin_lastseq={0:08x} qat=0 rekey=0 hash_search_len=1\n"
      "  life: type=01 bytes=0/0 timeout=43189/43200\n"
      "  dec: spi={2} esp=aes key=32 {3}\n       ah=sha256 key=32 {4}\n"
      "  enc: spi={5} esp=aes key=32 {6}\n       ah=sha256 key=32 {7}\n"
      "  dec:pkts/bytes={0}/{0}, enc:pkts/bytes={0}/{0}\n"
      "  npu_flag=00 npu_rgwy={1} npu_lgwy=203.0.113.129 npu_selid=11 dec_npuid=0 enc_npuid=0\n",
      i, address(i), random.hex(4), random.hex(32), random.hex(32), random.hex(4), random.hex(32), random.hex(32));
}

std::string swanctl_event(Random& random, std::size_t i) {
  return fmt::format(
      "list-sa event {{dialup {{uniqueid={0} version=2 state=ESTABLISHED local-host=10.0.0.10 local-port=4500 "
      "local-id=gw.cluster.example remote-host={1} remote-port=4500 remote-id=client{0}.branch.example "
      "initiator-spi={2} responder-spi={3} nat-remote=yes nat-any=yes encr-alg=AES_CBC encr-keysize=128 "
      "integ-alg=HMAC_SHA2_256_128 prf-alg=PRF_HMAC_SHA2_256 dh-group=CURVE_25519 established=3 rekey-time=13409 "
      "child-sas {{lan-{0} {{name=lan uniqueid={0} reqid={0} state=INSTALLED mode=TUNNEL protocol=ESP encap=yes "
      "spi-in={4} spi-out={5} encr-alg=AES_GCM_16 encr-keysize=128 bytes-in={0} packets-in={0} bytes-out={0} "
      "packets-out={0} rekey-time=3289 life-time=3957 install-time=3 local-ts=[192.168.1.0/24] "
      "remote-ts=[{1}/32]}}}}}}}}\n",
      i, address(i), random.hex(8), random.hex(8), random.hex(4), random.hex(4));
}

std::string xfrm_record(Random& random, std::size_t i, bool out) {
  const std::string local = "192.0.2.10";
  const auto remote = address(i);
  return fmt::format(
      "src {} dst {}\n\tproto esp spi 0x{}(1) reqid {}(0x00000007) mode tunnel\n"
      "\treplay-window 32 seq 0x00000000 flag af-unspec (0x00100000)\n\tauth-trunc hmac(sha256) 0x{} (256 bits) 128\n"
      "\tenc cbc(aes) 0x{} (128 bits)\n\tanti-replay context: seq 0x{:x}, oseq 0x{:x}, bitmap 0x00000000\n"
      "\tlifetime config:\n\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n"
      "\t  limit: soft (INF)(packets), hard (INF)(packets)\n\t  expire add: soft 3294(sec), hard 3960(sec)\n"
      "\t  expire use: soft 0(sec), hard 0(sec)\n\tlifetime current:\n\t  {}(bytes), {}(packets)\n"
      "\t  add 2026-09-10 03:52:25 use 2026-09-10 03:52:37\n\tstats:\n\t  replay-window 0 replay 0 failed 0\n",
      out ? local : remote, out ? remote : local, random.hex(4), i, random.hex(32), random.hex(16), out ? 0 : i + 1,
      out ? i + 1 : 0, i, i);
}

template <class Make>
void write_lines(const std::string& path, const std::string& head, std::size_t count, Make&& make) {
  const auto file = open(path, "wb");
  std::fputs(head.c_str(), file.get());
  Random random;  // NOLINT(misc-const-correctness): a maker changes it
  for (std::size_t i = 0; i < count; ++i) std::fputs(make(random, i).c_str(), file.get());
}

void make_files(const std::string& directory, std::size_t sas) {
  write_lines(directory + "/state.json", R"({"format":"sasync-state/1","members":[{"name":"B","ike_sas":[)", sas,
              [&](Random& random, std::size_t i) { return ike_sa_json(random, i) + (i + 1 == sas ? "]}]}\n" : ","); });
  write_lines(directory + "/fortios.txt", "list all ipsec tunnel in vd 0\n", 130'000, fortios_tunnel);
  write_lines(directory + "/swanctl.txt", "", 255'000, swanctl_event);
  write_lines(directory + "/xfrm.txt", "", 270'000,
              [](Random& random, std::size_t i) { return xfrm_record(random, i / 2, i % 2 == 0); });
}

class Stopwatch {
 public:
  void report(const char* what, double megabytes) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin_;
    const auto cpu = static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("{}: {:.0f} MB, {:.2f} s (CPU {:.2f} s, {:.0f} MB/s), peak {} MiB\n", what, megabytes, wall.count(), cpu,
               megabytes / cpu,
               usage.ru_maxrss / 1024  // NOLINT(cppcoreguidelines-pro-type-union-access): how glibc has it
    );
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();
};

void read_state(std::FILE* file, const state::TextSource& source) {
  const Stopwatch read;
  const auto document = state::read_document(source);
  if (!document) std::fputs(describe(document.error()).c_str(), stderr), std::exit(1);
  read.report("read", static_cast<double>(std::ftell(file)) / 1e6);
  std::size_t ike = 0;
  for (const auto& member : document->members) ike += member.ike_sas ? member.ike_sas->size() : 0;
  fmt::print("{} IKE SAs; {} bytes each, {} bytes a child, {} MiB of text\n", ike, sizeof(state::IkeSa),
             sizeof(state::ChildSa), document->texts->bytes() >> 20U);
  const auto out = open("/dev/null", "wb");
  double bytes = 0;
  const Stopwatch write;
  state::write_document(*document, [&](std::string_view piece) {
    bytes += static_cast<double>(piece.size());
    return std::fwrite(piece.data(), 1, piece.size(), out.get()) == piece.size();
  });
  write.report("write", bytes / 1e6);
}

void import_dump(std::FILE* file, const state::TextSource& source) {
  std::string beginning(importer::kRecognizeBytes, '\0');
  beginning.resize(std::fread(beginning.data(), 1, beginning.size(), file));
  const auto* importer = importer::recognize(beginning);
  if (importer == nullptr) std::fputs("no known dump\n", stderr), std::exit(1);
  if (std::fseek(file, 0, SEEK_SET) != 0) std::perror("seek"), std::exit(1);
  const Stopwatch stopwatch;
  importer::Lines lines(source);
  const auto imported = importer->import(lines, {});
  stopwatch.report(std::string(importer->name).c_str(), static_cast<double>(std::ftell(file)) / 1e6);
  fmt::print("{} lines, {} not understood, {} IKE SAs\n", imported.lines, imported.not_understood_count,
             imported.document.members.at(0).ike_sas->size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: state_bench DIRECTORY make SAS | FILE\n", stderr), 2;
  const std::string directory = argv[1];
  const std::string what = argv[2];
  if (what == "make") return make_files(directory, argc > 3 ? std::stoul(argv[3]) : 1'000'000), 0;
  const auto file = open(directory + "/" + what, "rb");
  const state::TextSource source = [&](std::span<char> into) {
    return std::fread(into.data(), 1, into.size(), file.get());
  };
  if (what.ends_with(".json"))
    read_state(file.get(), source);
  else
    import_dump(file.get(), source);
  return 0;
}
