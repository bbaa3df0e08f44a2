#pragma once
// Small event streams as text, and runs over them.

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "sasync/replay/run.hpp"
#include "support/files.hpp"

namespace sasync::test {

/// Two strongSwan nodes, A serving, one tunnel with one pair of SAs; times are 100 s and the seconds given.
class Story {
 public:
  Story& line(double second, const std::string& kind, const std::string& rest, const std::string& member = "A") {
    const auto said_by =
        member.empty() ? R"("protocol":"esp")" : fmt::format(R"("member":"{}","protocol":"strongswan-ha")", member);
    text_ += fmt::format(R"({{"event":"{}","time":"{:.6f}",{}{}{}}})", kind, 100 + second, said_by,
                         rest.empty() ? "" : ",", rest);
    text_ += '\n';
    return *this;
  }
  Story& status(double second, const std::string& member, const std::string& segments) {
    return line(second, "heartbeat", fmt::format(R"("segments":[{}])", segments), member);
  }
  Story& begin() {
    status(0, "A", "1");
    return status(0.1, "B", "");
  }
  Story& tunnel(double second, unsigned number = 1) {
    const auto id =
        fmt::format(R"("ike_id":{{"version":2,"initiator_spi":"{:016x}","responder_spi":"00000000000000ff"}})", number);
    line(second, "ike_sa_add", id);
    line(second, "ike_sa_update",
         fmt::format(R"({},"tunnel":"t{}","remote":{{"address":"10.0.0.{}"}})", id, number, number));
    return line(second, "ipsec_sa_add",
                fmt::format(R"({},"child":"net","spi_in":"aaaa{:04x}","spi_out":"bbbb{:04x}")", id, number, number));
  }
  Story& esp(double second, const std::string& spi, unsigned sequence) {
    return line(second, "esp_packet", fmt::format(R"("spi":"{}","sequence":"{}","length":100)", spi, sequence), "");
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct Ran {
  std::expected<replay::Result, std::string> result;
  std::vector<std::string> said;
  std::vector<event::SyncEvent> events;
  [[nodiscard]] const replay::Report& report() const {
    BOOST_REQUIRE_MESSAGE(result.has_value(), (result ? std::string{} : result.error()));
    return result->report;
  }
  [[nodiscard]] bool has_said(std::string_view part) const {
    return std::ranges::any_of(said, [&](const std::string& text) { return text.contains(part); });
  }
};

inline Ran run_files(std::vector<std::string> files, replay::Options options = {}) {
  Ran ran;
  options.source.files = std::move(files);
  const std::atomic<bool> stop{false};
  const replay::Hooks hooks{
      .listener = {.say = [&](std::string_view text) { ran.said.emplace_back(text); }, .progress = {}},
      .event = [&](const event::SyncEvent& event) {
        ran.events.push_back(event);
        return true;
      }};
  ran.result = replay::run(options, hooks, stop);
  return ran;
}

inline Ran run_text(const std::string& text, const replay::Options& options = {}) {
  const TemporaryDirectory directory;
  return run_files({directory.write("events.jsonl", as_bytes(text))}, options);
}

inline replay::Options failing_at(const std::string& when) {
  replay::Options options;
  options.failovers.push_back(replay::parse_when(when).value());
  return options;
}

}  // namespace sasync::test
