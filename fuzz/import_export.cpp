// Importers against exporters. Two bytes choose two forms of dumps; the others make a small state, which is printed in
// both, and imported.
// Rules: no line is not understood and nothing is damaged; the values are those of the state, as far as the form tells
// them; the two members have no difference.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "exporters.hpp"
#include "oracle.hpp"
#include "sasync/diff/diff.hpp"
#include "sasync/diff/print.hpp"
#include "sasync/import/importer.hpp"
#include "sasync/state/address_text.hpp"

namespace sasync::fuzz {
namespace {

/// One dump, read.
class Reading {
 public:
  Reading(const std::vector<Ike>& state, Form form) : form_(form), text_(print(state, form)) {
    importer::ImportOptions options;
    options.member_name = "A";
    for (const auto address : {kLocalAddress, kLocalAddressIpv6}) {
      options.local_addresses.push_back(*state::parse_address(address));
    }
    const auto* const importer = importer::find_importer(importer_of(form));
    require(importer != nullptr, "the importer is in the table", importer_of(form));
    require(text_.empty() || importer::recognize(text_) == importer, "the kind of dump is recognised", text_);
    importer::Lines lines(text_);
    imported_ = importer->import(lines, options);
    if (imported_.not_understood_count != 0) {
      const auto& first = imported_.not_understood.front();
      broken("every line is understood", fmt::format("{}: {}\n{}", first.text, first.reason, text_));
    }
    require(!imported_.damaged, "nothing is damaged", text_);
    require(imported_.document.members.size() == 1, "a dump is of one member", text_);
    check(state);
  }

  [[nodiscard]] const state::Member& member() const { return imported_.document.members.front(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void check(const std::vector<Ike>& state) const;
  void check_ike(const state::IkeSa& sa, const Ike& ike) const;
  void check_child(const state::ChildSa& sa, const Child& child, bool udp) const;
  void check_fortios_ike(const state::IkeSa& sa, const Ike& ike) const;
  void check_common_ike(const state::IkeSa& sa, const Ike& ike) const;
  void check_fortios_child(const state::ChildSa& sa, const Child& child) const;
  void check_selectors(const state::ChildSa& sa, const Child& child) const;
  void check_swanctl_child(const state::ChildSa& sa, const Child& child) const;
  void check_kernel_child(const state::ChildSa& sa, const Child& child) const;
  void check_kernel_times(const state::ChildSa& sa, const Child& child) const;
  void check_kernel_ends(const state::IkeSa& sa, const Ike& ike) const;

  template <class Actual, class Expected>
  void same(std::string_view what, const Actual& actual, const Expected& expected) const {
    require(actual == expected, "a value is that of the state", fmt::format("{}\n{}", what, text_));
  }
  void same_text(std::string_view what, state::Interned actual, std::string_view expected) const {
    require(actual.present() && actual.view() == expected, "a value is that of the state",
            fmt::format("{}: {}, not {}\n{}", what, actual.view(), expected, text_));
  }

  Form form_;
  std::string text_;
  importer::Imported imported_{};
};

std::string canonical(const Cipher& cipher) { return state::canonical_name(*cipher.row, cipher.key_bits); }
std::string_view canonical(const state::Algorithm* row) { return row != nullptr ? row->name : std::string_view{}; }

/// Nothing when there is no limit.
std::optional<std::uint32_t> limit(std::uint32_t seconds) {
  return seconds != 0 ? std::optional{seconds} : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

void Reading::check(const std::vector<Ike>& state) const {
  require(member().ike_sas.has_value(), "there is a list of SAs", text_);
  const auto& sas = *member().ike_sas;
  std::size_t with_children = 0;
  for (const auto& ike : state) with_children += ike.children.empty() ? 0U : 1U;
  same("number of IKE SAs", sas.size(), is_of_kernel(form_) ? with_children : state.size());
  // Peers differ, and the order is that of the state.
  auto sa = sas.begin();
  for (const auto& ike : state) {
    if (is_of_kernel(form_) && ike.children.empty()) continue;
    if (is_of_kernel(form_)) {
      check_kernel_ends(*sa, ike);
    } else if (form_ == Form::fortios) {
      check_fortios_ike(*sa, ike);
    } else {
      check_ike(*sa, ike);
    }
    require(sa->child_sas.has_value(), "there is a list of children", text_);
    same("number of children", sa->child_sas->size(), ike.children.size());
    // Kernels list single SAs, whose pairs are put together by mode: in another order.
    for (const auto& child : ike.children) {
      const auto found = std::ranges::find(*sa->child_sas, std::optional{child.spi_out}, &state::ChildSa::spi_out);
      require(found != sa->child_sas->end(), "every IPsec SA is there", text_);
      check_child(*found, child, ike.udp);
    }
    ++sa;
  }
}

/// What both IKE daemons print.
void Reading::check_common_ike(const state::IkeSa& sa, const Ike& ike) const {
  same_text("name", sa.name, ike.name);
  same("unique_id", sa.unique_id, ike.unique_id);
  same("version", sa.version, ike.is_version_1 ? 1 : 2);
  same("initiator", sa.initiator, ike.initiator);
  require(sa.state.has_value(), "an IKE SA has a state", text_);
  same("state", name_of(*sa.state), lower(ike.state));
  same("initiator_spi", sa.initiator_spi, ike.initiator_spi);
  same("responder_spi", sa.responder_spi, ike.responder_spi);
  same("local.address", sa.local.address, *state::parse_address(ike.local_address));
  same("remote.address", sa.remote.address, *state::parse_address(ike.remote_address));
  same("local.port", sa.local.port, ike.local_port);
  same("remote.port", sa.remote.port, ike.remote_port);
  same_text("remote.id", sa.remote.id, ike.remote_id);
  same("virtual_ips", std::ranges::equal(sa.virtual_ips, ike.virtual_ips, {}, &state::Interned::view), true);
  if (ike.is_connecting()) return same("encryption", sa.encryption.present(), false);
  same_text("encryption", sa.encryption, canonical(ike.encryption));
  same_text("integrity", sa.integrity, canonical(ike.integrity));
  same_text("prf", sa.prf, canonical(ike.prf));
  same("age_seconds", sa.age_seconds, ike.age);
}

void Reading::check_ike(const state::IkeSa& sa, const Ike& ike) const {
  check_common_ike(sa, ike);
  same_text("local.id", sa.local.id, ike.local_id);
  if (ike.is_connecting()) return;
  same_text("dh_group", sa.dh_group, canonical(ike.dh_group));
  same("rekey_in_seconds", sa.rekey_in_seconds, limit(ike.rekey_in));
}

void Reading::check_fortios_ike(const state::IkeSa& sa, const Ike& ike) const {
  check_common_ike(sa, ike);
  same("dialup", sa.dialup, false);
  same("rekey_in_seconds", sa.rekey_in_seconds, ike.rekey_in);
}

/// Ports and identities as far as the form prints them.
void Reading::check_kernel_ends(const state::IkeSa& sa, const Ike& ike) const {
  same("local.address", sa.local.address, *state::parse_address(ike.local_address));
  same("remote.address", sa.remote.address, *state::parse_address(ike.remote_address));
  if (form_ == Form::ipsecctl) {
    same_text("local.id", sa.local.id, ike.local_id);
    same_text("remote.id", sa.remote.id, ike.remote_id);
  } else {
    using Port = std::optional<std::uint16_t>;
    same("local.port", sa.local.port, ike.udp ? Port{ike.local_port} : Port{});
    same("remote.port", sa.remote.port, ike.udp ? Port{ike.remote_port} : Port{});
  }
}

void Reading::check_child(const state::ChildSa& sa, const Child& child, bool udp) const {
  same("spi_in", sa.spi_in, child.spi_in);
  same("spi_out", sa.spi_out, child.spi_out);
  same("protocol", sa.protocol, state::Protocol::esp);
  same("mode", sa.mode, child.is_transport ? state::Mode::transport : state::Mode::tunnel);
  same_text("encryption", sa.encryption, canonical(child.encryption));
  same_text("integrity", sa.integrity, canonical(child.integrity));
  // ipsecctl says these two by flags, when there is any.
  const bool has_flags = !child.is_transport || udp || child.esn;
  if (form_ != Form::ipsecctl || has_flags) {
    same("encapsulation", sa.encapsulation, udp ? state::Encapsulation::udp : state::Encapsulation::none);
    if (form_ != Form::setkey) same("esn", sa.esn, child.esn);
  }
  if (form_ != Form::ipsecctl && form_ != Form::fortios) same("reqid", sa.reqid, child.reqid);
  if (form_ != Form::xfrm) {
    same("bytes_in", sa.bytes_in, child.bytes_in);
    same("bytes_out", sa.bytes_out, child.bytes_out);
  }
  if (is_of_kernel(form_)) {
    check_kernel_child(sa, child);
  } else if (form_ == Form::fortios) {
    check_fortios_child(sa, child);
  } else {
    check_swanctl_child(sa, child);
  }
}

void Reading::check_swanctl_child(const state::ChildSa& sa, const Child& child) const {
  same_text("name", sa.name, child.name);
  same("unique_id", sa.unique_id, child.unique_id);
  require(sa.state.has_value(), "a child has a state", text_);
  same("state", name_of(*sa.state), lower(child.state));
  same_text("dh_group", sa.dh_group, canonical(child.dh_group));
  same("packets_in", sa.packets_in, child.packets_in);
  same("packets_out", sa.packets_out, child.packets_out);
  same("age_seconds", sa.age_seconds, child.age);
  same("rekey_in_seconds", sa.rekey_in_seconds, limit(child.rekey_in));
  same("expires_in_seconds", sa.expires_in_seconds, limit(child.expires_in));
  check_selectors(sa, child);
}

void Reading::check_selectors(const state::ChildSa& sa, const Child& child) const {
  const auto is_same = [](const state::TextList& actual, const std::vector<Selector>& expected) {
    return std::ranges::equal(actual, expected, {}, &state::Interned::view, &Selector::canonical);
  };
  same("local_ts", is_same(sa.local_ts, child.local_ts), true);
  same("remote_ts", is_same(sa.remote_ts, child.remote_ts), true);
}

void Reading::check_fortios_child(const state::ChildSa& sa, const Child& child) const {
  same_text("name", sa.name, child.name);
  same("state", sa.state, state::ChildState::installed);
  same("replay.window", sa.replay.window, child.window);
  same("replay.last", sa.replay.last, child.replay_last);
  same("seq_out", sa.seq_out, child.seq_out);
  same("packets_in", sa.packets_in, child.packets_in);
  same("packets_out", sa.packets_out, child.packets_out);
  same("age_seconds", sa.age_seconds, child.age);
  same("expires_in_seconds", sa.expires_in_seconds, child.expires_in);
  same("lifetime_seconds", sa.lifetime_seconds, child.age + child.expires_in);
  check_selectors(sa, child);
}

void Reading::check_kernel_child(const state::ChildSa& sa, const Child& child) const {
  same("state", sa.state, state::ChildState::installed);
  same("replay.window", sa.replay.window, child.window);
  same("seq_out", sa.seq_out, child.seq_out);
  same("replay.last", sa.replay.last, child.replay_last);
  if (form_ == Form::xfrm) return;
  // ipsecctl prints no counter that is zero.
  if (form_ != Form::ipsecctl || child.packets_in != 0) same("packets_in", sa.packets_in, child.packets_in);
  if (form_ != Form::ipsecctl || child.packets_out != 0) same("packets_out", sa.packets_out, child.packets_out);
  check_kernel_times(sa, child);
}

void Reading::check_kernel_times(const state::ChildSa& sa, const Child& child) const {
  same("lifetime_seconds", sa.lifetime_seconds, limit(child.expires_in == 0 ? 0 : child.age + child.expires_in));
  if (form_ != Form::setkey) return;
  same("age_seconds", sa.age_seconds, child.age);
  same("rekey_in_seconds", sa.rekey_in_seconds, limit(child.rekey_in));
  same("expires_in_seconds", sa.expires_in_seconds, limit(child.expires_in));
}

void compare(const Reading& left, const Reading& right) {
  diff::TextPrinter printer;
  const auto tell = [&](const diff::Difference& difference) {
    Text text;
    printer.print(text, difference);
    broken("two dumps of one state do not differ",
           fmt::format("{}\n--- left\n{}--- right\n{}", view(text), left.text(), right.text()));
  };
  const auto summary = diff::compare(left.member(), right.member(), {.roles = diff::Roles::neither}, tell);
  require(summary.unexpected == 0 && summary.expected == 0, "what is not told is not counted");
  require(summary.child_sas_left == summary.child_sas_right, "both sides have as many IPsec SAs");
}

}  // namespace
}  // namespace sasync::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sasync::fuzz;
  constexpr std::size_t kBytesMax = 512;
  if (size < 2 || size > kBytesMax) return 0;
  const auto one = static_cast<Form>(data[0] % kFormCount);
  const auto other = static_cast<Form>(data[1] % kFormCount);
  const auto state = make_state({data + 2, size - 2}, one, other);
  compare(Reading{state, one}, Reading{state, other});
  return 0;
}
