// What makes mean and variance, or a norm, of groups of elements the same.
#include <backflow/ops/group_norm.h>
#include <backflow/ops/layer_norm.h>
#include <backflow/ops/lp_normalize.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {

void bind_norms(py::module_& m) {
  using Maybe = std::optional<Value>;
  def_op(
      m, "group_norm",
      [](Value x, const Maybe& weight, const Maybe& bias, std::int64_t groups, float epsilon, const std::string& name) {
        return group_norm(x, weight.value_or(Value{}), bias.value_or(Value{}),
                          {.groups = groups, .epsilon = epsilon, .name = name});
      },
      "x"_a, "weight"_a = py::none(), "bias"_a = py::none(), py::kw_only(), "groups"_a = 1, "epsilon"_a = 1e-5F,
      "name"_a = "");
  def_op(
      m, "instance_norm",
      [](Value x, const Maybe& weight, const Maybe& bias, float epsilon, const std::string& name) {
        return instance_norm(x, weight.value_or(Value{}), bias.value_or(Value{}), epsilon, name);
      },
      "x"_a, "weight"_a = py::none(), "bias"_a = py::none(), py::kw_only(), "epsilon"_a = 1e-5F, "name"_a = "");
  def_op(
      m, "layer_norm",
      [](Value x, const Maybe& weight, const Maybe& bias, std::int64_t axis, float epsilon, const std::string& name) {
        return layer_norm(x, weight.value_or(Value{}), bias.value_or(Value{}),
                          {.axis = axis, .epsilon = epsilon, .name = name});
      },
      "x"_a, "weight"_a = py::none(), "bias"_a = py::none(), py::kw_only(), "axis"_a = -1, "epsilon"_a = 1e-5F,
      "name"_a = "");
  def_op(
      m, "lp_normalize",
      [](Value x, std::int64_t axis, int p, const std::string& name) {
        return lp_normalize(x, {.axis = axis, .p = p, .name = name});
      },
      "x"_a, "axis"_a = -1, "p"_a = 2, "name"_a = "");
}

}  // namespace backflow::python
