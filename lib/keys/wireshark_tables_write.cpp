#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <ranges>
#include <utility>
#include <vector>

#include "sasync/base/text.hpp"
#include "sasync/keys/wireshark_tables.hpp"
#include "sasync/proto/ike_names.hpp"
#include "wireshark_names.hpp"

namespace sasync::keys {
namespace {

// The first line of every file that is written here, and how one is known again.
constexpr std::string_view kMark =
    "# Written by sasync. These are the keys of VPN tunnels: keep them as you keep the captures.\n";

/// Text that is wiped when it goes: it holds keys.
class SecretText {
 public:
  void text(std::string_view words) { bytes_.insert(bytes_.end(), words.begin(), words.end()); }
  void hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const auto byte : bytes) {
      bytes_.push_back(static_cast<std::uint8_t>(kDigits[byte >> 4U]));
      bytes_.push_back(static_cast<std::uint8_t>(kDigits[byte & 0xFU]));
    }
  }
  [[nodiscard]] Bytes view() const { return bytes_; }

 private:
  SecretBytes bytes_;
};

struct Tables {
  SecretText ikev2, ikev1, esp;
  TableExport counts;
};

std::string spi_text(const Spis& spis) {
  Text text;
  append_hex(text, Bytes{spis.initiator});
  append(text, ',');
  append_hex(text, Bytes{spis.responder});
  return std::string{view(text)};
}

std::string_view or_number(std::string_view name, const std::string& number) { return name.empty() ? number : name; }

void leave_out(TableExport& counts, std::string sa, const Algorithms& algorithms) {
  const auto encr = std::to_string(algorithms.encr);
  const auto integ = std::to_string(algorithms.integ);
  counts.left_out.push_back(fmt::format("{}: Wireshark has no name for {} {} with integrity {}", sa,
                                        or_number(proto::encryption_name(algorithms.encr), encr), algorithms.encr_bits,
                                        or_number(proto::integrity_name(algorithms.integ), integ)));
}

/// The newest keys: Wireshark takes one entry for an SA.
const Ikev2Keys* newest(const IkeSa& sa) {
  for (const auto& generation : sa.generations | std::views::reverse) {
    if (!generation.alternative) return &generation.keys;
  }
  return nullptr;
}

void add_ikev2(Tables& tables, const IkeSa& sa, const Ikev2Keys& keys) {
  const auto& algorithms = keys.algorithms;
  const auto cipher = ike_cipher_name(algorithms.encr, algorithms.encr_bits);
  const auto integrity = ike_integrity_name(algorithms.integ);
  if (cipher.empty() || integrity.empty()) return leave_out(tables.counts, "IKE_SA " + spi_text(sa.spis), algorithms);
  auto& out = tables.ikev2;
  out.text(spi_text(sa.spis));
  out.text(",");
  out.hex(keys.sk_ei);
  out.text(",");
  out.hex(keys.sk_er);
  out.text(fmt::format(",\"{}\",", cipher));
  const bool is_checked = integrity != kUncheckedIntegrity;  // else Wireshark wants no keys
  if (is_checked) out.hex(keys.sk_ai);
  out.text(",");
  if (is_checked) out.hex(keys.sk_ar);
  out.text(fmt::format(",\"{}\"\n", integrity));
  ++tables.counts.ikev2;
}

void add_ikev1(Tables& tables, const IkeSa& sa) {
  tables.ikev1.hex(sa.spis.initiator);
  tables.ikev1.text(",");
  tables.ikev1.hex(sa.v1->ka);
  tables.ikev1.text("\n");
  ++tables.counts.ikev1;
}

std::string address_text(const net::IpAddress& address) { return address.present() ? net::to_string(address) : "*"; }

void add_esp(Tables& tables, const KeyStore& keys, const EspSa& sa) {
  const auto& algorithms = sa.algorithms;
  const auto cipher = esp_cipher_name(algorithms.encr);
  const auto integrity = esp_integrity_name(algorithms.integ);
  if (cipher.empty() || integrity.empty()) {
    return leave_out(tables.counts, fmt::format("ESP SA {:08x}", sa.spi), algorithms);
  }
  auto src = sa.src;
  auto dst = sa.dst;
  if (const auto* ike = keys.find_ike(sa.ike); ike != nullptr && !src.present() && !dst.present()) {
    src = sa.inbound ? ike->remote : ike->local;
    dst = sa.inbound ? ike->local : ike->remote;
  }
  const bool is_ipv6 = src.size == 16 || dst.size == 16;
  const auto hex = [&](Bytes key) {
    tables.esp.text("\"");
    if (!key.empty()) tables.esp.text("0x");
    tables.esp.hex(key);
    tables.esp.text("\"");
  };
  tables.esp.text(fmt::format(R"("{}","{}","{}","0x{:08x}","{}",)", is_ipv6 ? "IPv6" : "IPv4", address_text(src),
                              address_text(dst), sa.spi, cipher));
  hex(sa.encr);
  tables.esp.text(fmt::format(",\"{}\",", integrity));
  hex(sa.integ);
  tables.esp.text("\n");
  ++tables.counts.esp;
}

std::unexpected<Problem> file_problem(const std::filesystem::path& path, std::string_view why) {
  return std::unexpected(Problem{ProblemCode::file, fmt::format("{}: {}", path.string(), why)});
}

bool write_all(int file, Bytes bytes) {
  while (!bytes.empty()) {
    const auto done = write(file, bytes.data(), bytes.size());
    if (done < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return true;
}

/// True when the file is empty, or begins with our mark.
bool is_ours(int file) {
  std::array<char, kMark.size()> begin{};
  const auto got = pread(file, begin.data(), begin.size(), 0);
  return got == 0 ||
         (got == static_cast<ssize_t>(kMark.size()) && std::string_view{begin.data(), begin.size()} == kMark);
}

/// A file that is open, until it goes.
class OpenFile {
 public:
  explicit OpenFile(int file) : file_(file) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  OpenFile(OpenFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile() {
    if (file_ >= 0) close(file_);
  }
  [[nodiscard]] int get() const { return file_; }
  bool finish() { return close(std::exchange(file_, -1)) == 0; }

 private:
  int file_;
};

// Mode 0600 before the first byte is in it. A link is not followed: it may point anywhere.
Expected<OpenFile> open_table(const std::filesystem::path& path) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open() is declared so
  OpenFile file{open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (file.get() < 0) return file_problem(path, fmt::format("cannot be written: {}", std::strerror(errno)));
  if (!is_ours(file.get())) {
    return file_problem(path, "is there already, and was not written by this program; choose another directory");
  }
  return file;
}

Status write_table(const std::filesystem::path& path, OpenFile& file, Bytes content) {
  const bool written = fchmod(file.get(), S_IRUSR | S_IWUSR) == 0 && ftruncate(file.get(), 0) == 0 &&
                       write_all(file.get(), as_bytes(kMark)) && write_all(file.get(), content);
  const int reason = errno;
  if (!file.finish() || !written) {
    return file_problem(path, fmt::format("cannot be written: {}", std::strerror(reason)));
  }
  return {};
}

}  // namespace

Expected<TableExport> write_wireshark_tables(const KeyStore& keys, const std::filesystem::path& directory) {
  Tables tables;
  for (const auto& sa : keys.ike_sas()) {
    if (sa.v1) add_ikev1(tables, sa);
    if (const auto* newest_keys = newest(sa)) add_ikev2(tables, sa, *newest_keys);
  }
  for (const auto& sa : keys.esp_sas()) add_esp(tables, keys, sa);

  if (mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return file_problem(directory, fmt::format("this directory cannot be made: {}", std::strerror(errno)));
  }
  // None is written unless all three can be.
  const std::array files{std::pair{kIkev2Table, &tables.ikev2}, std::pair{kIkev1Table, &tables.ikev1},
                         std::pair{kEspTable, &tables.esp}};
  std::vector<OpenFile> opened;
  for (const auto& [name, table] : files) {
    auto file = open_table(directory / name);
    if (!file) return std::unexpected(file.error());
    opened.push_back(std::move(*file));
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& [name, table] = files.at(i);
    if (auto written = write_table(directory / name, opened[i], table->view()); !written) {
      return std::unexpected(written.error());
    }
  }
  return std::move(tables.counts);
}

}  // namespace sasync::keys
