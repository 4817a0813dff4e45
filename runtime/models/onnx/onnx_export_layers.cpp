#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/onnx/onnx_export_call.h>

namespace backflow::models {
namespace {

using Lengths = std::vector<std::int64_t>;

void export_conv2d(OnnxExportCall& c) {
  const Shape& w = c.x(1);
  c.result("Conv", c.in,
           {{"kernel_shape", Lengths{w[2], w[3]}},
            {"strides", c.integers("stride")},
            {"pads", c.integers("padding")},
            {"dilations", c.integers("dilation")},
            {"group", c.integers("groups")[0]}});
}

/// A window over the whole image says so, and fits images of any size.
void export_pool(OnnxExportCall& c, const std::string& op) {
  const Lengths kernel = c.integers("kernel"), padding = c.integers("padding");
  const bool is_global = kernel == Lengths{c.x()[2], c.x()[3]} && padding == Lengths(4, 0);
  if (is_global) return c.result("Global" + op, c.in);
  OnnxAttributes attributes{{"kernel_shape", kernel},
                            {"strides", c.integers("stride")},
                            {"pads", padding},
                            {"ceil_mode", c.integers("ceil_mode")[0]}};
  if (op == "AveragePool") attributes["count_include_pad"] = c.integers("count_include_pad")[0];
  c.result(op, c.in, attributes);
}

/// [to, from]: the means of adaptive pooling along one axis.
OnnxTensor adaptive_means(std::int64_t from, std::int64_t to, bool transposed) {
  std::vector<float> values(static_cast<std::size_t>(from * to), 0);
  for (std::int64_t i = 0; i < to; ++i) {
    const std::int64_t begin = i * from / to, end = ((i + 1) * from + to - 1) / to;
    for (std::int64_t k = begin; k < end; ++k)
      values[static_cast<std::size_t>(transposed ? k * to + i : i * from + k)] = 1 / static_cast<float>(end - begin);
  }
  return onnx_floats(transposed ? Shape{from, to} : Shape{to, from}, std::move(values));
}

/// Windows of one size are an ordinary pool; others are products, R x Cᵀ.
void export_adaptive_pool(OnnxExportCall& c) {
  const Shape &x = c.x(), &y = c.y();
  if (x[2] % y[2] != 0 || x[3] % y[3] != 0) {
    const OnnxOperand rows = c.step("rows", "MatMul", {adaptive_means(x[2], y[2], false), c.in[0]});
    return c.result("MatMul", {rows, adaptive_means(x[3], y[3], true)});
  }
  const Lengths window{x[2] / y[2], x[3] / y[3]};
  if (y[2] == 1 && y[3] == 1) return c.result("GlobalAveragePool", c.in);
  c.result("AveragePool", c.in, {{"kernel_shape", window}, {"strides", window}});
}

void export_linear(OnnxExportCall& c) { c.result("Gemm", c.in, {{"transB", std::int64_t{1}}}); }

/// The last two axes change places.
OnnxOperand turned(OnnxExportCall& c, std::size_t i) {
  Lengths order(c.x(i).size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::swap(order.end()[-1], order.end()[-2]);
  return c.step(i == 0 ? "turned_a" : "turned_b", "Transpose", {c.in[i]}, {{"perm", order}});
}

void export_matmul(OnnxExportCall& c) {
  const bool ta = c.number("transpose_a") != 0, tb = c.number("transpose_b") != 0;
  const bool is_plain = c.x(0).size() == 2 && c.x(1).size() == 2;
  require((!c.open[0] || !is_plain || !ta) && (!c.open[1] || !is_plain), c.where(),
          " mixes the samples of a batch, which has no ONNX form while the batch is open");
  if (is_plain && (ta || tb))
    return c.result("Gemm", c.in,
                    {{"transA", static_cast<std::int64_t>(ta)}, {"transB", static_cast<std::int64_t>(tb)}});
  const OnnxOperand a = ta ? turned(c, 0) : c.in[0], b = tb ? turned(c, 1) : c.in[1];
  c.result("MatMul", {a, b});
}

void export_batch_norm(OnnxExportCall& c) {
  require(c.node.op->details().empty(), c.where(), " is in training mode; export a graph for prediction");
  c.result("BatchNormalization", c.in, {{"epsilon", static_cast<float>(c.number("epsilon"))}});
}

void export_local_response_norm(OnnxExportCall& c) {
  c.result("LRN", c.in,
           {{"size", c.integers("size")[0]},
            {"alpha", static_cast<float>(c.number("alpha"))},
            {"beta", static_cast<float>(c.number("beta"))},
            {"bias", static_cast<float>(c.number("k"))}});
}

/// (x − mean) / √(variance + ε) of each sample.
void export_standardize(OnnxExportCall& c) {
  Lengths axes(c.x().size() - 1);
  std::iota(axes.begin(), axes.end(), std::int64_t{1});
  const auto mean = [&](const std::string& name, const OnnxOperand& x) {
    return c.step(name, "ReduceMean", {x}, {{"axes", axes}, {"keepdims", std::int64_t{1}}});
  };
  const OnnxOperand centred = c.step("centred", "Sub", {c.in[0], mean("mean", c.in[0])});
  const OnnxOperand variance = mean("variance", c.step("square", "Mul", {centred, centred}));
  const OnnxOperand sum = c.step("sum", "Add", {variance, onnx_number(c.number("epsilon"))});
  c.result("Div", {centred, c.step("deviation", "Sqrt", {sum})});
}

}  // namespace

std::map<std::string, OnnxExport> onnx_exports_of_layers() {
  return {
      {"adaptive_average_pool2d", export_adaptive_pool},
      {"average_pool2d", [](OnnxExportCall& c) { export_pool(c, "AveragePool"); }},
      {"batch_norm", export_batch_norm},
      {"conv2d", export_conv2d},
      {"linear", export_linear},
      {"local_response_norm", export_local_response_norm},
      {"lp_normalize",
       [](OnnxExportCall& c) {
         c.result("LpNormalization", c.in, {{"axis", c.integers("axis")[0]}, {"p", c.integers("p")[0]}});
       }},
      {"matmul", export_matmul},
      {"max_pool2d", [](OnnxExportCall& c) { export_pool(c, "MaxPool"); }},
      {"standardize", export_standardize},
  };
}

}  // namespace backflow::models
