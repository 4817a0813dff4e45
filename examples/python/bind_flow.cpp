#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <cstring>
#include <optional>
#include <thread>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"
#include "examples/python/options.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

std::function<void(std::size_t)> each_step(std::function<void()> prefetch) {
  if (!prefetch) return nullptr;
  return [prefetch = std::move(prefetch)](std::size_t) { prefetch(); };
}

/// A flow, the shapes of its outputs, and the arrays that it reads without a copy.
class PythonFlow {
 public:
  PythonFlow(const Graph& graph, Store& store, Scheduler& scheduler, const std::string& name,
             const std::string& precision, Trace* trace, std::size_t memory_limit, Store* own,
             std::function<void()> prefetch, bool check_same_thread)
      : name_(name),
        check_same_thread_(check_same_thread),
        flow_(graph, store, scheduler,
              {.name = name,
               .trace = trace,
               .prefetch = each_step(std::move(prefetch)),
               .own = own,
               .memory_limit = memory_limit,
               .precision = enum_called<Precision>("precision", precision)}) {
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
    check_thread();
    for (const auto& [name, array] : inputs) write(name.cast<std::string>(), py::reinterpret_borrow<py::object>(array));
    const py::gil_scoped_release release;
    flow_.run();
  }

  py::array output(const std::string& name, py::handle self) {
    check_thread();
    const auto values = flow_.output(name);
    return view(reinterpret_cast<const std::byte*>(values.data()), outputs_.at(name), {}, self);
  }

  bool has_input(const std::string& name) const { return flow_.has_input(name); }
  std::vector<std::string> node_names() const { return flow_.node_names(); }
  std::size_t arena_bytes() const { return flow_.arena_bytes(); }
  std::string dot() const { return flow_.dot(); }

 private:
  /// Two threads would write each other's inputs and read each other's results.
  void check_thread() {
    const auto here = std::this_thread::get_id();
    if (check_same_thread_ && user_.value_or(here) != here)
      fail("[", name_,
           "] another thread uses this flow; give each thread a flow of its own, on one store, or pass "
           "check_same_thread=False and take turns");
    user_ = here;
  }

  std::string name_;
  bool check_same_thread_;
  std::optional<std::thread::id> user_;
  Flow flow_;
  std::map<std::string, Spec> outputs_;
  std::map<std::string, py::array> bound_;
};

std::string told(const PythonFlow& flow) { return str_cat("<Flow of ", flow.node_names().size(), " nodes>"); }

}  // namespace

void bind_flow(py::module_& m) {
  py::class_<PythonFlow>(
      m, "Flow",
      "A compiled graph: built once, run once a step. memory_limit: bytes of temporary values, 0 for "
      "none; values are computed a second time to meet it. precision: f32, bf16 or auto, of products. "
      "prefetch: called once a step, concurrently with the nodes. own: a store whose tensors go before "
      "those of `store`. check_same_thread: only the thread that runs it first may use it.")
      .def(py::init<const Graph&, Store&, Scheduler&, const std::string&, const std::string&, Trace*, std::size_t,
                    Store*, std::function<void()>, bool>(),
           "graph"_a, "store"_a, "scheduler"_a, "name"_a = "flow", py::kw_only(), "precision"_a = "f32",
           "trace"_a = py::none(), "memory_limit"_a = 0, "own"_a = py::none(), "prefetch"_a = py::none(),
           "check_same_thread"_a = true, py::keep_alive<1, 3>(), py::keep_alive<1, 4>(), py::keep_alive<1, 7>(),
           py::keep_alive<1, 9>())
      .def(
          "input",
          [](const py::object& self, const std::string& name) { return self.cast<PythonFlow&>().input(name, self); },
          "name"_a, "The memory of an input; write it before run().")
      .def("bind", &PythonFlow::bind, "name"_a, "array"_a,
           "Reads this input from the array's memory from now on: row-major, of the input's type and shape.")
      .def("has_input", &PythonFlow::has_input, "name"_a, "Whether a node reads an input of that name.")
      .def("run", &PythonFlow::run, "One step, after copying the arrays given by name into the inputs.")
      .def(
          "output",
          [](const py::object& self, const std::string& name) { return self.cast<PythonFlow&>().output(name, self); },
          "name"_a, "The memory of a result: the next run overwrites it.")
      .def_property_readonly("node_names", &PythonFlow::node_names, "Names of the nodes that run, in order.")
      .def_property_readonly("arena_bytes", &PythonFlow::arena_bytes, "Bytes of temporary values.")
      .def("dot", &PythonFlow::dot, "What really runs, as text for graphviz.")
      .def("__repr__", &told);
}

}  // namespace backflow::python
