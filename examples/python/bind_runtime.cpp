#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <cstring>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/store.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

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

std::string told(const Store& store) {
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : store.tensors()) numbers += elements(tensor.shape());
  return str_cat("<Store of ", store.tensors().size(), " tensors, ", numbers, " numbers, seed ", store.seed(),
                 store.frozen() ? ", frozen>" : ">");
}

void save(const Store& store, const std::filesystem::path& path, const train::Metadata& metadata, bool weights_only) {
  (weights_only ? train::save_weights : train::save_checkpoint)(path, store, metadata);
}

train::Metadata load(Store& store, const std::filesystem::path& path, bool weights_only) {
  return (weights_only ? train::load_weights : train::load_checkpoint)(path, store);
}

void bind_scheduler(py::module_& m) {
  py::class_<Scheduler>(m, "Scheduler", "The threads that run flows; 0 means all CPUs.")
      .def(py::init<int>(), "threads"_a = 0)
      .def_property_readonly("threads", &Scheduler::threads, "Workers, the calling thread included.")
      .def("__repr__", [](const Scheduler& s) { return str_cat("<Scheduler of ", s.threads(), " threads>"); });
  py::class_<Trace>(m, "Trace", "Which node ran on which worker when. One trace takes any number of flows.")
      .def(py::init([](const Scheduler& s) { return new Trace(s.threads()); }), "scheduler"_a)
      .def("summary", &Trace::summary, "What the time went into, in a few lines.")
      .def(
          "write", [](const Trace& t, const std::filesystem::path& file) { files::write_chrome_trace(t, file); },
          "file"_a, "JSON for chrome://tracing and Perfetto.");
}

}  // namespace

void bind_runtime(py::module_& m) {
  bind_scheduler(m);
  py::class_<Store>(m, "Store",
                    "The tensors that live between runs: parameters, optimizer state, running statistics. store[name] "
                    "shares their memory. First values are drawn from `seed` and the names.")
      .def(py::init<std::uint64_t>(), "seed"_a = 1)
      .def("__getitem__", &stored, "name"_a)
      .def("__setitem__", &assign, "name"_a, "array"_a)
      .def("__contains__", &Store::contains, "name"_a)
      .def("__len__", [](const Store& s) { return s.tensors().size(); })
      .def("__iter__", [](const Store& s) { return py::iter(py::cast(names(s))); })
      .def("__repr__", &told)
      .def("keys", &names, "The tensors' names.")
      .def("save", &save, "path"_a, "metadata"_a = train::Metadata{}, py::kw_only(), "weights_only"_a = false,
           "Writes all tensors and the texts `metadata` as a safetensors file, whole or not at all; without the "
           "optimizer's state where only weights are wanted.")
      .def("load", &load, "path"_a, py::kw_only(), "weights_only"_a = false,
           "Overwrites the tensors and returns the file's metadata; an empty store gets what the file has. A tensor "
           "that "
           "is missing, unexpected or of another shape is a ValueError that names it, and the store is as it was. With "
           "weights_only the optimizer's state, in the file or here, is left out.")
      .def("freeze", &Store::freeze,
           "No tensor may change from now on: what flows compute of parameters alone they compute once.")
      .def_property_readonly("frozen", &Store::frozen, "Whether freeze() was called.");
}

}  // namespace backflow::python
