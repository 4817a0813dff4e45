#include <backflow/graph/error.h>
#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/conv_transpose2d.h>
#include <backflow/ops/dropout.h>
#include <backflow/ops/max_pool2d.h>
#include "examples/python/bind_ops.h"
#include "examples/python/window_arguments.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

std::optional<Pair> stride_of(const std::optional<Sides>& given) {
  return given ? std::optional(pair_of(*given)) : std::nullopt;
}

Value convolve(Value x, const std::optional<Value>& w, const std::optional<Value>& b, Conv2dOptions options) {
  if (w) return conv2d(x, *w, b.value_or(Value{}), options);
  require(!b, "[conv2d] a bias needs weights with it");
  return conv2d(x, options);
}

void bind_convolution(py::module_& m) {
  def_op(
      m, "conv2d",
      [](Value x, const std::optional<Value>& w, const std::optional<Value>& b, std::int64_t out, const Sides& kernel,
         const Sides& stride, const Border& padding, const Sides& dilation, std::int64_t groups, bool bias,
         const std::string& name) {
        return convolve(x, w, b,
                        {.out = out,
                         .kernel = pair_of(kernel),
                         .stride = pair_of(stride),
                         .padding = padding_of(padding),
                         .dilation = pair_of(dilation),
                         .groups = groups,
                         .bias = bias,
                         .name = name});
      },
      "x"_a, "w"_a = py::none(), "b"_a = py::none(), py::kw_only(), "out"_a = 0, "kernel"_a = 1, "stride"_a = 1,
      "padding"_a = 0, "dilation"_a = 1, "groups"_a = 1, "bias"_a = true, "name"_a = "conv2d");
  def_op(
      m, "conv_transpose2d",
      [](Value x, Value w, const std::optional<Value>& b, const Sides& stride, const Border& padding,
         const Sides& output_padding, const Sides& dilation, std::int64_t groups, const std::string& name) {
        return conv_transpose2d(x, w, b.value_or(Value{}),
                                {.stride = pair_of(stride),
                                 .padding = padding_of(padding),
                                 .output_padding = pair_of(output_padding),
                                 .dilation = pair_of(dilation),
                                 .groups = groups,
                                 .name = name});
      },
      "x"_a, "w"_a, "b"_a = py::none(), py::kw_only(), "stride"_a = 1, "padding"_a = 0, "output_padding"_a = 0,
      "dilation"_a = 1, "groups"_a = 1, "name"_a = "conv_transpose2d");
}

void bind_pools(py::module_& m) {
  def_op(
      m, "max_pool2d",
      [](Value x, const Sides& kernel, const std::optional<Sides>& stride, const Border& padding, bool ceil_mode,
         const std::string& name) {
        return max_pool2d(x, {.kernel = pair_of(kernel),
                              .stride = stride_of(stride),
                              .padding = padding_of(padding),
                              .ceil_mode = ceil_mode,
                              .name = name});
      },
      "x"_a, "kernel"_a = 2, "stride"_a = py::none(), "padding"_a = 0, "ceil_mode"_a = false, "name"_a = "");
  def_op(
      m, "average_pool2d",
      [](Value x, const Sides& kernel, const std::optional<Sides>& stride, const Border& padding, bool ceil_mode,
         bool count_include_pad, const std::string& name) {
        return average_pool2d(x, {.kernel = pair_of(kernel),
                                  .stride = stride_of(stride),
                                  .padding = padding_of(padding),
                                  .ceil_mode = ceil_mode,
                                  .count_include_pad = count_include_pad,
                                  .name = name});
      },
      "x"_a, "kernel"_a = 2, "stride"_a = py::none(), "padding"_a = 0, "ceil_mode"_a = false,
      "count_include_pad"_a = true, "name"_a = "");
  def_op(m, "global_average_pool2d", &global_average_pool2d);
  def_op(
      m, "adaptive_average_pool2d",
      [](Value x, std::int64_t height, std::int64_t width, const std::string& name) {
        return adaptive_average_pool2d(x, {.height = height, .width = width, .name = name});
      },
      "x"_a, "height"_a = 1, "width"_a = 1, "name"_a = "");
}

}  // namespace

void bind_windows(py::module_& m) {
  bind_convolution(m);
  bind_pools(m);
  def_op(
      m, "batch_norm",
      [](Value x, std::optional<bool> training, float epsilon, float momentum, const std::string& name) {
        return batch_norm(x, {.training = training, .epsilon = epsilon, .momentum = momentum, .name = name});
      },
      "x"_a, "training"_a = py::none(), "epsilon"_a = 1e-5F, "momentum"_a = 0.1F, "name"_a = "batch_norm");
  def_op(
      m, "dropout",
      [](Value x, Value step, float p, std::optional<bool> training, std::uint64_t seed, const std::string& name) {
        return dropout(x, step, {.p = p, .training = training, .seed = seed, .name = name});
      },
      "x"_a, "step"_a, "p"_a = 0.5F, "training"_a = py::none(), "seed"_a = 1, "name"_a = "dropout");
  def_op(
      m, "dropout_mark", [](Value x, float p, const std::string& name) { return dropout_mark(x, p, name); }, "x"_a,
      "p"_a, "name"_a = "");
}

}  // namespace backflow::python
