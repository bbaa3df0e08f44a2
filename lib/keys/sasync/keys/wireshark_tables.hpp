#pragma once
// Key tables as Wireshark and tshark read them (checked with 4.0.17): ikev2_decryption_table, ikev1_decryption_table
// and esp_sa, in the profile's directory or where WIRESHARK_CONFIG_DIR points. They hold keys in clear.

#include <filesystem>
#include <string>
#include <vector>

#include "sasync/keys/key_store.hpp"

namespace sasync::keys {

inline constexpr std::string_view kIkev2Table = "ikev2_decryption_table";
inline constexpr std::string_view kIkev1Table = "ikev1_decryption_table";
inline constexpr std::string_view kEspTable = "esp_sa";

struct TableExport {
  std::size_t ikev2 = 0, ikev1 = 0, esp = 0;  ///< entries written
  std::vector<std::string> left_out;          ///< one sentence for each SA that Wireshark cannot be told about
};

/// Writes all three, with mode 0600, into `directory`, which is made (mode 0700) when it does not exist. A file that is
/// there already is replaced when this function wrote it, and refused otherwise: it may be the user's own.
Expected<TableExport> write_wireshark_tables(const KeyStore& keys, const std::filesystem::path& directory);

}  // namespace sasync::keys
