// Ops that take or put elements at places which a list of coordinates names.
#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/gather.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/where.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

OnnxTensor numbers(Shape shape, const std::vector<std::int64_t>& values) {
  return onnx_floats(std::move(shape), {values.begin(), values.end()});
}

/// Coordinates [M, k] in the first axes of `shape`, after `batch` of them that pair with the rows, as one number each:
/// that of a row of x as [rows, inner].
struct FlatPlaces {
  Value index;  // [M]
  std::int64_t rows, inner;
};

/// A coordinate outside its axis makes a number that is no row, so that the run fails as for any index.
FlatPlaces flat_places(const OnnxCall& c, const Shape& x, std::size_t batch) {
  const Value at = c.value(1);
  require(!at.shape().empty(), c.node.where(), " needs a list of coordinates");
  const auto k = static_cast<std::size_t>(at.shape().back());
  require(k >= 1 && batch + k <= x.size(), c.node.where(), " has ", k, " coordinates for ", to_string(x));
  const Shape outer(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(batch + k));
  const std::int64_t rows = elements(outer), count = elements(at.shape()) / at.shape().back();
  require(rows < kExactIntegers, c.node.where(), " chooses among ", rows, " places; at most 2^24 are supported");
  std::vector<std::int64_t> lengths(outer.begin() + static_cast<std::ptrdiff_t>(batch), outer.end()), steps(k, 1);
  for (std::size_t a = k - 1; a-- > 0;) steps[a] = steps[a + 1] * lengths[a + 1];
  const auto width = static_cast<std::int64_t>(k);
  const Value length = onnx_constant(c.graph, c.name + ".lengths", numbers({width}, lengths));
  const Value zero = c.scalar("zero", 0), none = c.scalar("none", static_cast<float>(kExactIntegers));
  const Value coordinates = reshape(at, {count, width}), from_end = add(coordinates, length);
  Value place = where(less(coordinates, zero), from_end, coordinates);
  place = where(logical_or(less(place, zero), greater_or_equal(place, length)), none, place);
  const Value step = onnx_constant(c.graph, c.name + ".steps", numbers({width}, steps));
  Value flat = reduce_sum(multiply(place, step), {.axes = {1}});
  const std::int64_t batches = elements({outer.begin(), outer.begin() + static_cast<std::ptrdiff_t>(batch)});
  if (batch > 0) {
    require(count % batches == 0, c.node.where(), " has ", count, " lists of coordinates for ", batches, " samples");
    std::vector<std::int64_t> first(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i)
      first[static_cast<std::size_t>(i)] = i / (count / batches) * (rows / batches);
    flat = add(flat, onnx_constant(c.graph, c.name + ".first", numbers({count}, first)));
  }
  return {flat, rows, elements(x) / rows};
}

Value gather_nd_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const Shape& s = x.shape();
  const std::int64_t batch = c.node.integer("batch_dims", 0);
  Shape shape = c.value(1).shape();
  require(batch >= 0 && batch < rank_of(x) && batch < static_cast<std::int64_t>(shape.size()) &&
              std::equal(s.begin(), s.begin() + batch, shape.begin()),
          c.node.where(), " has batch_dims ", batch, " for ", to_string(s), " and ", to_string(shape));
  const FlatPlaces p = flat_places(c, s, static_cast<std::size_t>(batch));
  const auto rest = s.begin() + batch + shape.back();
  shape.pop_back();
  shape.insert(shape.end(), rest, s.end());
  return reshape(gather(reshape(x, {p.rows, p.inner}), p.index, {0, c.name}), shape);
}

Value scatter_nd_op(const OnnxCall& c) {
  const Value x = c.value(0), updates = c.value(2);
  const FlatPlaces p = flat_places(c, x.shape(), 0);
  const std::int64_t count = elements(p.index.shape());
  require(elements(updates.shape()) == count * p.inner, c.node.where(), " has updates ", to_string(updates.shape()),
          " for ", count, " places of ", p.inner, " elements");
  const Value index = broadcast_to(reshape(p.index, {count, 1}), {count, p.inner});
  const Value y = scatter_elements(reshape(x, {p.rows, p.inner}), index, reshape(updates, {count, p.inner}),
                                   {.axis = 0, .reduction = scatter_reduction(c.node), .name = c.name});
  return reshape(y, x.shape());
}

/// The first steps of each sample, as many as its length says, in reverse.
Value reverse_sequence_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const std::int64_t time = c.node.integer("time_axis", 0), batch = c.node.integer("batch_axis", 1);
  require(rank_of(x) >= 2 && time != batch && std::min(time, batch) >= 0 && std::max(time, batch) < 2, c.node.where(),
          " has time_axis ", time, " and batch_axis ", batch, " of ", to_string(x.shape()));
  const Shape& s = x.shape();
  const std::int64_t steps = s[static_cast<std::size_t>(time)], samples = s[static_cast<std::size_t>(batch)];
  Shape by_step(s.size(), 1), by_sample = by_step;
  by_step[static_cast<std::size_t>(time)] = steps;
  by_sample[static_cast<std::size_t>(batch)] = samples;
  require(elements(c.value(1).shape()) == samples, c.node.where(), " needs a length for each of ", samples, " samples");
  std::vector<std::int64_t> step(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < steps; ++i) step[static_cast<std::size_t>(i)] = i;
  const Value at = onnx_constant(c.graph, c.name + ".steps", numbers(by_step, step));
  const Value length = reshape(c.value(1), by_sample);
  const Value mirrored = subtract(subtract(length, at), c.scalar("one", 1));
  const Value from = broadcast_to(where(less(at, length), mirrored, at), s);
  return gather_elements(x, from, {time, c.name});
}

}  // namespace

OnnxTable onnx_places() {
  return {
      {"GatherND", onnx_op(gather_nd_op)},
      {"ReverseSequence", onnx_op(reverse_sequence_op)},
      {"ScatterND", onnx_op(scatter_nd_op)},
  };
}

}  // namespace backflow::models
