#include <backflow/ops/linear.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {

void bind_layers(py::module_& m) {
  def_op(
      m, "linear",
      [](Value x, std::int64_t out, bool bias, const std::string& name) {
        return linear(x, {.out = out, .bias = bias, .name = name});
      },
      "x"_a, py::kw_only(), "out"_a, "bias"_a = true, "name"_a = "linear");
  def_op(
      m, "linear",
      [](Value x, Value w, std::optional<Value> b, const std::string& name) {
        return linear(x, w, b.value_or(Value{}), name);
      },
      "x"_a, "w"_a, "b"_a = py::none(), "name"_a = "");
}

}  // namespace backflow::python
