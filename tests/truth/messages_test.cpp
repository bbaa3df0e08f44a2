// ikev2-psk-establish: every attribute of every message, in order, as the second decoder (truth/ha-messages.jsonl) has
// it.
#include <cmath>
#include <functional>
#include <map>
#include <string_view>

#include "support/hex.hpp"
#include "truth/sync_message.hpp"

namespace {

using namespace sasync::test;
using sasync::Bytes;

std::vector<std::uint8_t> octets(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Dotted IPv4, the only family in this capture.
std::vector<std::uint8_t> ipv4(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, '.');) bytes.push_back(static_cast<std::uint8_t>(std::stoi(part)));
  return bytes;
}

// --- The typed message ---------------------------------------------------------------------------------------------

bool same_ike_id(const ha::IkeSaId& id, const Json& truth) {
  return id.version == truth.at("version") && octets(id.initiator_spi) == hex(truth.at("spi_i").get<std::string>()) &&
         octets(id.responder_spi) == hex(truth.at("spi_r").get<std::string>()) && id.role == truth.at("initiator");
}

bool same_host(const ha::HostValue& host, const Json& truth) {
  constexpr int kAfInet = 2;
  return host.family == kAfInet && octets(host.address) == ipv4(truth.at("addr")) && host.port == truth.at("port");
}

bool same_selector(const ha::TrafficSelector& selector, const Json& truth) {
  return selector.type == truth.at("type") && selector.protocol == truth.at("proto") &&
         selector.from_port == truth.at("from_port") && selector.to_port == truth.at("to_port") &&
         selector.dynamic == truth.at("dynamic") && octets(selector.from) == ipv4(truth.at("from")) &&
         octets(selector.to) == ipv4(truth.at("to"));
}

bool same_number(const ha::Message& message, std::uint32_t number, const Json& truth) {
  if (!truth.is_object()) return number == truth;
  const auto as_hex = [](std::uint32_t value) { return fmt::format("{:08x}", value); };
  return as_hex(number) == truth.at("wire").get<std::string>() &&
         as_hex(message.esp_spi(number)) == truth.at("spi").get<std::string>();
}

bool same_value(const ha::Message& message, const ha::Attribute& attribute, const Json& truth) {
  if (const auto* number = std::get_if<std::uint32_t>(&attribute.value)) return same_number(message, *number, truth);
  if (const auto* id = std::get_if<ha::IkeSaId>(&attribute.value)) return same_ike_id(*id, truth);
  if (const auto* host = std::get_if<ha::HostValue>(&attribute.value)) return same_host(*host, truth);
  if (const auto* selector = std::get_if<ha::TrafficSelector>(&attribute.value)) return same_selector(*selector, truth);
  if (const auto* identity = std::get_if<ha::IdentityValue>(&attribute.value)) {
    return identity->type == truth.at("type") && octets(identity->data) == hex(truth.at("data").get<std::string>());
  }
  const auto bytes = std::get<Bytes>(attribute.value);
  if (attribute.name == ha::AttributeName::config_name) return sasync::as_text(bytes) == truth.get<std::string>();
  return octets(bytes) == hex(truth.get<std::string>());
}

// --- The JSON record -----------------------------------------------------------------------------------------------
// The truth has numbers where our JSON has names: those that occur, with their names in RFC 7296's registries and in
// strongSwan's SA lists.

Json named(const std::map<int, std::string>& names, const Json& number) { return names.at(number.get<int>()); }

Json flags(const std::map<int, std::string>& names, const Json& number) {
  auto set = Json::array();
  for (const auto& [bit, name] : names) {
    if ((number.get<unsigned>() >> bit & 1U) != 0) set.push_back(name);
  }
  unsigned known = 0;
  for (const auto& [bit, name] : names) known |= 1U << bit;
  BOOST_TEST((number.get<unsigned>() & ~known) == 0U);
  return set;
}

Json selector(const Json& truth) {
  const std::string from = truth.at("from");
  const std::string to = truth.at("to");
  BOOST_REQUIRE(from.ends_with(".0"));
  BOOST_REQUIRE_EQUAL(from.substr(0, from.size() - 1) + "255", to);
  std::string text = from + "/24";
  if (truth.at("proto") == 0) return text;
  text += "[" + std::to_string(truth.at("proto").get<int>());
  if (truth.at("from_port") == truth.at("to_port")) text += "/" + std::to_string(truth.at("from_port").get<int>());
  return text + "]";
}

Json identity(const Json& truth) {
  const auto bytes = hex(truth.at("data").get<std::string>());
  return {{"type", named({{2, "fqdn"}, {3, "rfc822"}}, truth.at("type"))},
          {"value", std::string{bytes.begin(), bytes.end()}}};
}

Json ike_id(const Json& truth) {
  return {{"version", truth.at("version")},
          {"initiator_spi", truth.at("spi_i")},
          {"responder_spi", truth.at("spi_r")},
          {"initiator", truth.at("initiator") == 1}};
}

Json as_it_is(const Json& truth) { return truth; }
Json host(const Json& truth) { return {{"address", truth.at("addr")}, {"port", truth.at("port")}}; }
Json spi(const Json& truth) { return truth.at("spi"); }
Json cpi(const Json& truth) { return fmt::format("{:04x}", truth.get<unsigned>()); }
Json secret(const Json& truth) { return fmt::format("<{} bytes redacted>", truth.get<std::string>().size() / 2); }

struct JsonForm {
  std::string key;
  std::function<Json(const Json&)> value;
  bool list = false;
};

const std::map<std::string, JsonForm>& json_forms() {
  const auto by_name = [](std::map<int, std::string> names) {
    return [names = std::move(names)](const Json& truth) { return named(names, truth); };
  };
  const auto by_bit = [](std::map<int, std::string> names) {
    return [names = std::move(names)](const Json& truth) { return flags(names, truth); };
  };
  static const std::map<std::string, JsonForm> kForms{
      {"IKE_VERSION", {"ike_version", as_it_is}},
      {"IKE_ID", {"ike_id", ike_id}},
      {"ALG_ENCR", {"alg_encr", by_name({{12, "AES_CBC"}})}},
      {"ALG_ENCR_LEN", {"alg_encr_len", as_it_is}},
      {"ALG_INTEG", {"alg_integ", by_name({{12, "HMAC_SHA2_256_128"}})}},
      {"ALG_PRF", {"alg_prf", by_name({{5, "PRF_HMAC_SHA2_256"}})}},
      {"ALG_DH", {"alg_dh", by_name({{19, "ECP_256"}})}},
      {"NONCE_I", {"nonce_i", as_it_is}},
      {"NONCE_R", {"nonce_r", as_it_is}},
      {"SECRET", {"secret", secret}},
      {"REMOTE_ADDR", {"remote_addr", host}},
      {"LOCAL_ADDR", {"local_addr", host}},
      {"PEER_ADDR", {"peer_addr", host, true}},
      {"MID", {"mid", as_it_is}},
      {"LOCAL_ID", {"local_id", identity}},
      {"REMOTE_ID", {"remote_id", identity}},
      {"CONDITIONS",
       {"conditions", by_bit({{0, "NAT_ANY"}, {2, "NAT_THERE"}, {6, "ORIGINAL_INITIATOR"}, {14, "AUTHENTICATED"}})}},
      {"EXTENSIONS",
       {"extensions", by_bit({{0, "NATT"},
                              {3, "MULTIPLE_AUTH"},
                              {5, "EAP_ONLY_AUTHENTICATION"},
                              {8, "DPD"},
                              {11, "IKE_FRAGMENTATION"},
                              {12, "SIGNATURE_AUTH"},
                              {13, "IKE_REDIRECTION"},
                              {16, "IKE_CHILDLESS"}})}},
      {"CONFIG_NAME", {"config_name", as_it_is}},
      {"INITIATOR", {"initiator", [](const Json& truth) { return Json(truth == 1); }}},
      {"INBOUND_SPI", {"inbound_spi", spi}},
      {"OUTBOUND_SPI", {"outbound_spi", spi}},
      {"INBOUND_CPI", {"inbound_cpi", cpi}},
      {"OUTBOUND_CPI", {"outbound_cpi", cpi}},
      {"IPSEC_MODE", {"ipsec_mode", by_name({{2, "TUNNEL"}})}},
      {"IPCOMP", {"ipcomp", by_name({{0, "IPCOMP_NONE"}})}},
      {"ESN", {"esn", by_name({{0, "NO_EXT_SEQ"}})}},
      {"LOCAL_TS", {"local_ts", selector, true}},
      {"REMOTE_TS", {"remote_ts", selector, true}},
      {"SEGMENT", {"segment", as_it_is, true}},
  };
  return kForms;
}

/// The record's `fields` as they must be, in wire order.
Json expected_fields(const Json& attributes) {
  auto fields = Json::object();
  for (const auto& attribute : attributes) {
    const auto& form = json_forms().at(attribute.at(0));
    auto value = form.value(attribute.at(1));
    if (form.list) {
      fields[form.key].push_back(std::move(value));
    } else {
      BOOST_TEST(!fields.contains(form.key));
      fields[form.key] = std::move(value);
    }
  }
  return fields;
}

std::int64_t microseconds(double seconds) { return std::llround(seconds * 1e6); }

BOOST_AUTO_TEST_SUITE(truth_messages)

BOOST_AUTO_TEST_CASE(every_attribute_of_every_message_is_as_the_second_decoder_has_it) {
  const auto scenario = captures_folder() / "strongswan" / "ikev2-psk-establish";
  const auto truth = json_lines(read_text(scenario / "truth" / "ha-messages.jsonl"));
  const auto messages = sync_messages(scenario);
  BOOST_REQUIRE_EQUAL(messages.size(), truth.size());
  std::size_t attributes_compared = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    BOOST_TEST_CONTEXT("message " << i << ", frame " << messages[i].raw.frame) {
      const auto& [raw, typed, record] = messages[i];
      BOOST_TEST(raw.time.total_nanoseconds() / 1000 == microseconds(truth[i].at("t")));
      BOOST_TEST(raw.src == truth[i].at("src").get<std::string>());
      BOOST_TEST(typed.version == truth[i].at("version"));
      BOOST_TEST(typed.type_number == truth[i].at("type"));
      BOOST_TEST(raw.bytes.size() == truth[i].at("len"));
      const auto& attributes = truth[i].at("attrs");
      BOOST_REQUIRE_EQUAL(typed.attributes.size(), attributes.size());
      for (std::size_t a = 0; a < attributes.size(); ++a) {
        BOOST_TEST(json_forms().at(attributes[a][0]).key == ha::attribute_name(typed.attributes[a].name));
        BOOST_TEST(same_value(typed, typed.attributes[a], attributes[a][1]), attributes[a]);
        ++attributes_compared;
      }

      const auto& time = raw.time;
      BOOST_TEST(record.at("time") == fmt::format("{}.{:06}", time.seconds, time.nanoseconds / 1000));
      BOOST_TEST(record.at("src") == truth[i].at("src"));
      BOOST_TEST(record.at("protocol") == "strongswan-ha");
      BOOST_TEST(record.at("version") == truth[i].at("version"));
      BOOST_TEST(record.at("message") == truth[i].at("name"));
      BOOST_TEST(record.at("length") == truth[i].at("len"));
      BOOST_TEST(record.at("fields").dump() == expected_fields(attributes).dump());
      BOOST_TEST(!record.contains("unknown"));
      BOOST_TEST(!record.contains("malformed"));
    }
  }
  BOOST_TEST(truth.size() == 70U);
  BOOST_TEST(attributes_compared == 146U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
