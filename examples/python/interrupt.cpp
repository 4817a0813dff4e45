#include "examples/python/interrupt.h"

#include <pybind11/pybind11.h>

#include <chrono>
#include <future>
#include <optional>

namespace py = pybind11;

namespace backflow::python {

void check_signals() {
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

void run_interruptibly(const std::function<void()>& work, const std::function<void()>& stop) {
  std::future<void> done = std::async(std::launch::async, work);
  std::optional<py::error_already_set> raised;
  for (bool ended = false; !ended;) {
    {
      const py::gil_scoped_release release;
      ended = done.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready;
    }
    if (ended || raised || PyErr_CheckSignals() == 0) continue;
    raised.emplace();
    stop();
  }
  if (raised) throw std::move(*raised);
  done.get();
}

}  // namespace backflow::python
