#pragma once
// A made-up cluster's messages, and the link that brings them to the machine as the generator's truth says.

#include <array>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sasync/audit/audit.hpp"
#include "sasync/generate/generator.hpp"
#include "sasync/model/machine.hpp"
#include "sasync/state/document_json.hpp"

namespace sasync::test {

/// A message as its sender said it, and what the link did with it.
struct Told {
  event::SyncEvent event{};
  std::map<std::string, bool> reached{};  ///< by receiver
  std::map<std::string, unsigned> late{};
  std::map<std::string, unsigned> copies{};
};

struct Story {
  std::vector<Told> told{};
  state::Document truth{};  ///< what each member holds at the end, by the generator's own books
};

inline Story make_story(const generate::Settings& settings) {
  Story story;
  std::string text;
  generate::Sinks sinks;
  sinks.event = [&](const event::SyncEvent& event, Bytes) {
    story.told.push_back({.event = event});
    return true;
  };
  sinks.truth = [&](std::string_view piece) {
    text += piece;
    return true;
  };
  const std::atomic<bool> stop{false};
  BOOST_REQUIRE(generate::generate(settings, sinks, stop).complete);
  std::size_t at = 0;
  for (auto& told : story.told) {
    const auto end = text.find('\n', at);
    const auto line = nlohmann::json::parse(text.substr(at, end - at));
    told.reached = line.at("reached").get<std::map<std::string, bool>>();
    if (line.contains("late")) told.late = line.at("late").get<std::map<std::string, unsigned>>();
    if (line.contains("copies")) told.copies = line.at("copies").get<std::map<std::string, unsigned>>();
    at = end + 1;
  }
  auto document = state::read_document(std::string_view{text}.substr(at));
  BOOST_REQUIRE(document.has_value());
  story.truth = std::move(*document);
  return story;
}

/// Feeds the machine, and the audit beside it.
class Link {
 public:
  Link(const Story& story, const model::Settings& settings)
      : story_(story), state_(model::make_state(settings, names(story))), audit_(settings.model) {}

  void run() {
    for (number_ = 1; number_ <= story_.told.size(); ++number_) pass(story_.told[number_ - 1]);
    number_ = story_.told.size();
    // The truth says exactly how many came before a late one: none is left.
    for (const auto& late : late_) {
      BOOST_ERROR("event " << late.number << " comes to " << late.receiver << " after " << late.left
                           << " more, which do not come");
    }
    audit_.finish();
  }
  [[nodiscard]] const model::State& state() const { return state_; }
  [[nodiscard]] const audit::Audit& audit() const { return audit_; }

 private:
  struct Late {
    const Told* told = nullptr;
    std::size_t number = 0;
    std::string receiver{};
    unsigned left = 0, copies = 1;
  };

  static std::vector<std::string> names(const Story& story) {
    std::vector<std::string> names;
    for (const auto& member : story.truth.members) names.emplace_back(member.name.view());
    return names;
  }
  [[nodiscard]] model::MemberSet only(const std::string& receiver) const {
    return static_cast<model::MemberSet>(~model::set_of(state_.find_member(receiver)));
  }

  void step(const model::Said& said) {
    effects_.clear();
    model::advance(state_, said, effects_);
    audit_.check(number_, said, state_, effects_);
  }
  void arrive(const Told& told, const std::string& receiver, unsigned copies) {
    for (unsigned i = 0; i < copies; ++i) step({.event = &told.event, .lost = only(receiver), .again = true});
  }

  void pass(const Told& told) {
    model::MemberSet lost = 0;
    for (const auto& [receiver, reached] : told.reached) {
      if (!reached || told.late.contains(receiver)) {
        lost = static_cast<model::MemberSet>(lost | model::set_of(state_.find_member(receiver)));
      }
    }
    step({.event = &told.event, .lost = lost});
    if (told.event.protocol == "fgcp-heartbeat") return;  // not in the series
    for (const auto& [receiver, reached] : told.reached) {
      if (!reached) continue;
      const auto copies = told.copies.contains(receiver) ? told.copies.at(receiver) : 1U;
      if (told.late.contains(receiver)) {
        late_.push_back({&told, number_, receiver, told.late.at(receiver), copies});
        continue;
      }
      arrive(told, receiver, copies - 1);
      overtake(told, number_, receiver);
    }
  }
  /// Who is late comes after as many younger messages of its sender as the truth says; they count when they came.
  void overtake(const Told& younger, std::size_t number, const std::string& receiver) {
    for (auto& late : late_) {
      const bool is_older = late.number < number && late.receiver == receiver;
      if (is_older && late.told->event.member == younger.event.member && late.left > 0) --late.left;
    }
    for (;;) {
      const auto ready = std::ranges::find(late_, 0U, &Late::left);
      if (ready == late_.end()) return;
      const auto late = *ready;
      late_.erase(ready);
      arrive(*late.told, late.receiver, late.copies);
      overtake(*late.told, late.number, late.receiver);
    }
  }

  const Story& story_;
  model::State state_;
  audit::Audit audit_;
  model::Effects effects_;
  std::deque<Late> late_;
  std::size_t number_ = 0;
};

}  // namespace sasync::test
