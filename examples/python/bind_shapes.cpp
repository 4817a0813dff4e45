// What changes shapes, and value[…] with it.
#include <backflow/graph/error.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/cumulative_sum.h>
#include <backflow/ops/log_sum_exp.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_min.h>
#include <backflow/ops/reduce_prod.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/slice.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

struct Box {
  Shape begin, shape;  // of the elements that are kept
  Shape result;        // without the axes that had a number
};

/// What `index` takes along an axis of `length`: one element for a number, which the result's shape then lacks.
void take(const py::handle& index, std::int64_t length, Box& box) {
  const std::size_t axis = box.shape.size();
  if (py::isinstance<py::slice>(index)) {
    py::ssize_t begin = 0, end = 0, step = 0, count = 0;
    require(
        py::reinterpret_borrow<py::slice>(index).compute(length, &begin, &end, &step, &count) && step == 1 && count > 0,
        "[index] axis ", axis, " of length ", length, " needs a slice of step 1 with at least one element");
    box.begin.push_back(begin);
    box.shape.push_back(count);
    box.result.push_back(count);
    return;
  }
  require(PyIndex_Check(index.ptr()) != 0, "[index] expected numbers and slices, got ",
          py::repr(index).cast<std::string>());
  const auto given = py::reinterpret_steal<py::int_>(PyNumber_Index(index.ptr())).cast<std::int64_t>();
  if (given < -length || given >= length)  // what ends Python's loops over a sequence
    throw py::index_error(str_cat("[index] ", given, " is not in the ", length, " elements of axis ", axis));
  box.begin.push_back(given < 0 ? given + length : given);
  box.shape.push_back(1);
}

/// NumPy's indexing by numbers and slices.
Value element(Value x, const py::object& index) {
  const py::tuple each = py::isinstance<py::tuple>(index) ? py::tuple(index) : py::make_tuple(index);
  const Shape& shape = x.shape();
  require(each.size() <= shape.size(), "[index] ", each.size(), " indices for ", shape.size(), " axes");
  Box box;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    take(axis < each.size() ? py::object(each[axis]) : py::slice(0, shape[axis], 1), shape[axis], box);
  if (box.result.empty() && !shape.empty()) box.result = {1};
  return reshape(slice(x, box.begin, box.shape), box.result);
}

using ReduceOp = Value (*)(Value, const ReduceOptions&);

/// Along all axes where none are given.
Value reduced(ReduceOp op, Value x, Shape axes, bool keep, const std::string& name) {
  if (axes.empty())
    for (std::size_t axis = 0; axis < x.shape().size(); ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  return op(x, {.axes = axes, .keep = keep, .name = name});
}

void def_reduction(py::module_& m, const char* name, ReduceOp op) {
  def_op(
      m, name,
      [op](Value x, const Shape& axes, bool keep, const std::string& node) { return reduced(op, x, axes, keep, node); },
      "x"_a, "axes"_a = Shape{}, "keep"_a = false, "name"_a = "");
}

void bind_joining(py::module_& m) {
  def_op(
      m, "slice",
      [](Value x, std::int64_t axis, std::int64_t begin, std::int64_t length, const std::string& name) {
        return slice(x, {.axis = axis, .begin = begin, .length = length, .name = name});
      },
      "x"_a, "axis"_a = 0, "begin"_a = 0, "length"_a = 1, "name"_a = "");
  def_op(
      m, "pad",
      [](Value x, const Shape& before, const Shape& after, float value, const std::string& name) {
        return pad(x, {.before = before, .after = after, .value = value, .name = name});
      },
      "x"_a, "before"_a, "after"_a, "value"_a = 0.0F, "name"_a = "");
  m.def(
      "concat",
      [](const py::sequence& values, std::int64_t axis, const std::string& name) {
        py::object y = py::cast(concat(values.cast<std::vector<Value>>(), {.axis = axis, .name = name}));
        py::detail::keep_alive_impl(y, values[0]);
        return y;
      },
      "values"_a, "axis"_a = 1, "name"_a = "", doc_of("concat").c_str());
}

}  // namespace

void bind_shapes(py::module_& m) {
  bind_joining(m);
  def_op(m, "flatten", &flatten);
  def_op(m, "reshape", &reshape, "x"_a, "shape"_a, "name"_a = "");
  def_op(
      m, "cumulative_sum",
      [](Value x, int axis, bool exclusive, bool reverse, const std::string& name) {
        return cumulative_sum(x, {.axis = axis, .exclusive = exclusive, .reverse = reverse, .name = name});
      },
      "x"_a, "axis"_a = -1, "exclusive"_a = false, "reverse"_a = false, "name"_a = "");
  def_reduction(m, "log_sum_exp", &log_sum_exp);
  def_reduction(m, "reduce_max", &reduce_max);
  def_reduction(m, "reduce_mean", &reduce_mean);
  def_reduction(m, "reduce_min", &reduce_min);
  def_reduction(m, "reduce_prod", &reduce_prod);
  def_reduction(m, "reduce_sum", &reduce_sum);
  py::class_<Value>(m.attr("Value"))
      .def("__getitem__", &element, "index"_a, py::keep_alive<0, 1>(), "Elements by numbers and slices, as in NumPy.")
      .def(
          "mean", [](Value x) { return reduced(&reduce_mean, x, {}, false, ""); }, py::keep_alive<0, 1>(),
          "Of all elements: [1].");
}

}  // namespace backflow::python
