// The Python module `backflow`: graphs, gradients and flows with NumPy arrays and torch CPU tensors. An Error becomes
// a ValueError.
#include "examples/python/bind.h"
#include "graph/error.h"

PYBIND11_MODULE(backflow, m) {
  m.doc() = "A dataflow runtime that trains networks and optimizes their inputs on CPUs.";
  pybind11::register_exception_translator([](std::exception_ptr p) {
    try {
      if (p) std::rethrow_exception(p);
    } catch (const backflow::Error& e) {
      PyErr_SetString(PyExc_ValueError, e.what());
    }
  });
  backflow::python::bind_initializers(m);
  backflow::python::bind_graph(m);
  backflow::python::bind_ops(m);
  backflow::python::bind_runtime(m);
}
