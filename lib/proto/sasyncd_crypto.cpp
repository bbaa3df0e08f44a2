// Key, cipher and hash of sasyncd's frames.

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "sasync/proto/sasyncd.hpp"

namespace sasync::proto::sasyncd {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL cannot do ") + what);
}

constexpr bool is_key_size(std::size_t bytes) { return bytes == 16 || bytes == 24 || bytes == 32; }

std::shared_ptr<EVP_CIPHER_CTX> make_context(Bytes key, bool encrypts) {
  const auto name = "AES-" + std::to_string(key.size() * 8) + "-CBC";
  const std::unique_ptr<EVP_CIPHER, void (*)(EVP_CIPHER*)> cipher(EVP_CIPHER_fetch(nullptr, name.c_str(), nullptr),
                                                                  EVP_CIPHER_free);
  std::shared_ptr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  check(cipher != nullptr, "AES-CBC");
  check(context != nullptr, "AES-CBC");
  check(is_key_size(key.size()), "AES-CBC");
  constexpr std::array<std::uint8_t, kIvBytes> kNoIv{};
  check(EVP_CipherInit_ex2(context.get(), cipher.get(), key.data(), kNoIv.data(), encrypts ? 1 : 0, nullptr) == 1,
        "AES-CBC");
  check(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1, "AES-CBC");
  return context;
}

void update(EVP_CIPHER_CTX* context, Bytes in, std::vector<std::uint8_t>& out) {
  out.resize(in.size());
  int written = 0;
  check(EVP_CipherUpdate(context, out.data(), &written, in.data(), static_cast<int>(in.size())) == 1, "AES-CBC");
  check(static_cast<std::size_t>(written) == in.size(), "AES-CBC");
}

std::optional<std::uint8_t> hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
  return std::nullopt;
}

struct KnownHash {
  Hash hash{};
  Control control{};
};

consteval std::uint8_t nibble(char digit) {
  return static_cast<std::uint8_t>(digit >= 'a' ? digit - 'a' + 10 : digit - '0');
}
consteval Hash hash_from(std::string_view hex) {
  Hash hash{};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    hash.at(i) = static_cast<std::uint8_t>(nibble(hex[2 * i]) * 16 + nibble(hex[2 * i + 1]));
  }
  return hash;
}

// The SHA-1 of twelve bytes that can have few values: docs/protocols/sasyncd.md, "Without the key".
constexpr std::array<KnownHash, 13> kKnownHashes{{
    {hash_from("abeedb662082ca06b854fb4dcdb02babc05919f9"), {1, 0, 0}},
    {hash_from("b82e377b94340f336f7b4eb7b7358e5552727efd"), {1, 1, 0}},
    {hash_from("b0e0f98474db5627ead9a12cf20c33d63ae50566"), {1, 2, 0}},
    {hash_from("044786bca3b15bfbb7d8b893cc7d9e52b8b5b48b"), {1, 3, 0}},
    {hash_from("7200210c4a69c04ced4230e5afb5ba31a5aff10c"), {2, 0, 0}},
    {hash_from("3165870d4684c83c8ab75b12a0aa25cafdbb43b0"), {2, 1, 0}},
    {hash_from("6b21ef21bf264a8c95b30f68a6cc964b9850f9f7"), {2, 5, 0}},
    {hash_from("4bfe6b2b6a6c661b3ec790832a65c6ffbb81149e"), {2, 4, 0}},
    {hash_from("096e27a9ccd12de16b1c811e1d2dfc8ec308cd3d"), {3, 1, 0}},
    {hash_from("fa9dba132a3b463568507999456d86e530bb8d28"), {3, 1, 1}},
    {hash_from("0ba46d92a1c799ad7e419724c21882ec2dafda6d"), {3, 1, 2}},
    {hash_from("acdc4661666fc3b38968b95fd52fb19fb40775b2"), {3, 1, 3}},
    {hash_from("d2306a49c9b64e5337a01cc4893e0964bf983222"), {4, 0, 0}},
}};

}  // namespace

std::expected<std::vector<std::uint8_t>, std::string_view> parse_key(std::string_view text) {
  constexpr std::string_view kForm = "a shared key is 16, 24 or 32 characters, or 0x and 32, 48 or 64 hex digits";
  if (!text.starts_with("0x")) {
    if (!is_key_size(text.size())) return std::unexpected(kForm);
    const auto bytes = as_bytes(text);
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  }
  text.remove_prefix(2);
  if (text.size() % 2 != 0 || !is_key_size(text.size() / 2)) return std::unexpected(kForm);
  std::vector<std::uint8_t> key;
  for (; !text.empty(); text.remove_prefix(2)) {
    const auto high = hex_digit(text[0]);
    const auto low = hex_digit(text[1]);
    if (!high || !low) return std::unexpected(kForm);
    key.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
  }
  return key;
}

Cipher::Cipher(Bytes key) : decryption_(make_context(key, false)), encryption_(make_context(key, true)) {}

// CBC adds the block before to each block that it decrypts. With the IV as the first block the context needs no IV of
// its own, and setting one costs more than decrypting a short message.
void Cipher::decrypt(Bytes iv_and_ciphertext, std::vector<std::uint8_t>& out) const {
  update(decryption_.get(), iv_and_ciphertext, out);
}

void Cipher::encrypt(Bytes iv, Bytes in, std::vector<std::uint8_t>& out) const {
  check(EVP_CipherInit_ex2(encryption_.get(), nullptr, nullptr, iv.data(), -1, nullptr) == 1, "AES-CBC");
  update(encryption_.get(), in, out);
}

Hasher::Hasher()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA1", nullptr), EVP_MD_free), context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  check(algorithm_ != nullptr, "SHA-1");
  check(context_ != nullptr, "SHA-1");
  check(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1, "SHA-1");
}

Hash Hasher::operator()(Bytes bytes) const {
  Hash hash{};
  unsigned size = 0;
  check(EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1, "SHA-1");
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "SHA-1");
  check(EVP_DigestFinal_ex(context_.get(), hash.data(), &size) == 1, "SHA-1");
  check(size == hash.size(), "SHA-1");
  return hash;
}

std::optional<Control> control_of_hash(Bytes hash) {
  const auto found =
      std::ranges::find_if(kKnownHashes, [&](const KnownHash& known) { return std::ranges::equal(known.hash, hash); });
  return found == kKnownHashes.end() ? std::nullopt : std::optional{found->control};
}

}  // namespace sasync::proto::sasyncd
