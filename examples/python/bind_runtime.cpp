#include <pybind11/stl.h>

#include <cstring>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

/// A flow, the shapes of its outputs, and the arrays that it reads without a copy.
class PythonFlow {
 public:
  PythonFlow(const Graph& graph, Store& store, Scheduler& scheduler, const std::string& name)
      : flow_(graph, store, scheduler, {.name = name}) {
    for (const auto& [output, value] : graph.outputs()) outputs_[output] = value.spec();
  }

  py::array input(const std::string& name, py::handle self) {
    const Tensor& t = flow_.input(name);
    const auto bound = bound_.find(name);
    return bound != bound_.end() ? bound->second : view(t.data(), t.spec(), t.layout(), self);
  }

  void write(const std::string& name, const py::object& object) {
    Tensor& t = flow_.input(name);
    const auto bound = bound_.find(name);
    void* memory = bound != bound_.end() ? bound->second.mutable_data() : t.data();
    const py::array source = row_major(name, object, t.spec());
    if (source.data() != memory) std::memcpy(memory, source.data(), t.bytes());
  }

  void bind(const std::string& name, const py::object& object) {
    const Spec& spec = flow_.input(name).spec();
    const py::array source = row_major(name, object, spec);
    require(shares_memory(source, object), "[", name, "] only row-major memory of type ", to_string(spec.type),
            " can be bound; pass it to run() to have it copied");
    flow_.bind(name, static_cast<const std::byte*>(source.data()));
    bound_[name] = source;
  }

  void run(const py::kwargs& inputs) {
    for (const auto& [name, array] : inputs) write(name.cast<std::string>(), py::reinterpret_borrow<py::object>(array));
    const py::gil_scoped_release release;
    flow_.run();
  }

  py::array output(const std::string& name, py::handle self) const {
    const auto values = flow_.output(name);
    return view(reinterpret_cast<const std::byte*>(values.data()), outputs_.at(name), {}, self);
  }

  bool has_input(const std::string& name) const { return flow_.has_input(name); }
  std::vector<std::string> node_names() const { return flow_.node_names(); }

 private:
  Flow flow_;
  std::map<std::string, Spec> outputs_;
  std::map<std::string, py::array> bound_;
};

py::array stored(const py::object& self, const std::string& name) {
  const Store& store = self.cast<Store&>();
  const Tensor& t = store.at(name);
  if (!t.layout().is_blocked()) return view(t.data(), t.spec(), t.layout(), self);
  const Tensor plain = store.plain(name);
  return view(plain.data(), plain.spec(), {}, py::handle());  // without an owner the array copies
}

void assign(Store& store, const std::string& name, const py::object& object) {
  require(store.contains(name) || py::hasattr(object, "shape"), "[", name, "] expected an array");
  Spec spec;
  if (store.contains(name))
    spec = store.at(name).spec();
  else
    spec.shape = object.attr("shape").cast<Shape>();
  const py::array source = row_major(name, object, spec);
  Tensor t(spec);
  std::memcpy(t.data(), source.data(), t.bytes());
  store.assign(name, t);
}

std::vector<std::string> names(const Store& store) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : store.tensors()) result.push_back(name);
  return result;
}

}  // namespace

void bind_runtime(py::module_& m) {
  py::class_<Scheduler>(m, "Scheduler", "The threads that run flows; 0 means all CPUs.")
      .def(py::init<int>(), "threads"_a = 0)
      .def_property_readonly("threads", &Scheduler::threads);

  py::class_<Store>(m, "Store", "The tensors that live between runs. store[name] shares their memory.")
      .def(py::init<std::uint64_t>(), "seed"_a = 1)
      .def("__getitem__", &stored, "name"_a)
      .def("__setitem__", &assign, "name"_a, "array"_a)
      .def("__contains__", &Store::contains, "name"_a)
      .def("__len__", [](const Store& s) { return s.tensors().size(); })
      .def("__iter__", [](const Store& s) { return py::iter(py::cast(names(s))); })
      .def("keys", &names);

  py::class_<PythonFlow>(m, "Flow", "A compiled graph: built once, run once a step.")
      .def(py::init<const Graph&, Store&, Scheduler&, const std::string&>(), "graph"_a, "store"_a, "scheduler"_a,
           "name"_a = "flow", py::keep_alive<1, 3>(), py::keep_alive<1, 4>())
      .def(
          "input",
          [](const py::object& self, const std::string& name) { return self.cast<PythonFlow&>().input(name, self); },
          "name"_a, "The memory of an input; write it before run().")
      .def("bind", &PythonFlow::bind, "name"_a, "array"_a, "Reads this input from the array's memory from now on.")
      .def("has_input", &PythonFlow::has_input, "name"_a)
      .def("run", &PythonFlow::run, "One step, after copying the arrays given by name into the inputs.")
      .def(
          "output",
          [](const py::object& self, const std::string& name) { return self.cast<PythonFlow&>().output(name, self); },
          "name"_a, "The memory of a result: the next run overwrites it.")
      .def_property_readonly("node_names", &PythonFlow::node_names);
}

}  // namespace backflow::python
