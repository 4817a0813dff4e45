// Runs a small graph once and hands its outputs out.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow {

/// first, first + 1, … for a value of that shape.
inline std::vector<float> counted_from(float first, const Shape& shape) {
  std::vector<float> values(static_cast<std::size_t>(elements(shape)));
  std::iota(values.begin(), values.end(), first);
  return values;
}

/// Outputs by name, of one run with these inputs.
inline std::map<std::string, std::vector<float>> outputs_of(const Graph& g,
                                                            const std::map<std::string, std::vector<float>>& inputs,
                                                            int threads = 1) {
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  for (const auto& [name, values] : inputs)
    if (flow.has_input(name)) std::copy(values.begin(), values.end(), flow.input(name).as().begin());
  flow.run();
  std::map<std::string, std::vector<float>> result;
  for (const auto& [name, value] : g.outputs()) {
    const auto out = flow.output(name);
    result[name].assign(out.begin(), out.end());
  }
  return result;
}

}  // namespace backflow
