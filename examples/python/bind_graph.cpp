#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <array>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/graph.h>
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

constexpr std::array<std::pair<Mode, const char*>, 3> kModes{
    {{Mode::unspecified, "unspecified"}, {Mode::training, "training"}, {Mode::prediction, "prediction"}}};

Type type_called(const std::string& name) {
  for (Type t : {Type::f32, Type::bf16, Type::s32, Type::u8})
    if (to_string(t) == name) return t;
  fail("[graph] there is no type '", name, "'; there are f32, bf16, s32 and u8");
}

Mode mode_called(const std::string& name) {
  for (const auto& [mode, called] : kModes)
    if (name == called) return mode;
  fail("[graph] there is no mode '", name, "'; there are unspecified, training and prediction");
}

std::string mode_of(const Graph& g) {
  return std::find_if(kModes.begin(), kModes.end(), [&](const auto& m) { return m.first == g.mode(); })->second;
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

void bind_value(py::module_& m) {
  py::class_<Value>(
      m, "Value",
      "A value of a graph: +, -, *, / with values (which broadcast) and numbers, @ of matrices, and NumPy's "
      "indices and slices make new ones.")
      .def_property_readonly(
          "shape", [](const Value& v) { return py::tuple(py::cast(v.shape())); }, "Lengths of the axes.")
      .def_property_readonly(
          "graph", [](const Value& v) { return v.graph; }, "The graph that it is in.")
      .def_property_readonly(
          "type", [](const Value& v) { return to_string(v.spec().type); }, "f32, bf16, s32 or u8.")
      .def_property_readonly(
          "name", [](const Value& v) { return v.graph->node(v).name; }, "Of its node.")
      .def("__repr__", [](const Value& v) { return "<" + v.graph->node(v).name + " " + to_string(v.spec()) + ">"; });
}

void bind_gradient(py::module_& m) {
  // Before the other: a value has indices, so that it would pass for a list.
  m.def("gradient", py::overload_cast<Value, Value>(&gradient), "output"_a, "wrt"_a, py::keep_alive<0, 2>(),
        "Appends the backward nodes; returns d(Σ output)/d(wrt), in the shape of wrt.");
  m.def("gradient", &gradients, "outputs"_a, "wrt"_a, "grad_outputs"_a = std::vector<Value>{},
        "Appends the backward nodes; returns d(Σ outputs · grad_outputs)/d(wrt), one value for each of wrt.");
}

}  // namespace

void bind_initializers(py::module_& m) {
  py::class_<Initializer>(m, "Initializer",
                          "How a parameter's first values are drawn: of a store's seed and its name.");
  m.def("zeros", &zeros, "Zeros.");
  m.def("filled", &filled, "value"_a, "One value everywhere.");
  m.def("uniform", &uniform, "low"_a, "high"_a, "Uniform in low … high.");
  m.def("normal", &normal, "mean"_a = 0.0F, "standard_deviation"_a = 1.0F, "Gaussian.");
  m.def(
      "from_values",
      [](const py::array_t<float, py::array::c_style | py::array::forcecast>& a) {
        return from_values({a.data(), a.data() + a.size()});
      },
      "array"_a, "Given values in row-major order. Their count must be that of the parameter's shape.");
  m.def("kaiming_uniform", &kaiming_uniform, "fan_in"_a, "U(−√(6/fan_in), √(6/fan_in)), He et al. 2015.");
  m.def("kaiming_normal", &kaiming_normal, "fan_in"_a, "N(0, 2/fan_in), He et al. 2015.");
  m.def("xavier_uniform", &xavier_uniform, "fan_in"_a, "fan_out"_a,
        "U(±√(6/(fan_in + fan_out))), Glorot and Bengio 2010.");
  m.def("xavier_normal", &xavier_normal, "fan_in"_a, "fan_out"_a,
        "N(0, 2/(fan_in + fan_out)), Glorot and Bengio 2010.");
  m.def("fan_in_uniform", &fan_in_uniform, "fan_in"_a, "U(±1/√fan_in): PyTorch's default for linear and conv2d.");
}

void bind_graph(py::module_& m) {
  py::class_<Graph> graph(m, "Graph", "Named inputs, parameters and ops. A mistake in shapes is a ValueError at once.");
  bind_value(m);
  const auto keep_graph = py::keep_alive<0, 1>();
  graph.def(py::init<>())
      .def(
          "input",
          [](Graph& g, const std::string& name, const Shape& shape, const std::string& type) {
            return g.input(name, {shape, type_called(type)});
          },
          "name"_a, "shape"_a, "type"_a = "f32", keep_graph,
          "A value that is provided before each run. type: f32, s32 or u8.")
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
      .def("output", &Graph::output, "name"_a, "value"_a, "Makes a value readable after a run: Flow.output(name).")
      .def(
          "set_mode", [](Graph& g, const std::string& mode) { g.set_mode(mode_called(mode)); }, "mode"_a,
          "Before the layers are added: training or prediction, for batch_norm and dropout.")
      .def_property_readonly("mode", &mode_of, "unspecified, training or prediction.")
      .def("leaf", &Graph::leaf, "name"_a, keep_graph, "The input or parameter of this name.")
      .def(
          "parameters", [](const py::object& g) { return with_owner(g.cast<Graph&>().parameters(), g); },
          "All parameters, in the order of their creation.")
      .def("__len__", &Graph::size, "Nodes.")
      .def("__repr__", [](Graph& g) {
        return str_cat("<Graph of ", g.size(), " nodes, ", g.parameters().size(), " parameters, ", g.outputs().size(),
                       " outputs>");
      });
  bind_gradient(m);
}

}  // namespace backflow::python
