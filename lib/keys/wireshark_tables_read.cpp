// Reads Wireshark's key tables: one entry a line, fields between commas, texts in quotes, '#' begins a comment line.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <string_view>

#include "sasync/base/bytes.hpp"
#include "sasync/crypto/cipher.hpp"
#include "sasync/event/address_text.hpp"
#include "sasync/keys/key_store.hpp"
#include "wireshark_names.hpp"

namespace sasync::keys {
namespace {

constexpr std::size_t kTableBytesMax = 1U << 28U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kFieldsMax = 16;
constexpr std::size_t kIkev1Fields = 2;
constexpr std::size_t kTableFields = 8;

using Fields = std::span<const std::string_view>;

// What a line can lack; the caller adds which line of which file.
struct Fault {
  ProblemCode code = ProblemCode::malformed;
  std::string text;
};
std::unexpected<Fault> fault(std::string text, ProblemCode code = ProblemCode::malformed) {
  return std::unexpected(Fault{code, std::move(text)});
}

/// The whole file, in memory that is wiped. Files are read past any library's buffer: they hold keys.
Expected<SecretBytes> read_file(const std::filesystem::path& path) {
  const auto failed = [&](int reason) {
    return std::unexpected(
        Problem{ProblemCode::file, fmt::format("{}: cannot be read: {}", path.string(), std::strerror(reason))});
  };
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): open() is declared so
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed(errno);
  struct stat facts{};
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode) || static_cast<std::size_t>(facts.st_size) > kTableBytesMax) {
    close(file);
    return std::unexpected(Problem{ProblemCode::file, path.string() + ": no regular file, or too large for a table"});
  }
  SecretBytes content(static_cast<std::size_t>(facts.st_size));
  std::size_t filled = 0;
  while (filled < content.size()) {
    const auto got = read(file, content.data() + filled, content.size() - filled);
    if (got < 0) {
      const int reason = errno;
      close(file);
      return failed(reason);
    }
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  close(file);
  content.resize(filled);
  return content;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The fields of a line without their quotes; none when a quote is not closed or there are too many fields.
std::size_t split(std::string_view line, std::array<std::string_view, kFieldsMax>& fields) {
  std::size_t count = 0;
  while (count < fields.size()) {
    line = trimmed(line);
    if (line.starts_with('"')) {
      const auto closing = line.find('"', 1);
      if (closing == std::string_view::npos) return 0;
      fields[count++] = line.substr(1, closing - 1);
      line = trimmed(line.substr(closing + 1));
      if (line.empty()) return count;
      if (line.front() != ',') return 0;
      line.remove_prefix(1);
      continue;
    }
    const auto comma = line.find(',');
    fields[count++] = trimmed(line.substr(0, comma));
    if (comma == std::string_view::npos) return count;
    line.remove_prefix(comma + 1);
  }
  return 0;
}

/// Hex with or without 0x in front.
std::optional<SecretBytes> parse_hex(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  if (text.size() % 2 != 0) return std::nullopt;
  SecretBytes bytes;
  bytes.reserve(text.size() / 2);
  for (; !text.empty(); text.remove_prefix(2)) {
    std::uint8_t byte = 0;
    const auto digits = text.substr(0, 2);
    const auto [end, status] = std::from_chars(digits.begin(), digits.end(), byte, 16);
    if (status != std::errc{} || end != digits.end()) return std::nullopt;
    bytes.push_back(byte);
  }
  return bytes;
}

/// The name of an algorithm for an error's text. A line with a shifted or damaged column has a key there, in whatever
/// spelling: only what ends with the name of a specification in brackets, as most of Wireshark's names do, is shown.
std::string quoted(std::string_view name) {
  const bool is_name = name.ends_with(']') && name.contains(" [");
  return is_name ? fmt::format("\"{}\"", name) : std::string{"(not shown: it may be a key)"};
}

std::expected<Spis, Fault> parse_spis(std::string_view initiator, std::string_view responder) {
  const auto i = parse_hex(initiator);
  const auto r = parse_hex(responder);
  if (!i || !r || i->size() != Spis::kBytes || (r->size() != Spis::kBytes && !r->empty())) {
    return fault("an IKE SPI is not 16 hex digits");
  }
  return Spis::from(*i, *r);
}

std::expected<IkeSa, Fault> parse_ikev2(Fields fields) {
  const auto spis = parse_spis(fields[0], fields[1]);
  if (!spis) return std::unexpected(spis.error());
  const auto cipher = find_ike_cipher(fields[4]);
  const auto integrity = find_ike_integrity(fields[7]);
  if (!cipher) return fault(fmt::format("encryption {} is not supported", quoted(fields[4])), ProblemCode::unsupported);
  if (!integrity)
    return fault(fmt::format("integrity {} is not supported", quoted(fields[7])), ProblemCode::unsupported);
  std::array<std::optional<SecretBytes>, 4> keys{parse_hex(fields[2]), parse_hex(fields[3]), parse_hex(fields[5]),
                                                 parse_hex(fields[6])};
  for (const auto& key : keys) {
    if (!key) return fault("a key is no hex");
  }
  const auto known_cipher = crypto::find_cipher(cipher->encr, cipher->bits);
  const auto known_integrity = crypto::find_integrity(*integrity);
  const auto encr_bytes = known_cipher ? known_cipher->keymat_bytes() : 0;
  const auto integ_bytes = known_integrity ? known_integrity->key_bytes : 0;
  if (keys[0]->size() != encr_bytes || keys[1]->size() != encr_bytes || keys[2]->size() != integ_bytes ||
      keys[3]->size() != integ_bytes) {
    return fault(fmt::format(R"(a key's length does not fit "{}" or "{}")", fields[4], fields[7]));
  }
  Generation generation;
  generation.keys.algorithms = {.encr = cipher->encr, .encr_bits = cipher->bits, .integ = *integrity};
  generation.keys.sk_ei = std::move(*keys[0]);
  generation.keys.sk_er = std::move(*keys[1]);
  generation.keys.sk_ai = std::move(*keys[2]);
  generation.keys.sk_ar = std::move(*keys[3]);
  IkeSa sa;
  sa.spis = *spis;
  sa.generations.push_back(std::move(generation));
  return sa;
}

std::expected<IkeSa, Fault> parse_ikev1(Fields fields) {
  const auto spis = parse_spis(fields[0], {});
  if (!spis) return std::unexpected(spis.error());
  auto key = parse_hex(fields[1]);
  if (!key || key->empty()) return fault("the key is no hex");
  IkeSa sa;
  sa.spis = *spis;
  sa.version = 1;
  sa.v1.emplace().ka = std::move(*key);
  return sa;
}

/// Wireshark also takes patterns ("10.0.*.*", "10.0.0.0/24"): as "*", they are any address here.
std::expected<net::IpAddress, Fault> parse_address(std::string_view text, std::string_view which) {
  constexpr std::string_view kPatternCharacters = "0123456789abcdefABCDEF.:*/";
  const auto address = event::parse_address(text);
  if (address) return *address;
  const bool is_pattern = text.find_first_of("*/") != std::string_view::npos &&
                          text.find_first_not_of(kPatternCharacters) == std::string_view::npos;
  if (is_pattern) return net::IpAddress{};
  return fault(fmt::format("the {} is no address", which));
}

/// A number as C spells it: hexadecimal behind 0x, octal behind 0, else decimal.
std::expected<std::uint32_t, Fault> parse_spi(std::string_view text) {
  constexpr int kHex = 16;
  constexpr int kOctal = 8;
  constexpr int kDecimal = 10;
  if (text.contains('*')) return fault("an SPI with a wildcard is not supported", ProblemCode::unsupported);
  int base = kDecimal;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = kHex;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = kOctal;
  }
  std::uint32_t spi = 0;
  const auto [end, status] = std::from_chars(text.begin(), text.end(), spi, base);
  if (text.empty() || status != std::errc{} || end != text.end()) return fault("the SPI is no number of 32 bits");
  return spi;
}

/// In esp_sa, what does not begin with 0x is the key itself, as text.
std::optional<SecretBytes> parse_esp_key(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return parse_hex(text);
  const auto bytes = as_bytes(text);
  return SecretBytes(bytes.begin(), bytes.end());
}

/// Key size of the cipher whose key and salt are so many bytes; 0 for a cipher that has one size only.
std::optional<std::uint16_t> key_bits(std::uint16_t encr, std::size_t keymat_bytes) {
  for (const auto bits : std::array<std::uint16_t, 4>{0, 128, 192, 256}) {
    const auto cipher = crypto::find_cipher(encr, bits);
    if (cipher && cipher->keymat_bytes() == keymat_bytes) return bits;
  }
  return std::nullopt;
}

std::expected<EspSa, Fault> parse_esp(Fields fields) {
  const auto src = parse_address(fields[1], "source");
  const auto dst = parse_address(fields[2], "destination");
  if (!src) return std::unexpected(src.error());
  if (!dst) return std::unexpected(dst.error());
  const auto spi = parse_spi(fields[3]);
  if (!spi) return std::unexpected(spi.error());
  const auto cipher = find_esp_cipher(fields[4]);
  const auto integrity = find_esp_integrity(fields[6]);
  if (!cipher) return fault(fmt::format("encryption {} is not supported", quoted(fields[4])), ProblemCode::unsupported);
  if (!integrity)
    return fault(fmt::format("integrity {} is not supported", quoted(fields[6])), ProblemCode::unsupported);
  auto encr = parse_esp_key(fields[5]);
  auto integ = parse_esp_key(fields[7]);
  if (!encr || !integ) return fault("a key is no hex");
  const auto bits = key_bits(cipher->encr, encr->size());
  if (!bits) return fault(fmt::format("a key of {} bytes does not fit \"{}\"", encr->size(), fields[4]));
  EspSa sa;
  sa.spi = *spi;
  sa.src = *src;
  sa.dst = *dst;
  sa.algorithms = {.encr = cipher->encr, .encr_bits = *bits, .integ = *integrity};
  sa.encr = std::move(*encr);
  sa.integ = std::move(*integ);
  return sa;
}

/// Adds what one line says. The three tables differ in the number of fields and in what the first one is.
std::expected<void, Fault> add_line(Fields fields, KeyStore& keys) {
  const auto add = [&](auto parsed) -> std::expected<void, Fault> {
    if (!parsed) return std::unexpected(parsed.error());
    if (const auto added = keys.add(std::move(*parsed)); !added) return fault(added.error().text, added.error().code);
    return {};
  };
  if (fields.size() == kIkev1Fields) return add(parse_ikev1(fields));
  if (fields.size() < kTableFields) return fault("neither 2 nor 8 fields, or a quote that is not closed");
  if (fields[0] == "IPv4" || fields[0] == "IPv6") return add(parse_esp(fields));
  return add(parse_ikev2(fields));
}

}  // namespace

Expected<TableImport> KeyStore::load_table(const std::filesystem::path& path) {
  const auto content = read_file(path);
  if (!content) return std::unexpected(content.error());
  TableImport import;
  std::size_t number = 0;
  auto text = as_text(*content);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    std::array<std::string_view, kFieldsMax> fields;
    const auto count = split(line, fields);
    const auto added = add_line(Fields{fields}.first(count), *this);
    if (added) {
      ++import.entries;
      continue;
    }
    auto sentence = fmt::format("{}, line {}: {}", path.string(), number, added.error().text);
    if (added.error().code != ProblemCode::unsupported) {
      return std::unexpected(Problem{added.error().code, std::move(sentence)});
    }
    import.left_out.push_back(std::move(sentence));
  }
  return import;
}

}  // namespace sasync::keys
