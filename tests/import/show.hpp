#pragma once
// A state document as lines that are easy to write by hand and to compare: one line a member, an IKE SA, a child. Only
// what is present is shown, under short names, in the order of the document. Details are shown on request.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "sasync/state/document.hpp"

namespace sasync::test {

class Show {
 public:
  explicit Show(bool details = false) : details_(details) {}

  std::vector<std::string> lines(const state::Document& document) {
    for (const auto& member : document.members) show(member);
    return std::move(lines_);
  }

 private:
  void begin(std::string_view what) { line_ = what; }
  void end() { lines_.push_back(std::move(line_)); }

  void put(std::string_view name, std::string_view value) { line_.append(" ").append(name).append("=").append(value); }
  void show(std::string_view name, state::Interned value) {
    if (value) put(name, value.view());
  }
  void show(std::string_view name, const std::optional<bool>& value) {
    if (value) put(name, *value ? "true" : "false");
  }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void show(std::string_view name, const std::optional<Number>& value) {
    if (value) put(name, std::to_string(*value));
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void show(std::string_view name, const std::optional<Enum>& value) {
    if (value) put(name, name_of(*value));
  }
  template <class Number>
  void show_hex(std::string_view name, const std::optional<Number>& value) {
    if (value) put(name, fmt::format("{:0{}x}", *value, sizeof(Number) * 2));
  }
  void show(std::string_view name, const state::TextList& list) {
    if (!list) return;
    std::string joined;
    for (const auto text : list) joined.append(joined.empty() ? "" : ",").append(text.view());
    put(name, "[" + joined + "]");
  }
  void show(std::string_view name, const state::Endpoint& end) {
    if (!end.present()) return;
    std::string text = net::to_string(end.address);
    if (end.port) text += fmt::format("[{}]", *end.port);
    put(name, text);
    if (end.id) put(std::string(name) + "_id", end.id.view());
  }
  void show_details(const state::Details& details) {
    if (!details_) return;
    for (const auto& detail : details) {
      lines_.push_back(fmt::format("  {}: {}", detail.name.view(), detail.value.view()));
    }
  }

  void show(const state::ChildSa& sa, std::string_view kind) {
    begin(kind);
    show("name", sa.name);
    show("id", sa.unique_id);
    show("reqid", sa.reqid);
    show("state", sa.state);
    show_hex("in", sa.spi_in);
    show_hex("out", sa.spi_out);
    show("proto", sa.protocol);
    show("mode", sa.mode);
    show("encap", sa.encapsulation);
    show("enc", sa.encryption);
    show("integ", sa.integrity);
    show("dh", sa.dh_group);
    show("esn", sa.esn);
    show("local", sa.local_ts);
    show("remote", sa.remote_ts);
    show("seq", sa.seq_out);
    show("window", sa.replay.window);
    show("last", sa.replay.last);
    show("mtu", sa.mtu);
    show("pin", sa.packets_in);
    show("bin", sa.bytes_in);
    show("pout", sa.packets_out);
    show("bout", sa.bytes_out);
    show("age", sa.age_seconds);
    show("rekey", sa.rekey_in_seconds);
    show("expires", sa.expires_in_seconds);
    show("life", sa.lifetime_seconds);
    end();
    show_details(sa.details);
  }

  void show(const state::IkeSa& sa) {
    begin("ike");
    show("name", sa.name);
    show("vdom", sa.vdom);
    show("id", sa.unique_id);
    show("v", sa.version);
    show_hex("i", sa.initiator_spi);
    show_hex("r", sa.responder_spi);
    show("initiator", sa.initiator);
    show("state", sa.state);
    show("local", sa.local);
    show("remote", sa.remote);
    show("enc", sa.encryption);
    show("integ", sa.integrity);
    show("prf", sa.prf);
    show("dh", sa.dh_group);
    show("send", sa.message_id.send);
    show("receive", sa.message_id.receive);
    show("vips", sa.virtual_ips);
    show("dialup", sa.dialup);
    show("if", sa.interface);
    show("age", sa.age_seconds);
    show("rekey", sa.rekey_in_seconds);
    show("expires", sa.expires_in_seconds);
    show("life", sa.lifetime_seconds);
    show("selectors", sa.selectors_total);
    show("up", sa.selectors_up);
    if (!sa.child_sas) line_ += " children=unknown";
    end();
    show_details(sa.details);
    if (sa.child_sas) {
      for (const auto& child : *sa.child_sas) show(child, "child");
    }
    if (sa.children_down) {
      for (const auto& child : *sa.children_down) show(child, "down");
    }
  }

  void show(const state::Member& member) {
    begin("member");
    show("name", member.name);
    show("serial", member.serial);
    show("role", member.role);
    show("source", member.source);
    if (!member.ike_sas) line_ += " ike=unknown";
    end();
    show_details(member.details);
    if (member.counters) {
      for (const auto& counter : *member.counters) {
        lines_.push_back(fmt::format("{} {}", counter.name.view(), counter.value));
      }
    }
    if (member.cluster_members) {
      for (const auto& other : *member.cluster_members) {
        begin("cluster");
        show("serial", other.serial);
        show("name", other.name);
        show("role", other.role);
        show("priority", other.priority);
        show("index", other.index);
        show("in_sync", other.in_sync);
        end();
        show_details(other.details);
      }
    }
    if (member.ike_sas) {
      for (const auto& sa : *member.ike_sas) show(sa);
    }
  }

  bool details_;
  std::string line_;
  std::vector<std::string> lines_;
};

/// The document's lines; with `details` everything that the source printed besides.
inline std::vector<std::string> show(const state::Document& document, bool details = false) {
  return Show(details).lines(document);
}

}  // namespace sasync::test
