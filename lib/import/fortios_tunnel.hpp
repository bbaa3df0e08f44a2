#pragma once
// `diagnose vpn tunnel list` and its variants (fortios-cli.md, section 2).

#include <string_view>

#include "fortios_member.hpp"

namespace sasync::importer::fortios {

class TunnelList {
 public:
  explicit TunnelList(Builder& builder) : builder_(builder) {}

  /// "list all ipsec tunnel in vd 0"; false when the text is no such heading.
  static bool is_heading(std::string_view text);
  void begin(MemberData& member, std::string_view heading, std::size_t listing);
  /// A line of it. False when it is not understood.
  bool take(std::string_view text, std::size_t line);
  /// Whether a last line without its end may be all of it.
  [[nodiscard]] bool is_last(std::string_view text) const;
  void end();

 private:
  struct Item {
    std::string_view name;
    std::string_view value;  ///< with the words that belong to it
  };
  /// One direction of the SA that is open.
  struct Half {
    state::Interned encryption{};
    state::Interned integrity{};
    bool aead = false;
  };

  void split(std::string_view text);
  bool begin_tunnel(std::string_view text, std::size_t line);
  bool begin_phase2(std::string_view text, std::size_t line);
  bool begin_sa(std::string_view text);
  bool tunnel_line(std::string_view prefix, std::string_view text);
  bool tunnel_item(std::string_view prefix, const Item& item);
  bool end_points(std::string_view text);
  bool selector(std::vector<state::Interned>& list, std::string_view text);
  bool sa_line(std::string_view prefix, std::string_view text);
  bool sa_item(const Item& item);
  bool half_item(std::string_view& cipher, const Item& item);
  void key(std::string_view cipher, bool authentication, std::string_view value);
  bool life_item(const Item& item);
  bool traffic(std::string_view text);
  void end_sa();
  void end_phase2();
  void end_tunnel();

  Builder& builder_;
  MemberData* member_ = nullptr;
  std::optional<std::uint32_t> vd_{};
  std::size_t listing_ = 0;
  bool tunnel_to_come_ = false;  ///< the line in front of a tunnel

  // The tunnel that is open.
  bool in_tunnel_ = false;
  std::size_t tunnel_line_ = 0;
  state::IkeSa common_{};
  DetailList tunnel_details_{};
  std::optional<state::Encapsulation> encapsulation_{};
  std::optional<std::uint32_t> announced_phase2_{};
  std::uint32_t seen_phase2_ = 0;
  std::vector<state::ChildSa> children_{};
  std::vector<state::ChildSa> children_down_{};

  // Its phase 2.
  bool in_phase2_ = false;
  std::size_t phase2_line_ = 0;
  state::ChildSa phase2_{};
  DetailList phase2_details_{};
  std::vector<state::Interned> local_ts_{}, remote_ts_{};
  std::optional<std::uint32_t> announced_sas_{};
  std::size_t seen_sas_ = 0;

  // The SA.
  bool in_sa_ = false;
  bool has_traffic_ = false;  ///< the last line that every SA has
  bool outbound_ = false;     ///< the half whose lines come
  state::ChildSa sa_{};
  DetailList sa_details_{};
  Half in_{}, out_{};

  // The line.
  std::vector<Item> items_{};
  std::vector<std::string_view> words_{};  ///< those that belong to no item
};

}  // namespace sasync::importer::fortios
