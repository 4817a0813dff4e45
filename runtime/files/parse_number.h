// Numbers out of text and into it, exactly and whatever the locale.
#pragma once

#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace backflow::files {

/// False, and `number` as it was, unless all of `text` is a number.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  Number found{};  // from_chars() also sets it where only the beginning is a number
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return false;
  number = found;
  return true;
}

/// With the fewest digits that give the same number back.
inline std::string shortest(double number) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

}  // namespace backflow::files
