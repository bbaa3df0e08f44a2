#pragma once
// The link between the cluster and its peers: IKE and ESP packets that fit what the sync link says. Their headers are
// true (SPIs, message IDs, sequence numbers, addresses); what would be encrypted is random octets.

#include <functional>

#include "life.hpp"
#include "sasync/proto/ike.hpp"

namespace sasync::generate {

class Outside {
 public:
  using Sink = std::function<bool(const Timestamp&, Bytes)>;
  Outside(const Plan& plan, const Sink& sink) : plan_(plan), sink_(sink) {}

  void negotiate(const Live& live, std::int64_t now_us);
  void exchange(const Live& live, Serial ike, event::ExchangeType type, std::uint32_t message_id, bool by_cluster,
                std::int64_t now_us);
  void tell_of_delete(const Live& live, Serial ike, bool by_cluster, std::int64_t now_us);
  void packets(const Live& live, std::uint32_t out, std::uint32_t in, std::int64_t now_us);

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }

 private:
  struct Header {
    std::uint32_t tunnel = 0;
    Serial ike = 0;
    std::uint8_t exchange_type = 0;
    std::uint32_t message_id = 0;
    bool from_cluster = false;
    bool response = false;
    bool unanswered = false;  ///< no responder SPI yet
    bool encrypted = true;
    bool on_port_500 = false;  ///< before both ends move to port 4500
  };
  void ike_message(const Header& header, std::span<const proto::ike::Payload> payloads, std::int64_t now_us);
  void sealed(const Header& header, std::size_t octets, std::int64_t now_us);
  void main_mode(const Live& live, std::int64_t now_us);
  void init(const Live& live, std::int64_t now_us);
  void exchange_v1(Header header, bool is_quick_mode, std::int64_t now_us);
  std::uint32_t new_message_id();
  /// Nonces and public values of an IKE SA: those that the sync link tells, where it does.
  [[nodiscard]] Random exchanged_in_the_clear(Serial ike) const;
  void esp(const Live& live, std::uint32_t sequence, bool from_cluster, std::int64_t now_us);
  struct Way {
    std::uint32_t tunnel = 0;
    bool from_cluster = false;
    bool is_esp = false;
    bool on_port_500 = false;
  };
  void send(const Way& way, Bytes payload, std::int64_t now_us);
  [[nodiscard]] proto::ike::SecurityAssociation proposal(std::uint32_t tunnel) const;

  const Plan& plan_;
  const Sink& sink_;
  Writer message_, frame_;
  std::vector<std::uint8_t> octets_;
  std::int64_t last_us_ = -1;
  std::uint16_t identification_ = 0;
  std::uint32_t exchanges_ = 0;
  std::uint64_t frames_ = 0;
  bool good_ = true;
};

}  // namespace sasync::generate
