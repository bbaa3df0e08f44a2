#include "sasync/proto/ike_names.hpp"

#include <array>
#include <initializer_list>

namespace sasync::proto {
namespace {

struct NumberedName {
  std::uint16_t number;
  std::string_view name;
};

/// Names by number: IANA's numbers below `kSize`, and the private ones from 1024 on.
class NameTable {
 public:
  constexpr NameTable(std::initializer_list<NumberedName> names) {
    for (const auto& entry : names) {
      if (entry.number < kSize) {
        public_[entry.number] = entry.name;
      } else {
        private_[entry.number - kFirstPrivate] = entry.name;
      }
    }
  }
  [[nodiscard]] constexpr std::string_view operator[](std::uint64_t number) const {
    if (number < kSize) return public_[number];
    if (number >= kFirstPrivate && number < kFirstPrivate + kSize) return private_[number - kFirstPrivate];
    return {};
  }

 private:
  static constexpr std::size_t kSize = 40;
  static constexpr std::size_t kFirstPrivate = 1024;
  std::array<std::string_view, kSize> public_{};
  std::array<std::string_view, kSize> private_{};
};

constexpr NameTable kEncryption{
    {1, "DES_IV64"},           {2, "DES_CBC"},         {3, "3DES_CBC"},         {4, "RC5_CBC"},
    {5, "IDEA_CBC"},           {6, "CAST_CBC"},        {7, "BLOWFISH_CBC"},     {8, "3IDEA"},
    {9, "DES_IV32"},           {11, "NULL"},           {12, "AES_CBC"},         {13, "AES_CTR"},
    {14, "AES_CCM_8"},         {15, "AES_CCM_12"},     {16, "AES_CCM_16"},      {18, "AES_GCM_8"},
    {19, "AES_GCM_12"},        {20, "AES_GCM_16"},     {21, "NULL_AES_GMAC"},   {23, "CAMELLIA_CBC"},
    {24, "CAMELLIA_CTR"},      {25, "CAMELLIA_CCM_8"}, {26, "CAMELLIA_CCM_12"}, {27, "CAMELLIA_CCM_16"},
    {28, "CHACHA20_POLY1305"}, {1024, "UNDEFINED"},    {1025, "DES_ECB"},       {1026, "SERPENT_CBC"},
    {1027, "TWOFISH_CBC"},     {1028, "RC2_CBC"},      {1029, "AES_ECB"},       {1030, "AES_CFB"}};

constexpr NameTable kIntegrity{{1, "HMAC_MD5_96"},
                               {2, "HMAC_SHA1_96"},
                               {3, "DES_MAC"},
                               {4, "KPDK_MD5"},
                               {5, "AES_XCBC_96"},
                               {6, "HMAC_MD5_128"},
                               {7, "HMAC_SHA1_160"},
                               {8, "AES_CMAC_96"},
                               {9, "AES_128_GMAC"},
                               {10, "AES_192_GMAC"},
                               {11, "AES_256_GMAC"},
                               {12, "HMAC_SHA2_256_128"},
                               {13, "HMAC_SHA2_384_192"},
                               {14, "HMAC_SHA2_512_256"},
                               {1024, "UNDEFINED"},
                               {1025, "HMAC_SHA1_128"},
                               {1026, "HMAC_SHA2_256_96"},
                               {1027, "HMAC_SHA2_256_256"},
                               {1028, "HMAC_SHA2_384_384"},
                               {1029, "HMAC_SHA2_512_512"},
                               {1030, "CAMELLIA_XCBC_96"}};

constexpr NameTable kPrf{{1, "PRF_HMAC_MD5"},           {2, "PRF_HMAC_SHA1"},     {3, "PRF_HMAC_TIGER"},
                         {4, "PRF_AES128_XCBC"},        {5, "PRF_HMAC_SHA2_256"}, {6, "PRF_HMAC_SHA2_384"},
                         {7, "PRF_HMAC_SHA2_512"},      {8, "PRF_AES128_CMAC"},   {1024, "PRF_UNDEFINED"},
                         {1025, "PRF_FIPS_SHA1_160"},   {1026, "PRF_FIPS_DES"},   {1027, "PRF_KEYED_SHA1"},
                         {1028, "PRF_CAMELLIA128_XCBC"}};

constexpr NameTable kKeyExchange{
    {0, "MODP_NONE"},   {1, "MODP_768"},     {2, "MODP_1024"},      {5, "MODP_1536"},      {14, "MODP_2048"},
    {15, "MODP_3072"},  {16, "MODP_4096"},   {17, "MODP_6144"},     {18, "MODP_8192"},     {19, "ECP_256"},
    {20, "ECP_384"},    {21, "ECP_521"},     {22, "MODP_1024_160"}, {23, "MODP_2048_224"}, {24, "MODP_2048_256"},
    {25, "ECP_192"},    {26, "ECP_224"},     {27, "ECP_224_BP"},    {28, "ECP_256_BP"},    {29, "ECP_384_BP"},
    {30, "ECP_512_BP"}, {31, "CURVE_25519"}, {32, "CURVE_448"},     {33, "GOST3410_256"},  {34, "GOST3410_512"},
    {35, "ML_KEM_512"}, {36, "ML_KEM_768"},  {37, "ML_KEM_1024"},   {1024, "MODP_NULL"},   {1030, "NTRU_112"},
    {1031, "NTRU_128"}, {1032, "NTRU_192"},  {1033, "NTRU_256"},    {1040, "NEWHOPE_128"}};

constexpr NameTable kEsn{{0, "NO_EXT_SEQ"}, {1, "EXT_SEQ"}};

constexpr NameTable kIpcomp{
    {0, "IPCOMP_NONE"}, {1, "IPCOMP_OUI"}, {2, "IPCOMP_DEFLATE"}, {3, "IPCOMP_LZS"}, {4, "IPCOMP_LZJH"}};

constexpr NameTable kIdentityType{{0, "any"},         {1, "ipv4"},   {2, "fqdn"},        {3, "rfc822"},
                                  {4, "ipv4_subnet"}, {5, "ipv6"},   {6, "ipv6_subnet"}, {7, "ipv4_range"},
                                  {8, "ipv6_range"},  {9, "der_dn"}, {10, "der_gn"},     {11, "key_id"}};
constexpr std::uint64_t kIdentityDerGnUri = 201;  // strongSwan's own

}  // namespace

std::string_view encryption_name(std::uint64_t transform) { return kEncryption[transform]; }
std::string_view integrity_name(std::uint64_t transform) { return kIntegrity[transform]; }
std::string_view prf_name(std::uint64_t transform) { return kPrf[transform]; }
std::string_view key_exchange_name(std::uint64_t transform) { return kKeyExchange[transform]; }
std::string_view esn_name(std::uint64_t transform) { return kEsn[transform]; }
std::string_view ipcomp_name(std::uint64_t transform) { return kIpcomp[transform]; }

std::string_view identity_type_name(std::uint64_t type) {
  return type == kIdentityDerGnUri ? std::string_view{"der_gn_uri"} : kIdentityType[type];
}

}  // namespace sasync::proto
