#include <backflow/runtime/models/onnx/onnx_pad.h>

#include <algorithm>
#include <optional>

#include <backflow/graph/error.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/slice.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

struct Borders {
  Shape before, after;  // one entry for each axis; negative ones cut
};

Borders borders_of(const OnnxCall& c, const Shape& shape) {
  auto list = c.list(c.opset < 2 ? "paddings" : "pads", 1);
  const auto rank = shape.size();
  std::vector<std::int64_t> axes(rank);
  for (std::size_t a = 0; a < rank; ++a) axes[a] = static_cast<std::int64_t>(a);
  if (c.has(3)) axes = c.axes(c.list("axes", 3), static_cast<std::int64_t>(rank));
  require(list.size() == 2 * axes.size(), c.node.where(), " needs a border before and after each axis of ",
          to_string(c.has(3) ? axes : shape), ", got ", to_string(list));
  Borders b{Shape(rank, 0), Shape(rank, 0)};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    for (const std::int64_t border : {list[i], list[axes.size() + i]})
      require(border >= -kMaxExtent && border <= kMaxExtent, c.node.where(), " has a border of ", border);
    b.before[static_cast<std::size_t>(axes[i])] = list[i];
    b.after[static_cast<std::size_t>(axes[i])] = list[axes.size() + i];
  }
  return b;
}

/// The part that negative borders leave.
Value cut(const OnnxCall& c, Value x, Borders& b) {
  Shape begin(x.shape().size(), 0), shape = x.shape();
  for (std::size_t a = 0; a < shape.size(); ++a) {
    begin[a] = std::max<std::int64_t>(0, -b.before[a]);
    shape[a] -= begin[a] + std::max<std::int64_t>(0, -b.after[a]);
    require(shape[a] > 0, c.node.where(), " leaves nothing of ", to_string(x.shape()));
    b.before[a] = std::max<std::int64_t>(0, b.before[a]);
    b.after[a] = std::max<std::int64_t>(0, b.after[a]);
  }
  return shape == x.shape() ? x : slice(x, begin, shape);
}

/// The element that place `at` of a padded line shows; it may lie outside 0 … length − 1.
std::int64_t shown(std::int64_t at, std::int64_t length, const std::string& mode) {
  if (mode == "edge") return std::clamp<std::int64_t>(at, 0, length - 1);
  const std::int64_t period = mode == "wrap" || length == 1 ? length : 2 * (length - 1);
  at = (at % period + period) % period;
  return at < length ? at : period - at;
}

}  // namespace

Value onnx_pad(const OnnxCall& c) {
  const std::string mode = c.node.text("mode", "constant");
  require(mode == "constant" || mode == "reflect" || mode == "edge" || mode == "wrap", c.node.where(), " has mode '",
          files::printable(mode), "'; supported are constant, reflect, edge and wrap");
  Borders b = borders_of(c, c.value(0).shape());
  Value x = cut(c, c.value(0), b);
  if (mode == "constant") return pad(x, {b.before, b.after, c.number(2, "value", 0), c.name});
  const Shape& s = x.shape();
  const bool pictures = s.size() == 4 && b.before[0] + b.before[1] + b.after[0] + b.after[1] == 0 &&
                        std::max(b.before[2], b.after[2]) < s[2] && std::max(b.before[3], b.after[3]) < s[3];
  if (mode == "reflect" && pictures) return reflect_pad(x, {b.before[2], b.after[2], b.before[3], b.after[3], c.name});
  for (std::size_t a = 0; a < b.before.size(); ++a) {
    if (b.before[a] + b.after[a] == 0) continue;
    std::vector<std::int64_t> indices;
    const std::int64_t length = x.shape()[a];
    for (std::int64_t i = -b.before[a]; i < length + b.after[a]; ++i) indices.push_back(shown(i, length, mode));
    x = index_select(x, {.axis = static_cast<std::int64_t>(a), .indices = indices, .name = c.name});
  }
  return x;
}

}  // namespace backflow::models
