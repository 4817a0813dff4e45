#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/graph.h>
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

Type type_called(const std::string& name) {
  for (Type t : {Type::f32, Type::bf16, Type::s32, Type::u8})
    if (to_string(t) == name) return t;
  fail("[graph] there is no type '", name, "'; there are f32, bf16, s32 and u8");
}

/// Values that Python gets in a list keep their graph alive too.
py::list with_owner(const std::vector<Value>& values, py::handle owner) {
  py::list result;
  for (const Value& v : values) {
    py::object o = py::cast(v);
    py::detail::keep_alive_impl(o, owner);
    result.append(std::move(o));
  }
  return result;
}

py::list gradients(const std::vector<Value>& outputs, const py::sequence& wrt, const std::vector<Value>& grad_outputs) {
  const auto values = gradient(outputs, wrt.cast<std::vector<Value>>(), grad_outputs);
  return with_owner(values, wrt[0]);
}

}  // namespace

void bind_initializers(py::module_& m) {
  py::class_<Initializer>(m, "Initializer", "How a parameter's first values are drawn.");
  m.def("zeros", &zeros);
  m.def("filled", &filled, "value"_a);
  m.def("uniform", &uniform, "low"_a, "high"_a);
  m.def("normal", &normal, "mean"_a = 0.0F, "standard_deviation"_a = 1.0F);
  m.def(
      "from_values",
      [](const py::array_t<float, py::array::c_style | py::array::forcecast>& a) {
        return from_values({a.data(), a.data() + a.size()});
      },
      "array"_a);
  m.def("kaiming_uniform", &kaiming_uniform, "fan_in"_a);
  m.def("kaiming_normal", &kaiming_normal, "fan_in"_a);
  m.def("xavier_uniform", &xavier_uniform, "fan_in"_a, "fan_out"_a);
  m.def("xavier_normal", &xavier_normal, "fan_in"_a, "fan_out"_a);
  m.def("fan_in_uniform", &fan_in_uniform, "fan_in"_a);
}

void bind_graph(py::module_& m) {
  py::class_<Value>(m, "Value", "A value of a graph.")
      .def_property_readonly("shape", [](const Value& v) { return py::tuple(py::cast(v.shape())); })
      .def_property_readonly("graph", [](const Value& v) { return v.graph; })
      .def_property_readonly("type", [](const Value& v) { return to_string(v.spec().type); })
      .def_property_readonly("name", [](const Value& v) { return v.graph->node(v).name; })
      .def("__repr__", [](const Value& v) { return "<" + v.graph->node(v).name + " " + to_string(v.spec()) + ">"; });

  const auto keep_graph = py::keep_alive<0, 1>();
  py::class_<Graph>(m, "Graph", "Named inputs, parameters and ops.")
      .def(py::init<>())
      .def(
          "input",
          [](Graph& g, const std::string& name, const Shape& shape, const std::string& type) {
            return g.input(name, {shape, type_called(type)});
          },
          "name"_a, "shape"_a, "type"_a = "f32", keep_graph, "A value that is provided before each run.")
      .def(
          "parameter",
          [](Graph& g, const std::string& name, const Shape& shape, const Initializer& initial) {
            return g.parameter(name, {shape}, initial);
          },
          "name"_a, "shape"_a, "initial"_a, keep_graph, "A value that lives in the store and that training changes.")
      .def(
          "state",
          [](Graph& g, const std::string& name, const Shape& shape, const Initializer& initial) {
            return g.state(name, {shape}, initial);
          },
          "name"_a, "shape"_a, "initial"_a, keep_graph, "A value that lives in the store and is not trained.")
      .def(
          "constant",
          [](Graph& g, const std::string& name, const Shape& shape, const Initializer& initial) {
            return g.constant(name, {shape}, initial);
          },
          "name"_a, "shape"_a, "initial"_a, keep_graph, "A value that never changes.")
      .def("output", &Graph::output, "name"_a, "value"_a, "Makes a value readable after a run.")
      .def("leaf", &Graph::leaf, "name"_a, keep_graph, "The input or parameter of this name.")
      .def("parameters", [](const py::object& g) { return with_owner(g.cast<Graph&>().parameters(), g); })
      .def("__len__", &Graph::size);

  // Before the other: a value has indices, so that it would pass for a list.
  m.def("gradient", py::overload_cast<Value, Value>(&gradient), "output"_a, "wrt"_a, py::keep_alive<0, 2>());
  m.def("gradient", &gradients, "outputs"_a, "wrt"_a, "grad_outputs"_a = std::vector<Value>{},
        "Appends the backward nodes; returns d(Σ outputs · grad_outputs)/d(wrt), one value for each of wrt.");
}

}  // namespace backflow::python
