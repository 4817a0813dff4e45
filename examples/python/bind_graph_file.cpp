// Computations of any kind from ONNX files, and as ONNX files.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/graph_file.h>
#include <backflow/runtime/models/onnx_export.h>
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

/// A value as it is, anything else as numbers that are known already.
models::GivenInput given_input(const std::string& name, const py::handle& given) {
  if (py::isinstance<Value>(given)) return given.cast<Value>();
  const auto array = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(given);
  if (!array) {
    PyErr_Clear();
    fail("[onnx] input '", name, "' needs a value of the graph or an array of numbers");
  }
  return models::KnownInput{{array.shape(), array.shape() + array.ndim()}, {array.data(), array.data() + array.size()}};
}

py::dict build_graph(const models::GraphFile& file, const py::object& graph, const py::dict& inputs) {
  std::map<std::string, models::GivenInput> given;
  for (const auto& [name, value] : inputs) {
    const auto key = name.cast<std::string>();
    given.emplace(key, given_input(key, value));
  }
  py::dict outputs;
  for (const auto& [name, value] : file.build(graph.cast<Graph&>(), given)) {
    py::object o = py::cast(value);
    py::detail::keep_alive_impl(o, graph);
    outputs[py::str(name)] = o;
  }
  return outputs;
}

py::list ports(const std::vector<models::Port>& from) {
  py::list list;
  for (const models::Port& p : from) list.append(py::make_tuple(p.name, py::tuple(py::cast(p.shape)), p.type));
  return list;
}

using Values = std::map<std::string, Value>;

void bind_write_onnx(py::module_& m) {
  m.def(
      "write_onnx",
      [](const std::filesystem::path& path, const Graph& graph, const Store& store, const Values& inputs,
         const Values& outputs, std::int64_t opset, bool external_data, bool dynamic_batch, bool softmax,
         bool fold_batch_norm, const std::map<std::string, std::string>& metadata) {
        models::write_onnx(graph, store, inputs, outputs, path,
                           {.opset = opset,
                            .external_data = external_data,
                            .dynamic_batch = dynamic_batch,
                            .softmax = softmax,
                            .fold_batch_norm = fold_batch_norm,
                            .metadata = metadata});
      },
      "path"_a, "graph"_a, "store"_a, "inputs"_a, "outputs"_a, "opset"_a = 17, "external_data"_a = false,
      "dynamic_batch"_a = true, "softmax"_a = false, "fold_batch_norm"_a = false,
      "metadata"_a = std::map<std::string, std::string>(),
      "Writes what computes the outputs from the inputs, dicts of values by their names in the file, as an ONNX file "
      "of "
      "opset 13 to 17. Parameters have their values in the store, or their first ones. The first axis of inputs is "
      "open "
      "unless dynamic_batch is False; softmax is of each output's last axis; fold_batch_norm makes batch "
      "normalisation part of the weights before it. Ops without a form are an error that "
      "lists "
      "them.");
}

}  // namespace

void bind_graph_file(py::module_& m) {
  bind_write_onnx(m);
  py::class_<models::GraphFile>(m, "GraphFile", "A computation from an ONNX file: named values in, named values out.")
      .def(py::init<const std::filesystem::path&>(), "path"_a)
      .def_property_readonly(
          "inputs", [](const models::GraphFile& f) { return ports(f.inputs()); },
          "A list of (name, shape, type); -1 where the file leaves a length open.")
      .def_property_readonly(
          "outputs", [](const models::GraphFile& f) { return ports(f.outputs()); }, "The same of the outputs.")
      .def("build", &build_graph, "graph"_a, "inputs"_a,
           "Appends the computation to the graph; returns a dict of the outputs' values. An input is a value of the "
           "graph, or an array of numbers where it steers shapes. The file's weights are parameters under their own "
           "names.");
}

}  // namespace backflow::python
