// make_captures DIRECTORY: writes the captures of corpus/captures/openbsd. Nothing in them comes from an OpenBSD
// system: the sasyncd frames and pfsync messages are the pages' examples, the TCP segments, packets and times around
// them are made here. A test holds the captures of the corpus against what this writes.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "sasync/capture/capture_writer.hpp"
#include "sasync/net/frame_writer.hpp"
#include "support/openbsd_examples.hpp"

namespace {

using namespace sasync;
using test::pfsync_example;
using test::sasyncd_example;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint16_t kMasterPort = 49'152;
constexpr std::uint16_t kSasyncdPort = 500;
constexpr std::uint8_t kPfsync = 240;
constexpr std::uint32_t kMasterFirst = 0xFFFF'FF00;  // the sequence number wraps in the snapshot
constexpr std::uint32_t kSlaveFirst = 1000;

net::Station station(std::uint8_t number) {
  const Octets mac{0x02, 0, 0, 0, 0, number};
  const Octets address{192, 168, 254, number};
  return {.mac = net::MacAddress::from(mac), .address = net::IpAddress::from(address)};
}

class Maker {
 public:
  explicit Maker(const std::filesystem::path& file) {
    std::filesystem::create_directories(file.parent_path());
    auto created = capture::CaptureWriter::create(file.string());
    if (!created) throw std::runtime_error(created.error());
    writer_.emplace(std::move(*created));
  }
  void finish() {
    if (const auto done = writer_->commit(); !done) throw std::runtime_error(done.error());
  }

  void wait(std::int64_t microseconds) { now_us_ += microseconds; }

  void master(std::uint8_t control, std::size_t at, const Octets& bytes = {}) {
    tcp(1, 2, kMasterPort, kSasyncdPort, kMasterFirst + static_cast<std::uint32_t>(at), slave_next_, control, bytes);
  }
  void slave(std::uint8_t control, const Octets& bytes = {}) {
    const std::uint32_t before = (control & net::kTcpSyn) != 0 ? 1 : 0;  // a SYN takes a number of its own
    tcp(2, 1, kSasyncdPort, kMasterPort, slave_next_ - before, acknowledged_, control, bytes);
    slave_next_ += static_cast<std::uint32_t>(bytes.size());
  }
  void slave_has(std::size_t at) { acknowledged_ = kMasterFirst + static_cast<std::uint32_t>(at); }

  void pfsync(std::uint8_t from, const Octets& message) {
    const Octets group{224, 0, 0, 240};
    const Octets group_mac{0x01, 0, 0x5E, 0, 0, 240};
    Writer frame;
    const auto sender = station(from);
    net::write_ethernet(frame, sender.mac, net::MacAddress::from(group_mac), net::kEtherTypeIpv4);
    net::write_ipv4(frame, sender.address, net::IpAddress::from(group),
                    {.identification = ++identification_, .protocol = kPfsync, .time_to_live = 255}, message);
    write(frame);
  }

 private:
  void tcp(std::uint8_t from, std::uint8_t to, std::uint16_t from_port, std::uint16_t to_port, std::uint32_t sequence,
           std::uint32_t acknowledgement, std::uint8_t control, const Octets& bytes) {
    Writer frame;
    net::write_ethernet(frame, station(from).mac, station(to).mac, net::kEtherTypeIpv4);
    net::write_tcp(frame, station(from).address, station(to).address,
                   {.from_port = from_port,
                    .to_port = to_port,
                    .sequence = sequence,
                    .acknowledgement = acknowledgement,
                    .control = control,
                    .identification = ++identification_},
                   bytes);
    write(frame);
  }
  void write(const Writer& frame) {
    constexpr std::int64_t kSecond_us = 1'000'000;
    const Timestamp time{.seconds = now_us_ / kSecond_us,
                         .nanoseconds = static_cast<std::uint32_t>(now_us_ % kSecond_us * 1000)};
    if (!writer_->write(time, frame.view())) throw std::runtime_error("a frame cannot be written");
    now_us_ += 200;
  }

  std::optional<capture::CaptureWriter> writer_;
  std::int64_t now_us_ = 1'700'000'060'000'000;
  std::uint16_t identification_ = 0;
  std::uint32_t slave_next_ = kSlaveFirst;
  std::uint32_t acknowledged_ = kMasterFirst;
};

constexpr std::uint8_t kSynAck = net::kTcpSyn | net::kTcpAck;
constexpr std::uint8_t kData = net::kTcpPush | net::kTcpAck;

void append(Octets& to, const Octets& more) { to.insert(to.end(), more.begin(), more.end()); }
Octets slice(const Octets& from, std::size_t begin, std::size_t end) {
  return {from.begin() + static_cast<std::ptrdiff_t>(begin), from.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// The master connects to its peer, sends a snapshot two seconds later, then what its IKE daemon does; pfsync runs
/// beside.
void master_and_slave(const std::filesystem::path& file) {
  Maker maker(file);
  const auto state = sasyncd_example("state_master").frame_bytes();
  Octets stream;
  append(stream, state);
  for (const auto* name : {"flush", "add_snapshot", "addflow", "endsnap", "add_live", "delete"}) {
    append(stream, sasyncd_example(name).frame_bytes());
  }
  const auto snapshot_end =
      stream.size() - sasyncd_example("add_live").frame_bytes().size() - sasyncd_example("delete").frame_bytes().size();
  const auto live_end = stream.size() - sasyncd_example("delete").frame_bytes().size();

  maker.master(net::kTcpSyn, static_cast<std::size_t>(-1));
  maker.slave(kSynAck);
  maker.slave_has(state.size());
  maker.master(kData, 0, state);
  maker.slave(kData, sasyncd_example("ack_slave").frame_bytes());
  maker.wait(2'000'000);
  // Segments that know nothing of messages: two in the wrong order, one that comes twice.
  const std::size_t first_cut = state.size() + 100;
  const std::size_t second_cut = state.size() + 300;
  maker.master(kData, state.size(), slice(stream, state.size(), first_cut));
  maker.master(kData, second_cut, slice(stream, second_cut, snapshot_end));
  maker.master(kData, first_cut, slice(stream, first_cut, second_cut));
  maker.master(kData, first_cut, slice(stream, first_cut, second_cut));
  maker.slave_has(snapshot_end);
  maker.slave(net::kTcpAck);
  maker.wait(1'000'000);
  maker.pfsync(1, pfsync_example("version_6_wide").bytes());
  maker.wait(1'000'000);
  maker.master(kData, snapshot_end, slice(stream, snapshot_end, live_end));
  maker.wait(500'000);
  maker.master(kData, live_end, slice(stream, live_end, stream.size()));
  maker.slave_has(stream.size());
  maker.slave(kData, sasyncd_example("error_state").frame_bytes());
  maker.master(net::kTcpFin | net::kTcpAck, stream.size());
  maker.slave(net::kTcpFin | net::kTcpAck);
  maker.finish();
}

/// One message of each version, from firewalls that do not belong together.
void pfsync_versions(const std::filesystem::path& file) {
  Maker maker(file);
  std::uint8_t from = 10;
  for (const auto& example : test::kPfsyncExamples) {
    maker.pfsync(++from, example.bytes());
    maker.wait(1'000'000);
  }
  maker.finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    const std::filesystem::path directory = argv[1];
    master_and_slave(directory / "master-and-slave" / "sync.pcap");
    pfsync_versions(directory / "pfsync-versions" / "sync.pcap");
  } catch (const std::exception& error) {
    fmt::print(stderr, "make_captures: {}\n", error.what());
    return 2;
  }
  return 0;
}
