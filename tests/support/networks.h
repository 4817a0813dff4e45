// A training step of the networks that are compared with PyTorch, in numbers (tests/runtime/train/pytorch_test.cpp) and
// in time (tests/bench).
#pragma once

#include <string>
#include <vector>

#include <backflow/graph/gradient.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::networks {

/// Appends loss, gradients and updates: inputs "labels" [N] and "lr" [1], output "loss".
template <class Update>
void train_step(Graph& g, Value logits, Update update) {
  const Value labels = g.input("labels", {{logits.shape()[0]}, Type::s32});
  const Value rate = g.input("lr", {{1}});
  const Value loss = softmax_cross_entropy(logits, labels);
  const std::vector<Value> parameters = g.parameters();
  const std::vector<Value> gradients = gradient({loss}, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) update(parameters[i], gradients[i], rate);
  g.output("loss", loss);
}

}  // namespace backflow::networks
