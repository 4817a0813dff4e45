// Derivatives of one value of a graph by another at one point: the Jacobian, and its products with a vector. Numerator
// layout: one row for each element of y, one column for each element of x, both counted row-major.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/store.h>
#include <backflow/runtime/flow/tensor.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow {

/// Where to differentiate: parameters are those of the store, drawn there if they are missing; every input on which y
/// depends needs its elements, row-major, whole numbers where it is s32 or u8.
struct Point {
  Store& store;
  Scheduler& scheduler;
  std::map<std::string, std::vector<float>> inputs = {};
};

// x is a leaf or any value on the way to y; nothing is added to their graph. The three are not to be called by a
// worker. They throw an Error if y or x is not f32, if an input is missing or does not fit, if an update is among what
// y depends on, if an op on the way has no gradient, and what a node throws when it runs.

/// J [elements(y), elements(x)]. Costs elements(y) backward passes, which run in parallel on the scheduler's
/// workers, and a forward pass for every four of them. The same bits for any number of threads.
Tensor jacobian(Value y, Value x, const Point& at);

/// vᵀ J in the shape of x, for v with the elements of y. Costs one backward pass.
Tensor vector_jacobian_product(Value y, Value x, std::span<const float> v, const Point& at);

/// J v in the shape of y, for v with the elements of x. vᵀ J is linear in v, so its own gradient by v is J v: about one
/// more forward pass. Where the gradient of an op on the way has no gradient itself, costs what jacobian() costs.
Tensor jacobian_vector_product(Value y, Value x, std::span<const float> v, const Point& at);

}  // namespace backflow
