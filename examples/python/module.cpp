// The Python module `backflow`: graphs, gradients and flows with NumPy arrays and torch CPU tensors. An Error becomes
// a ValueError.
#include <backflow/graph/error.h>
#include <backflow/runtime/log/version.h>
#include "examples/python/bind_attack.h"
#include "examples/python/bind_ops.h"

PYBIND11_MODULE(backflow, m) {
  m.doc() = "A dataflow runtime that trains networks and optimizes their inputs on CPUs.";
  m.attr("__version__") = backflow::version();
  pybind11::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const backflow::Error& e) {
      PyErr_SetString(PyExc_ValueError, e.what());
    }
  });
  using namespace backflow::python;
  bind_initializers(m);
  bind_graph(m);
  bind_layers(m);
  bind_activations(m);
  bind_arithmetic(m);
  bind_images(m);
  bind_indices(m);
  bind_losses(m);
  bind_norms(m);
  bind_samples(m);
  bind_shapes(m);
  bind_updates(m);
  bind_volumes(m);
  bind_windows(m);
  bind_runtime(m);
  bind_flow(m);
  bind_jacobian(m);
  bind_models(m);
  bind_graph_file(m);
  bind_data(m);
  bind_array_data(m);
  bind_train(m);
  bind_dream(m);
  bind_attack(m);
  bind_explain(m);
}
