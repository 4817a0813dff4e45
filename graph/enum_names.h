// The names that users write for the values of an enum.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <backflow/graph/error.h>

namespace backflow {

/// The names of the values 0, 1, … of E. An enum that users write has a specialization next to its definition.
template <class E>
inline constexpr std::array<const char*, 0> kEnumNames{};

template <class E>
concept NamedEnum = std::is_enum_v<E> && !kEnumNames<E>.empty();

template <NamedEnum E>
std::string name_of(E value) {
  return kEnumNames<E>.at(static_cast<std::size_t>(value));
}

/// "f32, bf16 or auto".
template <class Names>
std::string listed(const Names& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i)
    list += str_cat(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  return list;
}

/// The value called `name`. Throws an OptionError about `option` that lists the names if there is none.
template <NamedEnum E>
E value_of(const std::string& option, std::string_view name) {
  const auto& names = kEnumNames<E>;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw OptionError(option, str_cat("needs to be ", listed(names), ", got '", name, "'"));
  return static_cast<E>(found - names.begin());
}

/// A member whose type is a NamedEnum, for code that reads and writes any of them by name.
struct EnumMember {
  std::uint8_t* value;
  std::vector<std::string> names;
};

template <NamedEnum E>
EnumMember enum_member(E& member) {
  static_assert(sizeof(E) == 1);
  return {reinterpret_cast<std::uint8_t*>(&member), {kEnumNames<E>.begin(), kEnumNames<E>.end()}};
}

}  // namespace backflow
