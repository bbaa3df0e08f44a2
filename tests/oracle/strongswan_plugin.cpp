#include "strongswan_plugin.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace sasync::oracle {
namespace {

constexpr const char* kLibraries = "/usr/lib/ipsec";

#ifdef SASYNC_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// "5.9.8": the daemon's program names its own version.
std::string installed_version() {
  std::ifstream file(std::string{kLibraries} + "/charon", std::ios::binary);
  const std::string program{std::istreambuf_iterator<char>(file), {}};
  constexpr std::string_view kBefore = "(strongSwan ";
  const auto at = program.find(kBefore);
  if (at == std::string::npos) return {};
  const auto begin = at + kBefore.size();
  return program.substr(begin, program.find_first_not_of("0123456789.", begin) - begin);
}

/// Why a library does not load, or nothing. Later libraries find the symbols of earlier ones.
std::string load_library(const std::string& path) {
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return {};
  const char* reason = dlerror();
  return reason == nullptr ? path + " does not load" : reason;
}

template <class Function>
bool find(const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  return function != nullptr;
}

std::string start_libraries() {
  bool (*library_init)(const char* settings, const char* name) = nullptr;
  bool (*libcharon_init)() = nullptr;
  if (!find("library_init", library_init) || !find("libcharon_init", libcharon_init)) {
    return "the libraries have no initializers";
  }
  setenv("STRONGSWAN_CONF", SASYNC_SOURCE_DIR "/tests/oracle/strongswan.conf", 1);
  if (!library_init(nullptr, "sasync-oracle")) return "libstrongswan does not initialize";
  // The parser logs what it refuses through the daemon's bus.
  if (!libcharon_init()) return "libcharon does not initialize";
  return {};
}

}  // namespace

std::expected<Plugin, std::string> Plugin::load() {
  if (kSanitized) return std::unexpected("code that the sanitizers have not instrumented tells nothing under them");
  const std::string directory = kLibraries;
  const auto plugin_path = directory + "/plugins/libstrongswan-ha.so";
  if (!std::filesystem::exists(plugin_path)) {
    return std::unexpected(plugin_path + " is not installed (Debian: libcharon-extra-plugins, strongswan-charon)");
  }
  const auto version = installed_version();
  if (!version.starts_with("5.9.")) {
    return std::unexpected("strongSwan " + (version.empty() ? "of an unknown version" : version) +
                           " is installed; the plugin's interface is known for 5.9.x");
  }
  for (const auto& path : {directory + "/libstrongswan.so.0", directory + "/libcharon.so.0", plugin_path}) {
    if (auto reason = load_library(path); !reason.empty()) return std::unexpected(std::move(reason));
  }
  Plugin plugin;
  if (!find("ha_message_create", plugin.create_message_) || !find("ha_message_parse", plugin.parse_message_) ||
      !find("identification_create_from_encoding", plugin.create_identity_) ||
      !find("host_create_from_chunk", plugin.create_host_) ||
      !find("traffic_selector_create_from_bytes", plugin.create_selector_) ||
      !find("ike_sa_id_create", plugin.create_ike_sa_id_)) {
    return std::unexpected("the plugin's functions are not exported");
  }
  if (auto reason = start_libraries(); !reason.empty()) return std::unexpected(std::move(reason));
  return plugin;
}

PluginValue Plugin::value_of(const RawValue& raw, Passing passing) {
  switch (passing) {
    case Passing::u8:
      return std::uint32_t{raw.as<std::uint8_t>()};
    case Passing::u16:
      return std::uint32_t{raw.as<std::uint16_t>()};
    case Passing::u32:
      return raw.as<std::uint32_t>();
    case Passing::text:
      return PluginText{raw.as<const char*>()};
    case Passing::chunk: {
      const auto chunk = raw.as<Chunk>();
      return Octets(chunk.bytes, chunk.bytes + chunk.size);
    }
    case Passing::object:
      break;
  }
  return raw.as<Object>();
}

void Plugin::add(Message* message, std::uint8_t number, const PluginValue& value, Passing passing) {
  // NOLINTBEGIN(cppcoreguidelines-pro-type-vararg): the plugin's function takes what follows the number so.
  switch (passing) {
    case Passing::u8:
    case Passing::u16:
    case Passing::u32:
      return message->add(message, number, std::get<std::uint32_t>(value));
    case Passing::text:
      return message->add(message, number, std::get<PluginText>(value).text.c_str());
    case Passing::chunk: {
      auto octets = std::get<Octets>(value);
      return message->add(message, number, Chunk{octets.data(), octets.size()});
    }
    case Passing::object:
      return message->add(message, number, std::get<Object>(value));
  }
  // NOLINTEND(cppcoreguidelines-pro-type-vararg)
}

Octets Plugin::taken(Message* message) {
  const auto encoding = message->encoding(message);
  return {encoding.bytes, encoding.bytes + encoding.size};
}

std::optional<std::vector<PluginAttribute>> Plugin::parse(Bytes message, const std::vector<Passing>& passing_of) const {
  constexpr std::size_t kHeaderBytes = 2;
  Octets copy(message.begin(), message.end());
  auto* parsed = parse_message_({copy.data(), copy.size()});
  if (parsed == nullptr) return std::nullopt;
  std::vector<PluginAttribute> attributes;
  auto* enumerator = parsed->enumerate(parsed);
  int number = 0;
  RawValue raw{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): so it is called
  while (enumerator->next(enumerator, &number, &raw)) {
    PluginAttribute attribute;
    attribute.number = static_cast<std::uint8_t>(number);
    const auto passing = passing_of[attribute.number];
    attribute.value = value_of(raw, passing);
    // An object lives until the next step: what it holds is asked of the plugin's encoder now.
    auto* again = create_message_(1);
    add(again, attribute.number, attribute.value, passing);
    attribute.encoded = taken(again);
    attribute.encoded.erase(attribute.encoded.begin(), attribute.encoded.begin() + kHeaderBytes);
    again->destroy(again);
    if (passing == Passing::object) attribute.value = Object{nullptr};
    attributes.push_back(std::move(attribute));
  }
  enumerator->destroy(enumerator);
  parsed->destroy(parsed);
  return attributes;
}

Octets Plugin::encode(std::uint8_t type, const std::vector<PluginAttribute>& attributes,
                      const std::vector<Passing>& passing_of) const {
  auto* message = create_message_(type);
  for (const auto& attribute : attributes) {
    add(message, attribute.number, attribute.value, passing_of[attribute.number]);
  }
  auto encoded = taken(message);
  message->destroy(message);
  return encoded;
}

namespace {

/// The plugin's functions take bytes that they do not change by a pointer that would let them.
template <class Chunk>
Chunk lent(Octets& octets) {
  return {octets.data(), octets.size()};
}

Octets copied(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Object Plugin::make_identity(std::uint8_t type, Bytes data) const {
  auto octets = copied(data);
  return create_identity_(type, lent<Chunk>(octets));
}

Object Plugin::make_host(std::uint8_t family, Bytes address, std::uint16_t port) const {
  auto octets = copied(address);
  return create_host_(family, lent<Chunk>(octets), port);
}

Object Plugin::make_selector(std::uint8_t protocol, std::uint8_t type, Bytes from, std::uint16_t from_port, Bytes to,
                             std::uint16_t to_port) const {
  auto first = copied(from);
  auto last = copied(to);
  return create_selector_(protocol, type, lent<Chunk>(first), from_port, lent<Chunk>(last), to_port);
}

Object Plugin::make_ike_sa_id(std::uint8_t version, Bytes initiator_spi, Bytes responder_spi, bool initiator) const {
  // The daemon keeps SPIs as the IKE header has them.
  const auto as_in_header = [](Bytes spi) {
    std::uint64_t value = 0;
    std::memcpy(&value, spi.data(), sizeof value);
    return value;
  };
  return create_ike_sa_id_(version, as_in_header(initiator_spi), as_in_header(responder_spi), initiator);
}

}  // namespace sasync::oracle
