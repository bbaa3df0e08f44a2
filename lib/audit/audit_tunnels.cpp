// Tunnels, routes and restarts of FGCP: what must be gone with a dialup tunnel, by what was said and by what members
// hold.
#include <fmt/format.h>

#include <algorithm>

#include "sasync/audit/audit.hpp"

namespace sasync::audit {
namespace {

constexpr std::string_view kOrder = "FGCP description, section 3 (ordering rules)";
constexpr std::string_view kMissing = "RFC 6027 section 3.6";
/// What is deleted by name so shortly after the rest goes in the same step (inferred).
constexpr std::int64_t kStepNs = 100'000'000;

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace

void Audit::name_tunnel(Books::Name tunnel, bool is_dialup) {
  if (tunnel == 0) return;
  books_.begin(tunnel);
  auto& book = books_.tunnel(tunnel);
  book.virtual_cluster = event_->virtual_cluster == 0 ? std::uint8_t{1} : event_->virtual_cluster;
  book.is_dialup = book.is_dialup || is_dialup;
}

void Audit::see(const event::ConnSync& conn) {
  if (is_openbsd()) return see_snapshot();
  name_tunnel(books_.name_of(conn.tunnel), conn.dialup.value_or(false) || conn.index || !conn.parent.empty());
}

void Audit::see(const event::DialupCreate& dialup) { name_tunnel(books_.name_of(dialup.tunnel), true); }

void Audit::see(const event::DialupDelete& dialup) {
  const auto tunnel = books_.name_of(dialup.tunnel);
  if (tunnel == 0 || !is_fgcp()) return;
  go_on_with_step(tunnel);
  books_.tunnel(tunnel).is_dialup = true;
  books_.end(tunnel, Books::End::deleted, time_.total_nanoseconds());
  check_tunnel_left(tunnel);
}

// FX-6, FX-7: the delete of an IKE SA is the one that is documented. A dialup tunnel does not outlive its last one.
void Audit::end_with_last_ike(Books::Name tunnel) {
  if (tunnel == 0 || !books_.tunnel(tunnel).is_dialup || books_.tunnel(tunnel).ike_sas != 0) return;
  books_.end(tunnel, Books::End::deleted, time_.total_nanoseconds());
  for (std::size_t i = 0; i < state_->members.size(); ++i) {
    const auto member = static_cast<model::MemberIndex>(i);
    check_routes_left(tunnel, member, left_of(tunnel, member));
  }
}

void Audit::go_on_with_step(Books::Name tunnel) {
  if (tunnel == 0) return;
  const auto now_ns = time_.total_nanoseconds();
  const bool has_restarted = books_.tunnel(tunnel).end == Books::End::restarted;
  if (has_restarted && now_ns <= step_until_ns_) step_until_ns_ = now_ns + kStepNs;
}

// A restart deletes one tunnel after another, however many there are.
bool Audit::is_same_step(const Books::Tunnel& tunnel) const {
  const auto now_ns = time_.total_nanoseconds();
  return tunnel.end == Books::End::restarted ? now_ns <= step_until_ns_ : now_ns - tunnel.ended_ns <= kStepNs;
}

// --- what members hold

Audit::Left Audit::left_of(Books::Name tunnel, model::MemberIndex member) const {
  Left left;
  const auto index = state_->find_tunnel(books_.text_of(tunnel));
  if (index == model::kNone || !state_->members[member].up) return left;
  const auto& record = state_->tunnels[index];
  left.exists = record.dialup && record.views[member].exists;
  for (const auto ike : record.ike_sas) {
    const auto& view = state_->ike_sas[ike].views[member];
    if (state_->ike_sas[ike].tunnel != index || !view.held()) continue;
    ++left.ike_sas;
    left.children += view.children.size();
  }
  left.routes = static_cast<std::size_t>(std::ranges::count_if(
      record.routes, [&](const model::RouteEntry& route) { return model::contains(route.holders, member); }));
  return left;
}

void Audit::check_tunnel_left(Books::Name tunnel) {
  for (std::size_t i = 0; i < state_->members.size(); ++i) {
    const auto member = static_cast<model::MemberIndex>(i);
    const auto left = left_of(tunnel, member);
    check_sas_left(tunnel, member, left);
    check_routes_left(tunnel, member, left);
  }
}

void Audit::check_sas_left(Books::Name tunnel, model::MemberIndex member, const Left& left) {
  const auto& name = state_->members[member].name;
  if (!left.any() || name == event_->member) return;
  report(Grade::violation, "S-4", kMissing,
         fmt::format("{} still holds {} and {} of {}, which {} has deleted", name, counted(left.ike_sas, "IKE SA"),
                     counted(left.children, "IPsec SA"), books_.text_of(tunnel), event_->member));
}

void Audit::check_routes_left(Books::Name tunnel, model::MemberIndex member, const Left& left) {
  if (left.routes == 0) return;
  report(Grade::violation, "O-6", kOrder,
         fmt::format("{} of {} {} left at {} after the tunnel's delete (FG-16)", counted(left.routes, "route"),
                     books_.text_of(tunnel), left.routes == 1 ? "is" : "are", state_->members[member].name));
}

// FG-13: all of them at the member; at all members when it is their primary.
void Audit::see(const event::IkeRestart& restart) {
  if (!is_fgcp()) return;
  const auto& subject = restart.subject.empty() ? event_->member : restart.subject;
  const auto now_ns = time_.total_nanoseconds();
  step_until_ns_ = now_ns + kStepNs;
  for (Books::Name tunnel = 1; tunnel <= books_.last_name(); ++tunnel) {
    const auto& book = books_.tunnel(tunnel);
    if (!book.is_dialup || !book.is_there) continue;
    const auto own = own_role_.find(tunnel);
    const bool has_own = own != own_role_.end() && !own->second.empty();
    const bool is_primarys = subject == (has_own ? own->second : roles_.primary(book.virtual_cluster));
    if (is_primarys) books_.end(tunnel, Books::End::restarted, now_ns);
    has_restarted_ = has_restarted_ || is_primarys;
    check_restarted(tunnel, is_primarys, subject);
  }
}

void Audit::check_restarted(Books::Name tunnel, bool is_primarys, const std::string& subject) {
  for (std::size_t i = 0; i < state_->members.size(); ++i) {
    const auto member = static_cast<model::MemberIndex>(i);
    const auto& name = state_->members[i].name;
    if (!is_primarys && name != subject) continue;
    const auto left = left_of(tunnel, member);
    if (left.any()) {
      report(Grade::violation, "O-10", kOrder,
             fmt::format("dialup tunnel {} survives the restart of {}'s IKE process at {} (FG-13)",
                         books_.text_of(tunnel), subject, name));
    }
    check_sas_left(tunnel, member, left);
    check_routes_left(tunnel, member, left);
  }
}

// --- what is still said

void Audit::see(const event::RouteAdd& route) {
  const auto tunnel = books_.name_of(route.tunnel);
  if (tunnel == 0 || !is_fgcp()) return;
  const auto& book = books_.tunnel(tunnel);
  if (book.is_there || book.end == Books::End::none) {
    if (book.is_dialup) books_.add_route(tunnel, route.prefix);
    return;
  }
  report(Grade::violation, "O-6", kOrder, fmt::format("a route of {} is added after its delete (FG-16)", route.tunnel));
}

void Audit::see(const event::RouteDelete& route) {
  const auto tunnel = books_.name_of(route.tunnel);
  if (tunnel == 0 || !books_.remove_route(tunnel, route.prefix)) return;
  const auto& book = books_.tunnel(tunnel);
  if (book.is_there || book.end == Books::End::none) return;
  if (is_same_step(book)) return go_on_with_step(tunnel);
  const auto later_ms = (time_.total_nanoseconds() - book.ended_ns) / 1'000'000;
  report(Grade::violation, "O-6", kOrder,
         fmt::format("a route of {} goes {} ms after the tunnel, and not in the same step (FG-16)", route.tunnel,
                     later_ms));
}

void Audit::check_survival(Books::Name tunnel, std::uint32_t life, std::string_view what) {
  if (tunnel == 0) return;
  auto& book = books_.tunnel(tunnel);
  if (book.end != Books::End::restarted || book.life == life || book.survival_told) return;
  book.survival_told = true;
  report(Grade::violation, "O-10", kOrder,
         fmt::format("dialup tunnel {} survives the restart of the IKE process (FG-13): {}", books_.text_of(tunnel),
                     what));
}

void Audit::check_ike_survival(const event::IkeId& id) {
  if (!has_restarted_) return;
  const auto found = books_.look_up(id);
  if (found.stand != Books::Stand::gone || is_same_step(books_.tunnel(found.sa.tunnel))) return;
  check_survival(found.sa.tunnel, found.sa.life, "its IKE SA goes on");
}

void Audit::check_outbound_survival(std::uint32_t spi, std::string_view what) {
  if (!has_restarted_) return;
  const auto spi_in = books_.spi_in_of(std::nullopt, spi);
  if (!spi_in) return;
  const auto found = books_.look_up_child(*spi_in);
  if (found.stand != Books::Stand::gone || found.sa.tunnel == 0) return;
  if (!is_same_step(books_.tunnel(found.sa.tunnel))) check_survival(found.sa.tunnel, found.sa.life, what);
}

}  // namespace sasync::audit
