#include "ike_tables.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "sasync/proto/ike.hpp"
#include "sasync/proto/ike_names.hpp"

namespace sasync::proto::ike {
namespace {

struct NumberedName {
  std::uint32_t number;
  std::string_view name;
};

/// `table` is in the order of its numbers.
std::string_view find_name(std::span<const NumberedName> table, std::uint32_t number) {
  const auto found = std::ranges::lower_bound(table, number, {}, &NumberedName::number);
  return found != table.end() && found->number == number ? found->name : std::string_view{};
}

template <std::size_t Size>
// NOLINTNEXTLINE(*-avoid-c-arrays): nothing else takes its size from a list of rows in braces
consteval std::array<NumberedName, Size> ordered(const NumberedName (&rows)[Size]) {
  std::array<NumberedName, Size> table{};
  std::ranges::copy(rows, table.begin());
  if (!std::ranges::is_sorted(table, {}, &NumberedName::number)) throw "the table is not in order";
  return table;
}

constexpr auto kPayloads = ordered({
    {1, "SA"},    {2, "P"},      {3, "T"},       {4, "KE"},       {5, "ID"},         {6, "CERT"},   {7, "CR"},
    {8, "HASH"},  {9, "SIG"},    {10, "NONCE"},  {11, "N"},       {12, "D"},         {13, "VID"},   {14, "ATTR"},
    {15, "SAK"},  {16, "SAT"},   {17, "KD"},     {18, "SEQ"},     {19, "POP"},       {20, "NAT-D"}, {21, "NAT-OA"},
    {22, "GAP"},  {33, "SA"},    {34, "KE"},     {35, "IDi"},     {36, "IDr"},       {37, "CERT"},  {38, "CERTREQ"},
    {39, "AUTH"}, {40, "Nonce"}, {41, "N"},      {42, "D"},       {43, "V"},         {44, "TSi"},   {45, "TSr"},
    {46, "SK"},   {47, "CP"},    {48, "EAP"},    {49, "GSPM"},    {50, "IDg"},       {51, "GSA"},   {52, "KD"},
    {53, "SKF"},  {54, "PS"},    {130, "NAT-D"}, {131, "NAT-OA"}, {132, "FRAGMENT"},
});

constexpr auto kExchanges = ordered({
    {1, "Base"},
    {2, "Identity Protection"},
    {3, "Authentication Only"},
    {4, "Aggressive"},
    {5, "Informational"},
    {6, "Transaction"},
    {32, "Quick Mode"},
    {33, "New Group Mode"},
    {34, "IKE_SA_INIT"},
    {35, "IKE_AUTH"},
    {36, "CREATE_CHILD_SA"},
    {37, "INFORMATIONAL"},
    {38, "IKE_SESSION_RESUME"},
    {39, "GSA_AUTH"},
    {40, "GSA_REGISTRATION"},
    {41, "GSA_REKEY"},
    {42, "GSA_INBAND_REKEY"},
    {43, "IKE_INTERMEDIATE"},
    {44, "IKE_FOLLOWUP_KE"},
});

// RFC 2408 section 3.14.1, RFC 2407 section 4.6.3, RFC 3706 section 5.4.
constexpr auto kV1Notifies = ordered({
    {1, "INVALID-PAYLOAD-TYPE"},
    {2, "DOI-NOT-SUPPORTED"},
    {3, "SITUATION-NOT-SUPPORTED"},
    {4, "INVALID-COOKIE"},
    {5, "INVALID-MAJOR-VERSION"},
    {6, "INVALID-MINOR-VERSION"},
    {7, "INVALID-EXCHANGE-TYPE"},
    {8, "INVALID-FLAGS"},
    {9, "INVALID-MESSAGE-ID"},
    {10, "INVALID-PROTOCOL-ID"},
    {11, "INVALID-SPI"},
    {12, "INVALID-TRANSFORM-ID"},
    {13, "ATTRIBUTES-NOT-SUPPORTED"},
    {14, "NO-PROPOSAL-CHOSEN"},
    {15, "BAD-PROPOSAL-SYNTAX"},
    {16, "PAYLOAD-MALFORMED"},
    {17, "INVALID-KEY-INFORMATION"},
    {18, "INVALID-ID-INFORMATION"},
    {19, "INVALID-CERT-ENCODING"},
    {20, "INVALID-CERTIFICATE"},
    {21, "CERT-TYPE-UNSUPPORTED"},
    {22, "INVALID-CERT-AUTHORITY"},
    {23, "INVALID-HASH-INFORMATION"},
    {24, "AUTHENTICATION-FAILED"},
    {25, "INVALID-SIGNATURE"},
    {26, "ADDRESS-NOTIFICATION"},
    {27, "NOTIFY-SA-LIFETIME"},
    {28, "CERTIFICATE-UNAVAILABLE"},
    {29, "UNSUPPORTED-EXCHANGE-TYPE"},
    {30, "UNEQUAL-PAYLOAD-LENGTHS"},
    {16384, "CONNECTED"},
    {24576, "RESPONDER-LIFETIME"},
    {24577, "REPLAY-STATUS"},
    {24578, "INITIAL-CONTACT"},
    {36136, "R-U-THERE"},
    {36137, "R-U-THERE-ACK"},
});

constexpr auto kV2Notifies = ordered({
    {1, "UNSUPPORTED_CRITICAL_PAYLOAD"},
    {4, "INVALID_IKE_SPI"},
    {5, "INVALID_MAJOR_VERSION"},
    {7, "INVALID_SYNTAX"},
    {9, "INVALID_MESSAGE_ID"},
    {11, "INVALID_SPI"},
    {14, "NO_PROPOSAL_CHOSEN"},
    {17, "INVALID_KE_PAYLOAD"},
    {24, "AUTHENTICATION_FAILED"},
    {34, "SINGLE_PAIR_REQUIRED"},
    {35, "NO_ADDITIONAL_SAS"},
    {36, "INTERNAL_ADDRESS_FAILURE"},
    {37, "FAILED_CP_REQUIRED"},
    {38, "TS_UNACCEPTABLE"},
    {39, "INVALID_SELECTORS"},
    {40, "UNACCEPTABLE_ADDRESSES"},   // RFC 4555
    {41, "UNEXPECTED_NAT_DETECTED"},  // RFC 4555
    {42, "USE_ASSIGNED_HoA"},         // RFC 5026
    {43, "TEMPORARY_FAILURE"},
    {44, "CHILD_SA_NOT_FOUND"},
    {45, "INVALID_GROUP_ID"},      // RFC 9838
    {46, "AUTHORIZATION_FAILED"},  // RFC 9838
    {47, "STATE_NOT_FOUND"},       // RFC 9370
    {48, "TS_MAX_QUEUE"},          // RFC 9611
    {49, "REGISTRATION_FAILED"},   // RFC 9838
    {16384, "INITIAL_CONTACT"},
    {16385, "SET_WINDOW_SIZE"},
    {16386, "ADDITIONAL_TS_POSSIBLE"},
    {16387, "IPCOMP_SUPPORTED"},
    {16388, "NAT_DETECTION_SOURCE_IP"},
    {16389, "NAT_DETECTION_DESTINATION_IP"},
    {16390, "COOKIE"},
    {16391, "USE_TRANSPORT_MODE"},
    {16392, "HTTP_CERT_LOOKUP_SUPPORTED"},
    {16393, "REKEY_SA"},
    {16394, "ESP_TFC_PADDING_NOT_SUPPORTED"},
    {16395, "NON_FIRST_FRAGMENTS_ALSO"},
    {16396, "MOBIKE_SUPPORTED"},  // RFC 4555, as the next six
    {16397, "ADDITIONAL_IP4_ADDRESS"},
    {16398, "ADDITIONAL_IP6_ADDRESS"},
    {16399, "NO_ADDITIONAL_ADDRESSES"},
    {16400, "UPDATE_SA_ADDRESSES"},
    {16401, "COOKIE2"},
    {16402, "NO_NATS_ALLOWED"},
    {16403, "AUTH_LIFETIME"},            // RFC 4478
    {16404, "MULTIPLE_AUTH_SUPPORTED"},  // RFC 4739
    {16405, "ANOTHER_AUTH_FOLLOWS"},
    {16406, "REDIRECT_SUPPORTED"},  // RFC 5685
    {16407, "REDIRECT"},
    {16408, "REDIRECTED_FROM"},
    {16409, "TICKET_LT_OPAQUE"},  // RFC 5723
    {16410, "TICKET_REQUEST"},
    {16411, "TICKET_ACK"},
    {16412, "TICKET_NACK"},
    {16413, "TICKET_OPAQUE"},
    {16414, "LINK_ID"},                          // RFC 5739
    {16415, "USE_WESP_MODE"},                    // RFC 5840
    {16416, "ROHC_SUPPORTED"},                   // RFC 5857
    {16417, "EAP_ONLY_AUTHENTICATION"},          // RFC 5998
    {16418, "CHILDLESS_IKEV2_SUPPORTED"},        // RFC 6023
    {16419, "QUICK_CRASH_DETECTION"},            // RFC 6290
    {16420, "IKEV2_MESSAGE_ID_SYNC_SUPPORTED"},  // RFC 6311
    {16421, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED"},
    {16422, "IKEV2_MESSAGE_ID_SYNC"},
    {16423, "IPSEC_REPLAY_COUNTER_SYNC"},
    {16424, "SECURE_PASSWORD_METHODS"},  // RFC 6467
    {16425, "PSK_PERSIST"},              // RFC 6631
    {16426, "PSK_CONFIRM"},
    {16427, "ERX_SUPPORTED"},    // RFC 6867
    {16428, "IFOM_CAPABILITY"},  // 3GPP TS 24.303
    {16429, "SENDER_REQUEST_ID"},
    {16430, "IKEV2_FRAGMENTATION_SUPPORTED"},  // RFC 7383
    {16431, "SIGNATURE_HASH_ALGORITHMS"},      // RFC 7427
    {16432, "CLONE_IKE_SA_SUPPORTED"},         // RFC 7791
    {16433, "CLONE_IKE_SA"},
    {16434, "PUZZLE"},   // RFC 8019
    {16435, "USE_PPK"},  // RFC 8784
    {16436, "PPK_IDENTITY"},
    {16437, "NO_PPK_AUTH"},
    {16438, "INTERMEDIATE_EXCHANGE_SUPPORTED"},  // RFC 9242
    {16439, "IP4_ALLOWED"},                      // RFC 8983
    {16440, "IP6_ALLOWED"},
    {16441, "ADDITIONAL_KEY_EXCHANGE"},  // RFC 9370
    {16442, "USE_AGGFRAG"},              // RFC 9347
    {16443, "SUPPORTED_AUTH_METHODS"},   // RFC 9593
    {16444, "SA_RESOURCE_INFO"},         // RFC 9611
    {16445, "USE_PPK_INT"},              // RFC 9867
    {16446, "PPK_IDENTITY_KEY"},
});

constexpr auto kProtocols =
    ordered({{1, "IKE"}, {2, "AH"}, {3, "ESP"}, {4, "FC_ESP_HEADER"}, {5, "FC_CT_AUTHENTICATION"}, {6, "GIKE_UPDATE"}});
constexpr auto kV1Protocols = ordered({{1, "ISAKMP"}, {2, "AH"}, {3, "ESP"}, {4, "IPCOMP"}});

constexpr auto kCertificateEncodings = ordered({{1, "PKCS #7 wrapped X.509 certificate"},
                                                {2, "PGP Certificate"},
                                                {3, "DNS Signed Key"},
                                                {4, "X.509 Certificate - Signature"},
                                                {5, "X.509 Certificate - Key Exchange"},
                                                {6, "Kerberos Tokens"},
                                                {7, "Certificate Revocation List (CRL)"},
                                                {8, "Authority Revocation List (ARL)"},
                                                {9, "SPKI Certificate"},
                                                {10, "X.509 Certificate - Attribute"},
                                                {11, "Raw RSA Key"},
                                                {12, "Hash and URL of X.509 certificate"},
                                                {13, "Hash and URL of X.509 bundle"},
                                                {14, "OCSP Content"},
                                                {15, "Raw Public Key"}});

constexpr auto kConfigurationTypes = ordered({{1, "CFG_REQUEST"}, {2, "CFG_REPLY"}, {3, "CFG_SET"}, {4, "CFG_ACK"}});

// RFC 7296 section 3.15.1 and IANA; 16520 and above: draft-beaulieu-ike-xauth-02 section 6.2.
constexpr auto kConfigurationAttributes = ordered({
    {1, "INTERNAL_IP4_ADDRESS"},
    {2, "INTERNAL_IP4_NETMASK"},
    {3, "INTERNAL_IP4_DNS"},
    {4, "INTERNAL_IP4_NBNS"},
    {5, "INTERNAL_ADDRESS_EXPIRY"},
    {6, "INTERNAL_IP4_DHCP"},
    {7, "APPLICATION_VERSION"},
    {8, "INTERNAL_IP6_ADDRESS"},
    {9, "INTERNAL_IP6_NETMASK"},
    {10, "INTERNAL_IP6_DNS"},
    {11, "INTERNAL_IP6_NBNS"},
    {12, "INTERNAL_IP6_DHCP"},
    {13, "INTERNAL_IP4_SUBNET"},
    {14, "SUPPORTED_ATTRIBUTES"},
    {15, "INTERNAL_IP6_SUBNET"},
    {16, "MIP6_HOME_PREFIX"},
    {17, "INTERNAL_IP6_LINK"},
    {18, "INTERNAL_IP6_PREFIX"},
    {19, "HOME_AGENT_ADDRESS"},
    {20, "P_CSCF_IP4_ADDRESS"},
    {21, "P_CSCF_IP6_ADDRESS"},
    {22, "FTT_KAT"},
    {23, "EXTERNAL_SOURCE_IP4_NAT_INFO"},
    {24, "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK"},
    {25, "INTERNAL_DNS_DOMAIN"},
    {26, "INTERNAL_DNSSEC_TA"},
    {27, "ENCDNS_IP4"},
    {28, "ENCDNS_IP6"},
    {29, "ENCDNS_DIGEST_INFO"},
    {16520, "XAUTH-TYPE"},
    {16521, "XAUTH-USER-NAME"},
    {16522, "XAUTH-USER-PASSWORD"},
    {16523, "XAUTH-PASSCODE"},
    {16524, "XAUTH-MESSAGE"},
    {16525, "XAUTH-CHALLENGE"},
    {16526, "XAUTH-DOMAIN"},
    {16527, "XAUTH-STATUS"},
    {16528, "XAUTH-NEXT-PIN"},
    {16529, "XAUTH-ANSWER"},
});

constexpr auto kEapCodes =
    ordered({{1, "Request"}, {2, "Response"}, {3, "Success"}, {4, "Failure"}, {5, "Initiate"}, {6, "Finish"}});
constexpr auto kEapTypes = ordered({{1, "Identity"},      {2, "Notification"}, {3, "Legacy Nak"},
                                    {4, "MD5-Challenge"}, {5, "OTP"},          {6, "GTC"},
                                    {13, "EAP-TLS"},      {18, "EAP-SIM"},     {21, "EAP-TTLS"},
                                    {23, "EAP-AKA"},      {25, "PEAP"},        {26, "MS-EAP-Authentication"},
                                    {43, "EAP-FAST"},     {46, "EAP-PAX"},     {47, "EAP-PSK"},
                                    {48, "EAP-SAKE"},     {49, "EAP-IKEv2"},   {50, "EAP-AKA'"},
                                    {51, "EAP-GPSK"},     {52, "EAP-pwd"},     {53, "EAP-EKE Version 1"},
                                    {55, "TEAP"},         {254, "Expanded"}});

constexpr auto kTransformTypes = ordered({{1, "ENCR"},
                                          {2, "PRF"},
                                          {3, "INTEG"},
                                          {4, "KE"},
                                          {5, "SN"},
                                          {6, "ADDKE1"},
                                          {7, "ADDKE2"},
                                          {8, "ADDKE3"},
                                          {9, "ADDKE4"},
                                          {10, "ADDKE5"},
                                          {11, "ADDKE6"},
                                          {12, "ADDKE7"},
                                          {13, "KWA"},
                                          {14, "GCAUTH"}});

constexpr auto kAuthenticationMethods = ordered({{1, "RSA Digital Signature"},
                                                 {2, "Shared Key Message Integrity Code"},
                                                 {3, "DSS Digital Signature"},
                                                 {9, "ECDSA with SHA-256 on the P-256 curve"},
                                                 {10, "ECDSA with SHA-384 on the P-384 curve"},
                                                 {11, "ECDSA with SHA-512 on the P-521 curve"},
                                                 {12, "Generic Secure Password Authentication Method"},
                                                 {13, "NULL Authentication"},
                                                 {14, "Digital Signature"}});

constexpr auto kSelectorTypes =
    ordered({{7, "TS_IPV4_ADDR_RANGE"}, {8, "TS_IPV6_ADDR_RANGE"}, {9, "TS_FC_ADDR_RANGE"}, {10, "TS_SECLABEL"}});

constexpr auto kHashAlgorithms = ordered({{1, "SHA1"},
                                          {2, "SHA2-256"},
                                          {3, "SHA2-384"},
                                          {4, "SHA2-512"},
                                          {5, "Identity"},
                                          {6, "STREEBOG_256"},
                                          {7, "STREEBOG_512"}});

// --- IKEv1 transforms ------------------------------------------------------------------------------------------------

// RFC 2409 appendix A and IANA.
constexpr auto kV1Encryption = ordered({{1, "DES-CBC"},
                                        {2, "IDEA-CBC"},
                                        {3, "Blowfish-CBC"},
                                        {4, "RC5-R16-B64-CBC"},
                                        {5, "3DES-CBC"},
                                        {6, "CAST-CBC"},
                                        {7, "AES-CBC"},
                                        {8, "CAMELLIA-CBC"}});
constexpr auto kV1Hash =
    ordered({{1, "MD5"}, {2, "SHA"}, {3, "Tiger"}, {4, "SHA2-256"}, {5, "SHA2-384"}, {6, "SHA2-512"}});
constexpr auto kV1Method = ordered({{1, "pre-shared key"},
                                    {2, "DSS signatures"},
                                    {3, "RSA signatures"},
                                    {4, "Encryption with RSA"},
                                    {5, "Revised encryption with RSA"},
                                    {9, "ECDSA with SHA-256 on the P-256 curve"},
                                    {10, "ECDSA with SHA-384 on the P-384 curve"},
                                    {11, "ECDSA with SHA-512 on the P-521 curve"},
                                    {64221, "HybridInitRSA"},
                                    {64222, "HybridRespRSA"},
                                    {65001, "XAUTHInitPreShared"},
                                    {65002, "XAUTHRespPreShared"},
                                    {65003, "XAUTHInitDSS"},
                                    {65004, "XAUTHRespDSS"},
                                    {65005, "XAUTHInitRSA"},
                                    {65006, "XAUTHRespRSA"}});
constexpr auto kV1LifeType = ordered({{1, "seconds"}, {2, "kilobytes"}});
constexpr auto kV1GroupType = ordered({{1, "MODP"}, {2, "ECP"}, {3, "EC2N"}});
// RFC 2407 section 4.5, RFC 3947 section 5.1.
constexpr auto kV1Mode = ordered({{1, "Tunnel"},
                                  {2, "Transport"},
                                  {3, "UDP-Encapsulated-Tunnel"},
                                  {4, "UDP-Encapsulated-Transport"},
                                  {61443, "UDP-Encapsulated-Tunnel (draft)"},
                                  {61444, "UDP-Encapsulated-Transport (draft)"}});
constexpr auto kV1Integrity = ordered({{1, "HMAC-MD5"},
                                       {2, "HMAC-SHA"},
                                       {3, "DES-MAC"},
                                       {4, "KPDK"},
                                       {5, "HMAC-SHA2-256"},
                                       {6, "HMAC-SHA2-384"},
                                       {7, "HMAC-SHA2-512"},
                                       {8, "HMAC-RIPEMD"},
                                       {9, "AES-XCBC-MAC"},
                                       {10, "SIG-RSA"},
                                       {11, "AES-128-GMAC"},
                                       {12, "AES-192-GMAC"},
                                       {13, "AES-256-GMAC"}});
constexpr auto kV1Phase1Transforms = ordered({{1, "KEY_IKE"}});
constexpr auto kV1AhTransforms = ordered({{2, "AH_MD5"},
                                          {3, "AH_SHA"},
                                          {4, "AH_DES"},
                                          {5, "AH_SHA2-256"},
                                          {6, "AH_SHA2-384"},
                                          {7, "AH_SHA2-512"},
                                          {8, "AH_RIPEMD"},
                                          {9, "AH_AES-XCBC-MAC"}});
constexpr auto kV1EspTransforms = ordered({{1, "ESP_DES_IV64"},    {2, "ESP_DES"},
                                           {3, "ESP_3DES"},        {4, "ESP_RC5"},
                                           {5, "ESP_IDEA"},        {6, "ESP_CAST"},
                                           {7, "ESP_BLOWFISH"},    {8, "ESP_3IDEA"},
                                           {9, "ESP_DES_IV32"},    {10, "ESP_RC4"},
                                           {11, "ESP_NULL"},       {12, "ESP_AES-CBC"},
                                           {13, "ESP_AES-CTR"},    {14, "ESP_AES-CCM_8"},
                                           {15, "ESP_AES-CCM_12"}, {16, "ESP_AES-CCM_16"},
                                           {18, "ESP_AES-GCM_8"},  {19, "ESP_AES-GCM_12"},
                                           {20, "ESP_AES-GCM_16"}, {21, "ESP_SEED_CBC"},
                                           {22, "ESP_CAMELLIA"},   {23, "ESP_NULL_AUTH_AES-GMAC"}});
constexpr auto kV1IpcompTransforms =
    ordered({{1, "IPCOMP_OUI"}, {2, "IPCOMP_DEFLATE"}, {3, "IPCOMP_LZS"}, {4, "IPCOMP_LZJH"}});

template <const auto& Table>
std::string_view name_in(std::uint16_t number) {
  return find_name(Table, number);
}
std::string_view group_name(std::uint16_t group) { return key_exchange_name(group); }

struct V1AttributeRow {
  std::uint16_t type = 0;
  V1Attribute attribute;
};
constexpr std::array kV1Phase1Attributes{
    V1AttributeRow{1, {"Encryption Algorithm", name_in<kV1Encryption>}},
    V1AttributeRow{2, {"Hash Algorithm", name_in<kV1Hash>}},
    V1AttributeRow{3, {"Authentication Method", name_in<kV1Method>}},
    V1AttributeRow{4, {"Group Description", group_name}},
    V1AttributeRow{5, {"Group Type", name_in<kV1GroupType>}},
    V1AttributeRow{6, {"Group Prime/Irreducible Polynomial", nullptr}},
    V1AttributeRow{7, {"Group Generator One", nullptr}},
    V1AttributeRow{8, {"Group Generator Two", nullptr}},
    V1AttributeRow{9, {"Group Curve A", nullptr}},
    V1AttributeRow{10, {"Group Curve B", nullptr}},
    V1AttributeRow{11, {"Life Type", name_in<kV1LifeType>}},
    V1AttributeRow{12, {"Life Duration", nullptr}},
    V1AttributeRow{13, {"PRF", nullptr}},
    V1AttributeRow{14, {"Key Length", nullptr}},
    V1AttributeRow{15, {"Field Size", nullptr}},
    V1AttributeRow{16, {"Group Order", nullptr}},
};
constexpr std::array kV1IpsecAttributes{
    V1AttributeRow{1, {"SA Life Type", name_in<kV1LifeType>}},
    V1AttributeRow{2, {"SA Life Duration", nullptr}},
    V1AttributeRow{3, {"Group Description", group_name}},
    V1AttributeRow{4, {"Encapsulation Mode", name_in<kV1Mode>}},
    V1AttributeRow{5, {"Authentication Algorithm", name_in<kV1Integrity>}},
    V1AttributeRow{6, {"Key Length", nullptr}},
    V1AttributeRow{7, {"Key Rounds", nullptr}},
    V1AttributeRow{8, {"Compress Dictionary Size", nullptr}},
    V1AttributeRow{9, {"Compress Private Algorithm", nullptr}},
    V1AttributeRow{10, {"ECN Tunnel", nullptr}},
    V1AttributeRow{11, {"Extended (64-bit) Sequence Number", nullptr}},
    V1AttributeRow{12, {"Authentication Key Length", nullptr}},
    V1AttributeRow{13, {"Signature Encoding Algorithm", nullptr}},
};

enum V1Protocol : std::uint8_t { kIsakmp = 1, kAh = 2, kEsp = 3, kIpcomp = 4 };

// --- Vendor IDs ------------------------------------------------------------------------------------------------------

/// `id` as hex; `exact` false: the vendor appends versions.
struct Vendor {
  std::string_view id;
  bool exact;
  std::string_view name;
};
// Most are the MD5 hash of the text that is their name here (checked by the tests); the others' sources are beside
// them.
constexpr std::array kVendors{
    Vendor{"882fe56d6fd20dbc2251613b2ebe5beb", true, "strongSwan"},
    Vendor{"4a131c81070358455c5728f20e95452f", true, "RFC 3947"},
    Vendor{"4485152d18b6bbcd0be8a8469579ddcc", true, "draft-ietf-ipsec-nat-t-ike-00"},
    Vendor{"16f6ca16e4a4066d83821a0f0aeaa862", true, "draft-ietf-ipsec-nat-t-ike-01"},
    Vendor{"cd60464335df21f87cfdb2fc68b6a448", true, "draft-ietf-ipsec-nat-t-ike-02"},
    Vendor{"90cb80913ebb696e086381b5ec427b1f", true, "draft-ietf-ipsec-nat-t-ike-02\\n"},
    Vendor{"7d9419a65310ca6f2c179d9215529d56", true, "draft-ietf-ipsec-nat-t-ike-03"},
    Vendor{"afcad71368a1f1c96b8696fc7757", false, "Dead Peer Detection (RFC 3706)"},  // RFC 3706 section 5.1
    Vendor{"09002689dfd6b712", true, "XAUTH"},  // draft-ietf-ipsra-isakmp-xauth-06
    Vendor{"12f5f28c457168a9702d9fe274cc", false, "CISCO-UNITY"},
    Vendor{"4048b7d56ebce88525e7de7f00d6c2d3", false, "FRAGMENTATION"},
    Vendor{"1e2b516905991c7d7c96fcbfb587e461", false, "MS NT5 ISAKMPOAKLEY"},
    Vendor{"26244d38eddb61b3172a36e3d0cfb819", true, "Vid-Initial-Contact"},
    Vendor{"e3a5966a76379fe707228231e5ce8652", true, "IKE CGA version 1"},
    Vendor{"fb1de3cdf341b7ea16b7e5be0855f120", true, "MS-Negotiation Discovery Capable"},
    Vendor{"214ca4faffa7f32d6748e5303395ae83", true, "MS-MamieExists"},
    Vendor{"621b04bb09882ac1e15935fefa24aeee", true, "GSSAPI"},
    Vendor{"7003cbc1097dbe9c2600ba6983bc8b35", true, "KAME/racoon"},
    Vendor{"8299031757a36082c6a621de", false, "Fortinet FortiGate"},  // seen from FortiOS, with its build number behind
};

/// True when `bytes` begin with what `hex` writes.
bool begins_with(Bytes bytes, std::string_view hex) {
  Text head;
  append_hex(head, bytes.first(std::min(bytes.size(), hex.size() / 2)));
  return view(head) == hex;
}

}  // namespace

std::string_view payload_name(PayloadType type) { return find_name(kPayloads, static_cast<std::uint32_t>(type)); }
std::string_view exchange_name(std::uint8_t exchange_type) { return find_name(kExchanges, exchange_type); }
std::string_view notify_name(std::uint8_t major_version, std::uint16_t type) {
  return major_version == 1 ? find_name(kV1Notifies, type) : find_name(kV2Notifies, type);
}
std::string_view protocol_name(std::uint8_t major_version, std::uint8_t protocol) {
  return major_version == 1 ? find_name(kV1Protocols, protocol) : find_name(kProtocols, protocol);
}
std::string_view certificate_encoding_name(std::uint8_t encoding) { return find_name(kCertificateEncodings, encoding); }
std::string_view configuration_type_name(std::uint8_t type) { return find_name(kConfigurationTypes, type); }
std::string_view configuration_attribute_name(std::uint16_t type) { return find_name(kConfigurationAttributes, type); }
std::string_view eap_code_name(std::uint8_t code) { return find_name(kEapCodes, code); }
std::string_view eap_type_name(std::uint8_t type) { return find_name(kEapTypes, type); }
std::string_view transform_type_name(std::uint8_t type) { return find_name(kTransformTypes, type); }
std::string_view authentication_method_name(std::uint8_t method) { return find_name(kAuthenticationMethods, method); }
std::string_view selector_type_name(std::uint8_t type) { return find_name(kSelectorTypes, type); }
std::string_view hash_algorithm_name(std::uint16_t algorithm) { return find_name(kHashAlgorithms, algorithm); }

V1Attribute v1_attribute(std::uint8_t protocol, std::uint16_t type) {
  const auto table = protocol == kIsakmp ? std::span<const V1AttributeRow>{kV1Phase1Attributes}
                                         : std::span<const V1AttributeRow>{kV1IpsecAttributes};
  const auto found = std::ranges::find(table, type, &V1AttributeRow::type);
  return found == table.end() ? V1Attribute{} : found->attribute;
}

std::string_view v1_transform_name(std::uint8_t protocol, std::uint16_t id) {
  switch (protocol) {
    case kIsakmp:
      return find_name(kV1Phase1Transforms, id);
    case kAh:
      return find_name(kV1AhTransforms, id);
    case kEsp:
      return find_name(kV1EspTransforms, id);
    case kIpcomp:
      return find_name(kV1IpcompTransforms, id);
    default:
      return {};
  }
}

bool is_password(std::uint16_t configuration_attribute) {
  constexpr std::array<std::uint16_t, 4> kPasswords{16522, 16523, 16528, 16529};
  return std::ranges::find(kPasswords, configuration_attribute) != kPasswords.end();
}

std::string_view vendor_name(Bytes vendor_id) {
  for (const auto& vendor : kVendors) {
    const auto size = vendor.id.size() / 2;
    if (vendor.exact ? vendor_id.size() != size : vendor_id.size() < size) continue;
    if (begins_with(vendor_id, vendor.id)) return vendor.name;
  }
  return {};
}

}  // namespace sasync::proto::ike
