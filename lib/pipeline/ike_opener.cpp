#include "ike_opener.hpp"

#include <fmt/format.h>

#include <numeric>

namespace sasync::pipeline {
namespace {

using keys::Outcome;

/// The notes K1 to K6 of docs/protocols/ike.md.
void explain(OpenedIke& opened) {
  const auto& result = opened.result;
  const auto say = [&](std::string_view id, std::string text) {
    opened.note_id = id;
    opened.note = std::move(text);
  };
  switch (result.outcome) {
    case Outcome::not_encrypted:
      return;
    case Outcome::decrypted:
      if (!result.status) {
        const auto& error = result.status.error();
        return say("K6", fmt::format("what was decrypted is malformed at offset {} of the plaintext, {}", error.offset,
                                     error.field));
      }
      if (result.proof == keys::Proof::padding_only) {
        say("K5", fmt::format("decrypted, but {}", result.problem.text));
      }
      return;
    case Outcome::no_keys:
      return say("K1", fmt::format("not decrypted: {}", result.problem.text));
    case Outcome::failed:
      return say("K2", fmt::format("not decrypted: {}", result.problem.text));
    case Outcome::incomplete:
      return say("K3", "a fragment, verified; others of its message have not come yet");
    case Outcome::duplicate:
      return say("K4", "a fragment, verified; it came before");
  }
}

}  // namespace

std::optional<OpenedIke> IkeOpener::open(Bytes message, std::uint32_t hint) {
  if (!proto::ike::decode(message, hint, state_, message_)) return std::nullopt;
  OpenedIke opened{.result = decryptor_.decrypt(message_)};
  if (opened.result.outcome == Outcome::not_encrypted) return std::nullopt;
  ++counts_.at(static_cast<std::size_t>(opened.result.outcome));
  explain(opened);
  return opened;
}

std::vector<std::string> IkeOpener::remarks() const {
  constexpr std::size_t kUnfinishedMax = 8;
  std::vector<std::string> remarks;
  const auto count = [&](Outcome outcome) { return counts_.at(static_cast<std::size_t>(outcome)); };
  const auto all = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
  const auto closed = count(Outcome::no_keys) + count(Outcome::failed);
  if (closed != 0) {
    remarks.push_back(
        fmt::format("{} of {} encrypted IKE messages not decrypted: {} without keys of their IKE_SA, {} failed", closed,
                    all, count(Outcome::no_keys), count(Outcome::failed)));
  }
  const auto unfinished = decryptor_.unfinished();
  for (const auto& sentence : unfinished) {
    if (remarks.size() > kUnfinishedMax) break;
    remarks.push_back(sentence);
  }
  if (unfinished.size() > kUnfinishedMax) {
    remarks.push_back(fmt::format("{} fragmented IKE messages never became complete", unfinished.size()));
  }
  return remarks;
}

}  // namespace sasync::pipeline
