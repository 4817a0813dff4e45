// GridSample: an image at places that another value names, as a weighted sum of pixels that are gathered.
#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/floor.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/modulo.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/round.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// Along one axis, for each place, a pixel and its weight.
struct GridTap {
  Value index, weight;
};

/// Numbers that combine with values of the call.
class Grid {
 public:
  explicit Grid(const OnnxCall& c)
      : c_(c),
        mode_(c.node.text("mode", c.opset < 20 ? "bilinear" : "linear")),
        padding_(c.node.text("padding_mode", "zeros")),
        align_(c.node.integer("align_corners", 0) != 0) {
    const bool known =
        mode_ == "bilinear" || mode_ == "linear" || mode_ == "nearest" || mode_ == "bicubic" || mode_ == "cubic";
    require(known, c.node.where(), " has mode '", files::printable(mode_),
            "'; supported are linear, nearest and cubic");
    require(padding_ == "zeros" || padding_ == "border" || padding_ == "reflection", c.node.where(),
            " has padding_mode '", files::printable(padding_), "'; supported are zeros, border and reflection");
  }

  /// Of places in −1 … 1 along an axis.
  std::vector<GridTap> taps(Value place, std::int64_t length) const {
    const auto n = static_cast<float>(length);
    Value at = align_ ? scale(plus(place, 1), (n - 1) / 2) : plus(scale(place, n / 2), (n - 1) / 2);
    const bool is_cubic = mode_.ends_with("cubic");
    if (!is_cubic && padding_ != "zeros") at = inside(at, length);
    if (mode_ == "nearest") return {tap(round(at), Value{}, length)};
    const Value first = floor(at), t = subtract(at, first);
    if (!is_cubic) return {tap(first, minus_from(1, t), length), tap(plus(first, 1), t, length)};
    std::vector<GridTap> all;
    const std::vector<Value> distance{plus(t, 1), t, minus_from(1, t), minus_from(2, t)};
    for (std::size_t k = 0; k < distance.size(); ++k)
      all.push_back(
          tap(plus(first, static_cast<float>(k) - 1), k == 1 || k == 2 ? near(distance[k]) : far(distance[k]), length));
    return all;
  }

 private:
  Value number(float v) const { return c_.scalar("number", v); }
  Value plus(Value x, float v) const { return v == 0 ? x : add(x, number(v)); }
  Value minus_from(float v, Value x) const { return subtract(number(v), x); }

  /// The pixel that a place shows; weights of those outside are 0.
  GridTap tap(Value index, Value weight, std::int64_t length) const {
    const auto last = static_cast<float>(length - 1);
    if (padding_ != "zeros") return {inside(index, length), weight};
    const Value there = logical_and(greater_or_equal(index, number(0)), less_or_equal(index, number(last)));
    return {clip(index, {0, last}), weight ? multiply(weight, there) : there};
  }

  /// A place at the border or mirrored there: at the middle of the last pixel, or at its edge.
  Value inside(Value at, std::int64_t length) const {
    const auto last = static_cast<float>(length - 1);
    if (padding_ == "reflection" && (length > 1 || !align_)) {
      const float low = align_ ? 0 : -0.5F, period = 2 * (align_ ? last : last + 1);
      const Value along = modulo(plus(at, -low), number(period));
      at = plus(minimum(along, minus_from(period, along)), low);
    }
    return clip(at, {0, last});
  }

  // Keys' cubic with a = −0.75, of distances below 1 and of 1 … 2.
  Value near(Value d) const {
    const Value square = multiply(d, d);
    return plus(multiply(square, plus(scale(d, kA + 2), -(kA + 3))), 1);
  }
  Value far(Value d) const {  // ((a d − 5 a) d + 8 a) d − 4 a
    return plus(multiply(plus(multiply(plus(scale(d, kA), -5 * kA), d), 8 * kA), d), -4 * kA);
  }

  static constexpr float kA = -0.75F;
  const OnnxCall& c_;
  std::string mode_, padding_;
  bool align_;
};

Value grid_sample_op(const OnnxCall& c) {
  const Value x = c.value(0), grid = c.value(1);
  const Shape &s = x.shape(), &g = grid.shape();
  require(s.size() == 4 && g.size() == 4 && g[3] == 2 && g[0] == s[0], c.node.where(),
          " needs images [N, C, H, W] and places [N, H', W', 2], got ", to_string(s), " and ", to_string(g));
  require(s[2] * s[3] <= kExactIntegers, c.node.where(), " needs images of at most 2^24 pixels, got ", to_string(s));
  const std::int64_t places = g[1] * g[2];
  const auto coordinate = [&](std::int64_t k) { return reshape(slice(grid, {3, k, 1}), {s[0], 1, places}); };
  const Grid how(c);
  const auto columns = how.taps(coordinate(0), s[3]), rows = how.taps(coordinate(1), s[2]);
  const Value flat = reshape(x, {s[0], s[1], s[2] * s[3]});
  Value sum;
  for (const GridTap& row : rows)
    for (const GridTap& column : columns) {
      const Value index = add(scale(row.index, static_cast<float>(s[3])), column.index);
      Value pixel = gather_elements(flat, broadcast_to(index, {s[0], s[1], places}), {.axis = 2});
      for (const Value& weight : {row.weight, column.weight})
        if (weight) pixel = multiply(pixel, weight);
      sum = sum ? add(sum, pixel) : pixel;
    }
  return reshape(sum, {s[0], s[1], g[1], g[2]}, c.name);
}

}  // namespace

OnnxTable onnx_grid_sample() { return {{"GridSample", onnx_op(grid_sample_op)}}; }

}  // namespace backflow::models
