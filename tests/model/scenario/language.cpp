#include "language.hpp"

#include <sstream>

namespace sasync::test {
namespace {

Command parse_command(const std::string& line, std::size_t number) {
  Command command{.line = number};
  std::istringstream words(line);
  std::string word;
  while (words >> word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) {
      command.words.push_back(word);
    } else {
      command.options[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  return command;
}

}  // namespace

Script parse_script(std::string_view text) {
  Script script;
  Block block;
  bool in_output = false;
  std::size_t number = 0;
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (in_output) {
      if (!line.empty()) {
        block.expected += line + '\n';
        continue;
      }
      script.blocks.push_back(std::move(block));
      block = {};
      in_output = false;
      continue;
    }
    if (line == "----") {
      in_output = true;
      continue;
    }
    block.text += line + '\n';
    if (line.empty() || line.front() == '#') continue;
    auto command = parse_command(line, number);
    if (command.word(0) == "shows") {
      script.shows.insert(script.shows.end(), command.words.begin() + 1, command.words.end());
    } else {
      block.commands.push_back(std::move(command));
    }
  }
  if (in_output) {
    script.blocks.push_back(std::move(block));
  } else {
    script.tail = block.text;
  }
  return script;
}

}  // namespace sasync::test
