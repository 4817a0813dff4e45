// Windows of volumes.
#include <backflow/ops/conv3d.h>
#include <backflow/ops/pool3d.h>
#include "examples/python/bind_ops.h"
#include "examples/python/window_arguments.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

Pool3dOptions options_of(const Sides3d& kernel, const std::optional<Sides3d>& stride, const Border& padding,
                         bool ceil_mode, const Sides3d& dilation, const std::string& name) {
  return {.kernel = triple_of(kernel),
          .stride = stride ? std::optional(triple_of(*stride)) : std::nullopt,
          .padding = padding3d_of(padding),
          .ceil_mode = ceil_mode,
          .dilation = triple_of(dilation),
          .name = name};
}

void bind_pools(py::module_& m) {
  def_op(
      m, "max_pool3d",
      [](Value x, const Sides3d& kernel, const std::optional<Sides3d>& stride, const Border& padding, bool ceil_mode,
         const Sides3d& dilation, const std::string& name) {
        return max_pool3d(x, options_of(kernel, stride, padding, ceil_mode, dilation, name));
      },
      "x"_a, "kernel"_a = 2, "stride"_a = py::none(), "padding"_a = 0, "ceil_mode"_a = false, "dilation"_a = 1,
      "name"_a = "");
  def_op(
      m, "average_pool3d",
      [](Value x, const Sides3d& kernel, const std::optional<Sides3d>& stride, const Border& padding, bool ceil_mode,
         bool count_include_pad, const Sides3d& dilation, const std::string& name) {
        Pool3dOptions options = options_of(kernel, stride, padding, ceil_mode, dilation, name);
        options.count_include_pad = count_include_pad;
        return average_pool3d(x, options);
      },
      "x"_a, "kernel"_a = 2, "stride"_a = py::none(), "padding"_a = 0, "ceil_mode"_a = false,
      "count_include_pad"_a = true, "dilation"_a = 1, "name"_a = "");
}

}  // namespace

void bind_volumes(py::module_& m) {
  bind_pools(m);
  def_op(
      m, "conv3d",
      [](Value x, Value w, const std::optional<Value>& b, const Sides3d& stride, const Border& padding,
         const Sides3d& dilation, std::int64_t groups, const std::string& name) {
        return conv3d(x, w, b.value_or(Value{}),
                      {.stride = triple_of(stride),
                       .padding = padding3d_of(padding),
                       .dilation = triple_of(dilation),
                       .groups = groups,
                       .name = name});
      },
      "x"_a, "w"_a, "b"_a = py::none(), py::kw_only(), "stride"_a = 1, "padding"_a = 0, "dilation"_a = 1,
      "groups"_a = 1, "name"_a = "conv3d");
}

}  // namespace backflow::python
