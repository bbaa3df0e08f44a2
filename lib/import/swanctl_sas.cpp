#include "swanctl_sas.hpp"

#include <array>

#include "selector.hpp"
#include "words.hpp"

namespace sasync::importer::swanctl {
namespace {

using state::AlgorithmKind;
using state::Dialect;
using state::parse_number;

template <class Value>
struct NamedState {
  std::string_view name;
  Value value;
};

// ike_sa_state_t and child_sa_state_t. What the state document has no word for keeps its own in the details.
constexpr auto kIkeStates = std::to_array<NamedState<state::IkeState>>({{"CREATED", state::IkeState::connecting},
                                                                        {"CONNECTING", state::IkeState::connecting},
                                                                        {"ESTABLISHED", state::IkeState::established},
                                                                        {"PASSIVE", state::IkeState::passive},
                                                                        {"REKEYING", state::IkeState::rekeying},
                                                                        {"REKEYED", state::IkeState::rekeyed},
                                                                        {"DELETING", state::IkeState::deleting},
                                                                        {"DESTROYING", state::IkeState::deleting}});
constexpr auto kChildStates =
    std::to_array<NamedState<state::ChildState>>({{"INSTALLED", state::ChildState::installed},
                                                  {"UPDATING", state::ChildState::installed},
                                                  {"REKEYING", state::ChildState::rekeying},
                                                  {"REKEYED", state::ChildState::rekeyed},
                                                  {"DELETING", state::ChildState::deleting},
                                                  {"DELETED", state::ChildState::deleted},
                                                  {"DESTROYING", state::ChildState::deleted}});

template <class Table>
auto find_state(const Table& table, std::string_view name) -> std::optional<decltype(table.front().value)> {
  for (const auto& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

template <class Number>
bool store(std::optional<Number>& member, std::string_view value, int base = 10) {
  member = parse_number<Number>(value, base);
  return member.has_value();
}

std::string join(const std::vector<std::string_view>& values) {
  std::string joined;
  for (const auto value : values) {
    if (!joined.empty()) joined += ' ';
    joined += value;
  }
  return joined;
}

}  // namespace

void Sas::begin_ike(std::string_view name, std::size_t line) {
  end_ike();
  cut_off_ = false;
  ike_ = {};
  ike_.name = builder_.text(name);
  ike_.initiator = false;  // printed only when it is true
  ike_.child_sas.emplace();
  ike_proposal_ = {};
  ike_details_.clear();
  virtual_ips_.clear();
  ike_line_ = line;
  in_ike_ = true;
}

void Sas::begin_child(std::string_view name) {
  end_child();
  child_ = {};
  child_.name = builder_.text(name);
  child_.encapsulation = state::Encapsulation::none;  // these three are printed only when they are true
  child_.esn = false;
  child_proposal_ = {};
  child_details_.clear();
  no_sa_yet_ = false;
  in_child_ = true;
}

// --- values ----------------------------------------------------------------------------------------------------------

bool Sas::proposal_value(Proposal& proposal, std::string_view name, std::string_view value) {
  if (name == "encr-alg") {
    proposal.encryption = value;
  } else if (name == "integ-alg") {
    proposal.integrity = value;
  } else if (name == "prf-alg") {
    proposal.prf = value;
  } else if (name == "dh-group") {
    proposal.dh_group = value;
  } else if (name == "encr-keysize") {
    proposal.encryption_bits = parse_number<std::uint16_t>(value).value_or(0);
  } else if (name == "integ-keysize") {
    proposal.integrity_bits = parse_number<std::uint16_t>(value).value_or(0);
  } else {
    return false;
  }
  return true;
}

bool Sas::endpoint_value(std::string_view name, std::string_view value) {
  auto rest = name;
  auto& end = take_prefix(rest, "local-") ? ike_.local : ike_.remote;
  if (&end == &ike_.remote) take_prefix(rest, "remote-");
  if (rest == "host") {
    const auto address = state::parse_address(value.substr(0, value.find('%', 1)));
    if (address) end.address = *address;
    return address || value.starts_with("%any");  // not known yet
  }
  if (rest == "port") return store(end.port, value);
  end.id = builder_.text(value);
  return true;
}

bool Sas::ike_number(std::string_view name, std::string_view value) {
  if (name == "uniqueid") return store(ike_.unique_id, value);
  if (name == "version") return store(ike_.version, value);
  if (name == "initiator-spi") return store(ike_.initiator_spi, value, 16);
  if (name == "responder-spi") return store(ike_.responder_spi, value, 16);
  if (name == "established") return store(ike_.age_seconds, value);
  if (name == "rekey-time") return store(ike_.rekey_in_seconds, value);
  return store(ike_.expires_in_seconds, value);  // life-time
}

bool Sas::ike_value(std::string_view name, std::string_view value) {
  static constexpr auto kNumbers = std::to_array<std::string_view>(
      {"uniqueid", "version", "initiator-spi", "responder-spi", "established", "rekey-time", "life-time"});
  static constexpr auto kEndpoints = std::to_array<std::string_view>(
      {"local-host", "local-port", "local-id", "remote-host", "remote-port", "remote-id"});
  if (proposal_value(ike_proposal_, name, value)) return true;
  if (std::ranges::find(kEndpoints, name) != kEndpoints.end()) return endpoint_value(name, value);
  bool good = true;
  if (name == "initiator") {
    ike_.initiator = value == "yes";
    return true;
  }
  if (name == "state") {
    ike_.state = find_state(kIkeStates, value);
    if (ike_.state && value != "CREATED" && value != "DESTROYING") return true;
  } else if (std::ranges::find(kNumbers, name) != kNumbers.end()) {
    good = ike_number(name, value);
    if (good) return true;
  }
  builder_.detail(ike_details_, name, value);
  return good;
}

bool Sas::child_number(std::string_view name, std::string_view value) {
  if (name == "uniqueid") return store(child_.unique_id, value);
  if (name == "reqid") return store(child_.reqid, value);
  if (name == "spi-in") return store(child_.spi_in, value, 16);
  if (name == "spi-out") return store(child_.spi_out, value, 16);
  if (name == "bytes-in") return store(child_.bytes_in, value);
  if (name == "bytes-out") return store(child_.bytes_out, value);
  if (name == "packets-in") return store(child_.packets_in, value);
  if (name == "packets-out") return store(child_.packets_out, value);
  if (name == "rekey-time") return store(child_.rekey_in_seconds, value);
  if (name == "life-time") return store(child_.expires_in_seconds, value);
  return store(child_.age_seconds, value);  // install-time
}

/// True when the value is all in the state; false when a detail has to keep it.
bool Sas::child_word(std::string_view name, std::string_view value) {
  const auto lower = [](std::string_view text) {
    std::string result(text);
    for (auto& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
  };
  if (name == "state") {
    child_.state = find_state(kChildStates, value);
    no_sa_yet_ =
        !child_.state && (value == "CREATED" || value == "ROUTED" || value == "INSTALLING" || value == "RETRYING");
    return child_.state && value != "UPDATING" && value != "DESTROYING";
  }
  if (name == "mode") return (child_.mode = state::parse<state::Mode>(lower(value))).has_value();
  if (name == "protocol") return (child_.protocol = state::parse<state::Protocol>(lower(value))).has_value();
  if (name == "encap") {
    child_.encapsulation = value == "yes" ? state::Encapsulation::udp : state::Encapsulation::none;
    return true;
  }
  if (name == "esn") return (child_.esn = value == "1").has_value();
  return false;
}

bool Sas::child_value(std::string_view name, std::string_view value) {
  static constexpr auto kNumbers =
      std::to_array<std::string_view>({"uniqueid", "reqid", "spi-in", "spi-out", "bytes-in", "bytes-out", "packets-in",
                                       "packets-out", "rekey-time", "life-time", "install-time"});
  if (name == "name") {
    child_.name = builder_.text(value);
    return true;
  }
  if (proposal_value(child_proposal_, name, value) || child_word(name, value)) return true;
  const bool is_number = std::ranges::find(kNumbers, name) != kNumbers.end();
  if (is_number && child_number(name, value)) return true;
  builder_.detail(child_details_, name, value);
  return !is_number;
}

void Sas::ike_list(std::string_view name, const std::vector<std::string_view>& values) {
  if (name == "local-vips" || name == "remote-vips") {
    for (const auto value : values) virtual_ips_.push_back(builder_.text(value));
    return;
  }
  builder_.detail(ike_details_, name, join(values));
}

state::TextList Sas::selectors(const std::vector<std::string_view>& values) {
  std::vector<state::Interned> texts;
  texts.reserve(values.size());
  for (const auto value : values) texts.push_back(builder_.text(normalize_strongswan(value)));
  return builder_.texts().list(texts);
}

void Sas::child_list(std::string_view name, const std::vector<std::string_view>& values) {
  if (name == "local-ts") {
    child_.local_ts = selectors(values);
  } else if (name == "remote-ts") {
    child_.remote_ts = selectors(values);
  } else {
    builder_.detail(child_details_, name, join(values));
  }
}

// --- ends ------------------------------------------------------------------------------------------------------------

template <class Sa>
void Sas::take_proposal(Sa& sa, const Proposal& proposal) {
  if (!proposal.dh_group.empty()) {
    sa.dh_group = builder_.algorithm(AlgorithmKind::dh_group, Dialect::strongswan, proposal.dh_group, 0);
  }
  if (!proposal.integrity.empty()) {
    sa.integrity =
        builder_.algorithm(AlgorithmKind::integrity, Dialect::strongswan, proposal.integrity, proposal.integrity_bits);
  }
  if (proposal.encryption.empty()) return;  // AH
  sa.encryption =
      builder_.algorithm(AlgorithmKind::encryption, Dialect::strongswan, proposal.encryption, proposal.encryption_bits);
  if (!sa.integrity && !cut_off_) sa.integrity = builder_.text("");  // an AEAD, or ESP without integrity
}

void Sas::end_child() {
  if (!in_child_) return;
  in_child_ = false;
  take_proposal(child_, child_proposal_);
  if (cut_off_) {
    if (child_.encapsulation == state::Encapsulation::none) child_.encapsulation.reset();
    if (child_.esn == false) child_.esn.reset();
  } else if (!child_.dh_group && (child_.encryption || child_.integrity)) {
    child_.dh_group = builder_.text("");
  }
  child_.details = builder_.freeze(child_details_);
  if (!no_sa_yet_) return ike_.child_sas->push_back(child_);
  if (!ike_.children_down) ike_.children_down.emplace();
  ike_.children_down->push_back(child_);
}

void Sas::end_ike() {
  end_child();
  if (!in_ike_) return;
  in_ike_ = false;
  take_proposal(ike_, ike_proposal_);
  if (!ike_proposal_.prf.empty()) {
    ike_.prf = builder_.algorithm(AlgorithmKind::prf, Dialect::strongswan, ike_proposal_.prf, 0);
  }
  const bool has_all = !cut_off_ || !ike_.child_sas->empty();  // children come last
  if (has_all || !virtual_ips_.empty()) ike_.virtual_ips = builder_.texts().list(virtual_ips_);
  if (!has_all && ike_.initiator == false) ike_.initiator.reset();
  if (!has_all) ike_.child_sas.reset();
  ike_.details = builder_.freeze(ike_details_);
  if (ike_.child_sas) ike_.child_sas->shrink_to_fit();
  auto& sas = *member_.ike_sas;
  if (ike_.initiator_spi && ike_.responder_spi) {
    const auto [place, is_new] = index_of_.try_emplace({*ike_.initiator_spi, *ike_.responder_spi}, sas.size());
    if (!is_new) {
      builder_.warn(ike_line_, "the IKE SA is listed again: the later listing counts");
      sas[place->second] = std::move(ike_);
      return;
    }
  }
  sas.push_back(std::move(ike_));
}

}  // namespace sasync::importer::swanctl
