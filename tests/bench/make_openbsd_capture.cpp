// Writes a capture of OpenBSD's sync links that never was, for measuring: sasyncd's frames under the key
// 0123456789abcdef, one a TCP segment, or pfsync's TDB updates. The same arguments give the same bytes.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "sasync/capture/capture_writer.hpp"
#include "sasync/net/frame_writer.hpp"
#include "sasync/proto/pfsync.hpp"
#include "sasync/proto/sasyncd.hpp"

namespace {

using namespace sasync;
using Octets = std::vector<std::uint8_t>;

net::IpAddress address(std::array<std::uint8_t, 4> octets) { return net::IpAddress::from(octets); }

net::Station station(std::uint8_t number) {
  const std::array<std::uint8_t, 6> mac{0x02, 0, 0, 0, 0, number};
  return {.mac = net::MacAddress::from(mac), .address = address({192, 168, 254, number})};
}

class Maker {
 public:
  Maker(const char* path, std::uint64_t count) : left_(count) {
    auto created = capture::CaptureWriter::create(path);
    if (!created) throw std::runtime_error(created.error());
    file_.emplace(std::move(*created));
  }

  void sasyncd() {
    while (left_ != 0) {
      const auto kind = below(100);
      if (kind < 40) {
        say(sa_add(), true);
      } else if (kind < 65) {
        say(sa_add(), false);
      } else if (kind < 85) {
        event::IpsecSaDelete gone;
        gone.spi_out = number();
        gone.destination = event::Host{.address = peer()};
        say(gone, false);
      } else if (kind < 95) {
        const std::array<std::uint8_t, 4> last{10, 1, 255, 255};
        event::Selector selector{.from = address({10, 1, 0, 0}), .to = net::IpAddress::from(last)};
        Writer frame;
        encode_flow({.local = kOwn, .remote = peer(), .src = selector, .dst = selector}, sender(), frame);
        segment(frame.view());
      } else {
        say(event::Heartbeat{.role = event::Role::primary}, false);
      }
    }
    commit();
  }

  void pfsync() {
    constexpr std::uint64_t kEntriesMax = 25;  // what an Ethernet frame holds
    while (left_ != 0) {
      std::vector<event::SyncEvent> counters(1 + below(kEntriesMax));
      for (auto& counter : counters) {
        counter.body = event::EspSeqno{.spi = number(),
                                       .sequence = random_() % 1'000'000,
                                       .jump = proto::pfsync::kFailoverMargin,
                                       .bytes = random_() % 1'000'000'000,
                                       .destination = event::Host{.address = peer()}};
      }
      Writer message;
      if (!proto::pfsync::encode_events(counters, {}, message)) throw std::logic_error("a counter is not a TDB");
      const auto from = station(1);
      Writer frame;
      net::write_ethernet(frame, from.mac, station(240).mac, net::kEtherTypeIpv4);
      net::write_ipv4(frame, from.address, address({224, 0, 0, 240}), {.protocol = 240, .time_to_live = 255},
                      message.view());
      write(frame);
    }
    commit();
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_() | 0x100U); }
  net::IpAddress peer() { return address({198, 51, 100, static_cast<std::uint8_t>(below(256))}); }

  event::IpsecSaAdd sa_add() {
    constexpr std::string_view kLocalName = "gw1.cluster.example";
    constexpr std::string_view kRemoteName = "branch.example";
    const auto fqdn = [](std::string_view text) {
      return event::Identity{.type = event::IdentityType::fqdn, .value = {text.begin(), text.end()}};
    };
    event::IpsecSaAdd add;
    add.spi_out = number();
    add.local = event::Host{.address = kOwn};
    add.remote = event::Host{.address = peer()};
    add.mode = event::IpsecMode::tunnel;
    add.proposal.encryption = event::kEncryptionAesCbc;
    add.proposal.integrity = event::kIntegrityHmacSha2_256_128;
    Octets keys(48);
    for (auto& octet : keys) octet = static_cast<std::uint8_t>(random_());
    add.keys.set(event::KeyKind::encryption_out, Bytes{keys}.first(16));
    add.keys.set(event::KeyKind::integrity_out, Bytes{keys}.subspan(16));
    add.local_id = fqdn(kLocalName);
    add.remote_id = fqdn(kRemoteName);
    add.replay_window = 64;
    add.soft_seconds = 3060;
    add.hard_seconds = 3600;
    add.created = Timestamp{.seconds = 1'795'000'000, .digits = 0};
    add.sequence = below(1'000'000);
    add.bytes = below(1'000'000'000);
    return add;
  }

  proto::sasyncd::Sender& sender() {
    sender_.seq = 1 + static_cast<std::uint32_t>(below(1000));
    return sender_;
  }
  void say(const event::Body& body, bool resync) {
    Writer frame;
    const event::SyncEvent event{.resync = resync, .body = body};
    if (!encode_event(event, sender(), frame)) throw std::logic_error("sasyncd does not say it");
    segment(frame.view());
  }
  /// The capture begins inside the connection.
  void segment(Bytes payload) {
    const auto from = station(1);
    const auto to = station(2);
    Writer frame;
    net::write_ethernet(frame, from.mac, to.mac, net::kEtherTypeIpv4);
    net::write_tcp(frame, from.address, to.address,
                   {.from_port = 49'152,
                    .to_port = proto::sasyncd::kTcpPort,
                    .sequence = sequence_,
                    .control = net::kTcpPush | net::kTcpAck},
                   payload);
    sequence_ += static_cast<std::uint32_t>(payload.size());
    write(frame);
  }
  void write(const Writer& frame) {
    constexpr std::int64_t kSecond_us = 1'000'000;
    now_us_ += 500 + static_cast<std::int64_t>(below(1000));
    const Timestamp time{.seconds = now_us_ / kSecond_us,
                         .nanoseconds = static_cast<std::uint32_t>(now_us_ % kSecond_us * 1000)};
    if (!file_->write(time, frame.view())) throw std::runtime_error("a frame cannot be written");
    --left_;
  }
  void commit() {
    if (const auto done = file_->commit(); !done) throw std::runtime_error(done.error());
  }

  const net::IpAddress kOwn = address({192, 0, 2, 1});
  std::uint64_t left_;
  std::optional<capture::CaptureWriter> file_;
  std::mt19937_64 random_{20'260'703};  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  std::uint32_t sequence_ = 1;
  std::int64_t now_us_ = 1'795'000'000'000'000;
  proto::sasyncd::Sender sender_{
      .cipher = proto::sasyncd::Cipher{as_bytes("0123456789abcdef")},
      .hasher = {},
      .next_iv =
          [this] {
            std::array<std::uint8_t, proto::sasyncd::kIvBytes> iv{};
            for (auto& octet : iv) octet = static_cast<std::uint8_t>(random_());
            return iv;
          },
      .ends_of = [this](std::uint32_t) { return proto::sasyncd::Ends{.src = kOwn, .dst = kOwn}; },
      .pid = 4242};
};

int run(std::span<char*> arguments) {
  const std::string_view kind = arguments.size() == 4 ? arguments[1] : "";
  std::uint64_t count = 0;
  if (arguments.size() == 4) std::from_chars(arguments[2], arguments[2] + std::strlen(arguments[2]), count);
  if (count == 0 || (kind != "sasyncd" && kind != "pfsync")) {
    fmt::print(stderr, "usage: bench_make_openbsd_capture sasyncd|pfsync COUNT FILE\n");
    return 2;
  }
  Maker maker{arguments[3], count};
  if (kind == "sasyncd") {
    maker.sasyncd();
  } else {
    maker.pfsync();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_make_openbsd_capture: {}\n", error.what());
    return 2;
  }
}
