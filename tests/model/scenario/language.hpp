#pragma once
// The scenario language: blocks of commands, each with what they must print.
//
//   # a comment
//   shows FG-5 FG-6           what the file is for; a test fails when a number is in no file
//
//   cluster A B seqno=max     one command a line: words, then options with "=", in any order
//   A ike t1 v=1
//   ----
//   A: IKE SA created t1      the output, up to the next empty line
//
// A line that begins with the name of a member is something that it says; docs/model.md lists the commands.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sasync::test {

struct Command {
  std::size_t line = 0;
  std::vector<std::string> words{};
  std::map<std::string, std::string, std::less<>> options{};

  [[nodiscard]] std::string_view word(std::size_t index) const {
    return index < words.size() ? std::string_view{words[index]} : std::string_view{};
  }
  [[nodiscard]] bool has(std::string_view option) const { return options.find(option) != options.end(); }
  [[nodiscard]] std::string_view option(std::string_view name, std::string_view otherwise = {}) const {
    const auto found = options.find(name);
    return found == options.end() ? otherwise : std::string_view{found->second};
  }
};

struct Block {
  std::string text{};  ///< comments and commands, as they stand there
  std::vector<Command> commands{};
  std::string expected{};
};

struct Script {
  std::vector<std::string> shows{};
  std::vector<Block> blocks{};
  std::string tail{};  ///< after the last block
};

Script parse_script(std::string_view text);

}  // namespace sasync::test
