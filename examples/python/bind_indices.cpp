// What finds, takes and moves elements by their places.
#include <backflow/graph/error.h>
#include <backflow/ops/arg_max.h>
#include <backflow/ops/depth_to_space.h>
#include <backflow/ops/gather.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/resample.h>
#include <backflow/ops/scatter_elements.h>
#include <backflow/ops/transpose.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using Rows = std::vector<std::vector<std::pair<std::int64_t, float>>>;

/// (length of the old line, [[(from, weight), …] for each element of the new one]).
Taps taps_of(const std::pair<std::int64_t, Rows>& given) {
  Taps taps{.length = given.first, .of = {}};
  for (const auto& row : given.second) {
    auto& element = taps.of.emplace_back();
    for (const auto& [from, weight] : row) element.push_back({from, weight});
  }
  return taps;
}

BlockOrder order_called(const std::string& op, const std::string& name) {
  require(name == "dcr" || name == "crd", "[", op, "] there is no order '", name, "'; there are dcr and crd");
  return name == "dcr" ? BlockOrder::dcr : BlockOrder::crd;
}

void def_extreme(py::module_& m, const char* name, Value (*op)(Value, const ArgMaxOptions&)) {
  def_op(
      m, name,
      [op](Value x, int axis, bool keep, bool last, const std::string& node) {
        return op(x, {.axis = axis, .keep = keep, .last = last, .name = node});
      },
      "x"_a, "axis"_a = -1, "keep"_a = false, "last"_a = false, "name"_a = "");
}

void def_blocks(py::module_& m, const char* name, Value (*op)(Value, const DepthToSpaceOptions&)) {
  def_op(
      m, name,
      [op, called = std::string(name)](Value x, std::int64_t block, const std::string& order, const std::string& node) {
        return op(x, {.block = block, .order = order_called(called, order), .name = node});
      },
      "x"_a, "block"_a = 2, "order"_a = "dcr", "name"_a = "");
}

void bind_gathering(py::module_& m) {
  def_op(
      m, "gather",
      [](Value x, Value index, std::int64_t axis, const std::string& name) {
        return gather(x, index, {.axis = axis, .name = name});
      },
      "x"_a, "index"_a, "axis"_a = 0, "name"_a = "");
  def_op(
      m, "gather_elements",
      [](Value x, Value index, std::int64_t axis, const std::string& name) {
        return gather_elements(x, index, {.axis = axis, .name = name});
      },
      "x"_a, "index"_a, "axis"_a = 0, "name"_a = "");
  def_op(
      m, "scatter_elements",
      [](Value x, Value index, Value updates, std::int64_t axis, const std::string& reduction,
         const std::string& name) {
        const auto way = value_of<ScatterReduction>("reduction", reduction);
        return scatter_elements(x, index, updates, {.axis = axis, .reduction = way, .name = name});
      },
      "x"_a, "index"_a, "updates"_a, "axis"_a = 0, "reduction"_a = "none", "name"_a = "");
}

}  // namespace

void bind_indices(py::module_& m) {
  def_extreme(m, "arg_max", &arg_max);
  def_extreme(m, "arg_min", &arg_min);
  def_blocks(m, "depth_to_space", &depth_to_space);
  def_blocks(m, "space_to_depth", &space_to_depth);
  bind_gathering(m);
  def_op(
      m, "index_select",
      [](Value x, const std::vector<std::int64_t>& indices, std::int64_t axis, float fill, const std::string& name) {
        return index_select(x, {.axis = axis, .indices = indices, .fill = fill, .name = name});
      },
      "x"_a, "indices"_a, "axis"_a = 0, "fill"_a = 0.0F, "name"_a = "");
  def_op(
      m, "resample",
      [](Value x, const std::pair<std::int64_t, Rows>& taps, std::int64_t axis, float fill, const std::string& name) {
        return resample(x, {.axis = axis, .taps = taps_of(taps), .fill = fill, .name = name});
      },
      "x"_a, "taps"_a, "axis"_a = 0, "fill"_a = 0.0F, "name"_a = "");
  def_op(
      m, "transpose",
      [](Value x, const std::vector<std::int64_t>& order, const std::string& name) {
        return transpose(x, {.order = order, .name = name});
      },
      "x"_a, "order"_a = std::vector<std::int64_t>{}, "name"_a = "");
}

}  // namespace backflow::python
