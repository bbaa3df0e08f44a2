#pragma once
// strongSwan's HA plugin as packaged by the system, loaded into this process: its encoder and its parser of messages.
// The packages have no headers; the few types below are declared after the description of the binary interface in
// docs/protocols/strongswan-ha.md. What the plugin makes of identities, hosts, selectors and SA names stays a pointer.

#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sasync/base/bytes.hpp"

namespace sasync::oracle {

using Octets = std::vector<std::uint8_t>;

/// A text or a chunk; an object that the plugin made or takes.
using Object = const void*;
struct PluginText {
  std::string text;
};
/// A value as the plugin takes it and gives it.
using PluginValue = std::variant<std::uint32_t, PluginText, Octets, Object>;

/// How the plugin hands an attribute's value over.
enum class Passing : std::uint8_t { u8, u16, u32, text, chunk, object };

struct PluginAttribute {
  std::uint8_t number = 0;
  PluginValue value{};
  Octets encoded{};  ///< by the plugin's own encoder, number byte included
};

class Plugin {
 public:
  /// The installed plugin, or why there is none to test against.
  static std::expected<Plugin, std::string> load();

  /// Whatever the plugin's parser hands out before it stops; nothing when it refuses the message. `passing_of` has the
  /// passing of each attribute number.
  [[nodiscard]] std::optional<std::vector<PluginAttribute>> parse(Bytes message,
                                                                  const std::vector<Passing>& passing_of) const;
  /// A message as the plugin's encoder makes it.
  [[nodiscard]] Octets encode(std::uint8_t type, const std::vector<PluginAttribute>& attributes,
                              const std::vector<Passing>& passing_of) const;

  // Objects for encode(), as the daemon makes them. They live until the program ends.
  [[nodiscard]] Object make_identity(std::uint8_t type, Bytes data) const;
  [[nodiscard]] Object make_host(std::uint8_t family, Bytes address, std::uint16_t port) const;
  [[nodiscard]] Object make_selector(std::uint8_t protocol, std::uint8_t type, Bytes from, std::uint16_t from_port,
                                     Bytes to, std::uint16_t to_port) const;
  [[nodiscard]] Object make_ike_sa_id(std::uint8_t version, Bytes initiator_spi, Bytes responder_spi,
                                      bool initiator) const;

 private:
  struct Chunk {
    std::uint8_t* bytes;
    std::size_t size;
  };
  struct Enumerator {
    bool (*next)(Enumerator*, ...);
    bool (*next_list)(Enumerator*, std::va_list);
    void (*destroy)(Enumerator*);
  };
  struct Message {
    int (*type)(Message*);
    void (*add)(Message*, int number, ...);
    Enumerator* (*enumerate)(Message*);
    Chunk (*encoding)(Message*);
    void (*destroy)(Message*);
  };
  using CreateMessage = Message* (*)(int type);
  using ParseMessage = Message* (*)(Chunk);
  using CreateIdentity = void* (*)(int type, Chunk);
  using CreateHost = void* (*)(int family, Chunk, std::uint16_t port);
  using CreateSelector = void* (*)(std::uint8_t protocol, int type, Chunk from, std::uint16_t from_port, Chunk to,
                                   std::uint16_t to_port);
  using CreateIkeSaId = void* (*)(std::uint8_t version, std::uint64_t initiator_spi, std::uint64_t responder_spi,
                                  bool initiator);
  /// What the plugin's enumerator writes: a union whose largest member is a chunk.
  struct RawValue {
    alignas(Chunk) std::array<std::uint8_t, sizeof(Chunk)> bytes{};

    template <class T>
    [[nodiscard]] T as() const {
      T value{};
      std::memcpy(static_cast<void*>(&value), bytes.data(), sizeof value);
      return value;
    }
  };

  static PluginValue value_of(const RawValue& raw, Passing passing);
  static void add(Message* message, std::uint8_t number, const PluginValue& value, Passing passing);
  static Octets taken(Message* message);

  CreateMessage create_message_ = nullptr;
  ParseMessage parse_message_ = nullptr;
  CreateIdentity create_identity_ = nullptr;
  CreateHost create_host_ = nullptr;
  CreateSelector create_selector_ = nullptr;
  CreateIkeSaId create_ike_sa_id_ = nullptr;
};

}  // namespace sasync::oracle
