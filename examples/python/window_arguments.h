// Sizes of windows as Python gives them: a number for all axes, or one for each.
#pragma once

#include <pybind11/stl.h>

#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/ops/window.h>

namespace backflow::python {

using Sides = std::variant<std::int64_t, std::pair<std::int64_t, std::int64_t>>;
using Sides3d = std::variant<std::int64_t, std::tuple<std::int64_t, std::int64_t, std::int64_t>>;
using Border = std::variant<std::int64_t, std::vector<std::int64_t>>;

/// An int, or (height, width).
inline Pair pair_of(const Sides& given) {
  if (const auto* both = std::get_if<std::int64_t>(&given)) return *both;
  const auto& [height, width] = std::get<1>(given);
  return {height, width};
}

/// An int, or (depth, height, width).
inline Triple triple_of(const Sides3d& given) {
  if (const auto* all = std::get_if<std::int64_t>(&given)) return *all;
  const auto& [depth, height, width] = std::get<1>(given);
  return {depth, height, width};
}

/// An int, (height, width), or (top, left, bottom, right).
inline Padding padding_of(const Border& given) {
  if (const auto* all = std::get_if<std::int64_t>(&given)) return *all;
  const auto& sides = std::get<1>(given);
  require(sides.size() == 2 || sides.size() == 4, "[padding] needs an int, (height, width) or (top, left, bottom, ",
          "right), got ", sides.size(), " numbers");
  if (sides.size() == 2) return {sides[0], sides[1], sides[0], sides[1]};
  return {sides[0], sides[1], sides[2], sides[3]};
}

/// An int, (depth, height, width), or (front, top, left, back, bottom, right).
inline Padding3d padding3d_of(const Border& given) {
  if (const auto* all = std::get_if<std::int64_t>(&given)) return *all;
  const auto& sides = std::get<1>(given);
  require(sides.size() == 3 || sides.size() == 6, "[padding] needs an int, (depth, height, width) or (front, top, ",
          "left, back, bottom, right), got ", sides.size(), " numbers");
  const std::size_t end = sides.size() - 3;
  return {sides[0], sides[end], {sides[1], sides[2], sides[end + 1], sides[end + 2]}};
}

}  // namespace backflow::python
