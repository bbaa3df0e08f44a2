// Decodes a message through the installed library.
#include <array>
#include <cstdio>
#include <sasync/proto/strongswan_ha.hpp>

int main() {
  const std::array<std::uint8_t, 8> status_message{3, 10, 0x22, 0, 1, 0x22, 0, 2};
  const auto decoder = sasync::proto::strongswan_ha::make_decoder({});
  const auto decoded = decoder->decode(status_message, 0);
  if (!decoded) return std::fputs(sasync::describe(decoded.error()).c_str(), stderr), 1;
  sasync::Text summary;
  decoder->summarize(summary);
  std::printf("%s%.*s\n", decoder->head().message.data(), static_cast<int>(summary.size()), summary.data());
  return sasync::view(summary) == " serves 1,2" ? 0 : 1;
}
