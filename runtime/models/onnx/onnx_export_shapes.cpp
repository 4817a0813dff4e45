#include <backflow/graph/error.h>
#include <backflow/runtime/models/onnx/onnx_export_call.h>

namespace backflow::models {
namespace {

using Lengths = std::vector<std::int64_t>;

void check_samples(const OnnxExportCall& c, bool are_apart) {
  require(!c.open[0] || are_apart, c.where(),
          " mixes the samples of a batch, which has no ONNX form while the batch is open");
}

/// Of an open batch the first axis is as in the input (0) or what remains (−1).
void export_reshape(OnnxExportCall& c) {
  Lengths to = c.y();
  if (c.open[0]) {
    const std::int64_t row = to.empty() ? 0 : elements(to) / to[0];
    check_samples(c, row != 0 && elements(c.x()) / c.batch % row == 0);
    to[0] = to[0] == c.x()[0] ? 0 : -1;
    if (to[0] == 0 && to.size() == 2) to[1] = -1;
  }
  c.result("Reshape", {c.in[0], onnx_integers(to)});
}

void export_transpose(OnnxExportCall& c) {
  const auto order = c.node.op->traits().permutes;
  check_samples(c, order.empty() || order[0] == 0);
  c.result("Transpose", c.in, {{"perm", Lengths(order.begin(), order.end())}});
}

void export_slice(OnnxExportCall& c) {
  const Lengths from = c.integers("begin");
  Lengths begin, end, axes;
  for (std::size_t a = 0; a < from.size(); ++a) {
    if (c.y()[a] == c.x()[a]) continue;
    axes.push_back(static_cast<std::int64_t>(a));
    begin.push_back(from[a]);
    end.push_back(from[a] + c.y()[a]);
  }
  check_samples(c, axes.empty() || axes[0] != 0);
  if (axes.empty()) return c.result("Identity", c.in);
  c.result("Slice", {c.in[0], onnx_integers(begin), onnx_integers(end), onnx_integers(axes)});
}

void export_index_select(OnnxExportCall& c) {
  const std::int64_t axis = c.integers("axis")[0];
  const Lengths indices = c.integers("indices");
  for (const std::int64_t i : indices)
    require(i >= 0, c.where(), " fills places that show no element, which has no ONNX form");
  check_samples(c, axis != 0);
  c.result("Gather", {c.in[0], onnx_integers(indices)}, {{"axis", axis}});
}

void export_pad(OnnxExportCall& c) {
  Lengths pads = c.integers("before");
  const Lengths after = c.integers("after");
  check_samples(c, pads.empty() || (pads[0] == 0 && after[0] == 0));
  pads.insert(pads.end(), after.begin(), after.end());
  c.result("Pad", {c.in[0], onnx_integers(pads), onnx_number(c.number("value"))}, {{"mode", std::string("constant")}});
}

void export_broadcast_to(OnnxExportCall& c) {
  Lengths to = c.y();
  const bool is_first = c.x().size() == to.size() && c.x()[0] == to[0];
  check_samples(c, is_first);
  if (c.open[0]) to[0] = 1;  // broadcasting goes both ways
  c.result("Expand", {c.in[0], onnx_integers(to)});
}

/// Those that `y` has with length 1.
Lengths reduced_axes(const Shape& x, const Shape& y) {
  Lengths axes;
  for (std::size_t a = 0; a < x.size(); ++a)
    if (x[a] != y[a]) axes.push_back(static_cast<std::int64_t>(a));
  return axes;
}

/// Up to opset 17 axes are an attribute, but for ReduceSum.
void export_reduction(OnnxExportCall& c, const std::string& op) {
  require(c.x().size() == c.y().size(), c.where(), " drops the axes that it reduces, which has no ONNX form");
  const Lengths axes = reduced_axes(c.x(), c.y());
  c.keeps_open = axes.empty() || axes[0] != 0;
  if (axes.empty()) return c.result("Identity", {c.in[0]});
  if (op == "ReduceSum") return c.result(op, {c.in[0], onnx_integers(axes)}, {{"keepdims", std::int64_t{1}}});
  c.result(op, {c.in[0]}, {{"axes", axes}, {"keepdims", std::int64_t{1}}});
}

/// A sum times the reciprocal of its number of addends is a mean, of images of any size.
void export_scale(OnnxExportCall& c) {
  const Node& sum = c.graph.node(c.node.in[0]);
  const auto factor = static_cast<float>(c.number("factor"));
  const bool is_sum = sum.op && sum.op->kind() == "sum_to" && sum.in[0].shape().size() == c.y().size();
  const std::int64_t addends = is_sum ? elements(sum.in[0].shape()) / elements(c.y()) : 0;
  if (is_sum && factor == 1 / static_cast<float>(addends))
    c.result("ReduceMean", {c.operand(sum.in[0])},
             {{"axes", reduced_axes(sum.in[0].shape(), c.y())}, {"keepdims", std::int64_t{1}}});
  else if (factor == -1)
    c.result("Neg", c.in);
  else
    c.result("Mul", {c.in[0], onnx_number(factor)});
}

/// Two values are added, more summed.
void export_sum(OnnxExportCall& c) { c.result(c.in.size() == 2 ? "Add" : "Sum", c.in); }

void export_concat(OnnxExportCall& c) {
  const std::int64_t axis = c.integers("axis")[0];
  for (std::size_t i = 0; i < c.in.size(); ++i)
    require(axis != 0 || c.open[i] == c.open[0], c.where(), " joins samples and other values");
  c.result("Concat", c.in, {{"axis", axis}});
}

}  // namespace

std::map<std::string, OnnxExport> onnx_exports_of_shapes() {
  const auto reduction = [](const std::string& op) { return [op](OnnxExportCall& c) { export_reduction(c, op); }; };
  return {
      {"broadcast_to", export_broadcast_to},
      {"concat", export_concat},
      {"index_select", export_index_select},
      {"log_sum_exp", reduction("ReduceLogSumExp")},
      {"pad", export_pad},
      {"reduce_max", reduction("ReduceMax")},
      {"reduce_min", reduction("ReduceMin")},
      {"reduce_prod", reduction("ReduceProd")},
      {"reshape", export_reshape},
      {"scale", export_scale},
      {"slice", export_slice},
      {"sum", export_sum},
      {"sum_to", reduction("ReduceSum")},
      {"transpose", export_transpose},
  };
}

}  // namespace backflow::models
