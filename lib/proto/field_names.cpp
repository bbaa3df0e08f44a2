#include "sasync/proto/field_names.hpp"

#include <algorithm>
#include <ranges>
#include <vector>

#include "pfkey_table.hpp"
#include "sasync/event/field.hpp"
#include "strongswan_ha_table.hpp"

namespace sasync::proto {
namespace {

/// Those that are in no table of their own, a blank between them.
constexpr std::string_view kOthers =
    "action addtime af after after_end after_stream allocations attributes auth authentication authenticator "
    "before behind bits byte_order bytes_in bytes_out cfg_type checksum ciphertext code counter_delta cpi crc32c "
    "critical ctl cur_bytes data data2 data_length decompressed decrypted_payloads decryption doi drops_in "
    "drops_out eap_data eap_type encoding encrypt encrypted_data encrypted_payload expected_recv_req_message_id "
    "expected_send_req_message_id extra family fragment_id fragment_number global group group_id group_name "
    "group_name_rest ha_checksums hash hash_algorithms id identifier identity inferred initiator_spi "
    "interface_index interface_inventory interfaces invalid_message_id ip_dst ip_length ip_protocol ip_src "
    "ip_version key key_length last len mac magic method name next_payload non_esp_marker notify packets_in "
    "packets_out padding padlen payload_length payloads plaintext_length port port_name port_name_rest proposals "
    "protocol rdomain replay replay_status reserved reserved2 responder_spi revision root rpl sadb_errno "
    "sadb_len sadb_pid sadb_reserved sadb_satype sadb_seq sadb_type sadb_version seconds sections selectors "
    "sequence_number serial_number serial_number_rest situation size spis sproto state tdbs total_fragments "
    "trailer trailing transform transforms type uncompressed unit unknown_36 unknown_40 unknown_70 "
    "unsupported_payload updates usetime value vcluster_id vendor virtual_cluster virtual_mac window_size";

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names;
  for (const auto word : std::views::split(kOthers, ' ')) names.emplace_back(word);
  for (const auto& attribute : strongswan_ha::kAttributes) names.emplace_back(attribute.field);
  for (const auto& field : event::kFieldNames) names.push_back(field.name);
  for (const auto& extension : pfkey::kExtensions) {
    if (*extension.name != '\0') names.emplace_back(extension.name);
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

}  // namespace

std::span<const std::string_view> field_names() {
  static const auto kNames = all_names();
  return kNames;
}

bool is_field_name(std::string_view name) { return std::ranges::binary_search(field_names(), name); }

}  // namespace sasync::proto
