// A network that looks at pictures, for measurements.
#pragma once

#include <algorithm>
#include <cmath>

#include "runtime/dream/dream_networks.h"
#include "runtime/image/resize.h"

namespace backflow {

struct Verdict {
  double probability = 0;
  std::int64_t rank = 1;
};

class Judge {
 public:
  Judge(const Model& model, std::int64_t size, Scheduler& scheduler) : size_(size) {
    input_ = model.input();
    Graph g;
    g.output("logits", model.build(g.input("image", {{1, input_.channels, size, size}})).logits);
    flow_ = std::make_unique<Flow>(g, store_, scheduler);
  }

  Verdict look(const Image& picture, std::int64_t target) {
    to_input(resize(picture, static_cast<int>(size_), static_cast<int>(size_)), input_, flow_->input("image").as());
    flow_->run();
    const auto logits = flow_->output("logits");
    const float own = logits[static_cast<std::size_t>(target)];
    double sum = 0;
    for (float l : logits) sum += std::exp(double{l} - double{own});
    return {1 / sum, 1 + std::ranges::count_if(logits, [&](float l) { return l > own; })};
  }

 private:
  std::int64_t size_;
  InputSpec input_;
  Store store_;
  std::unique_ptr<Flow> flow_;
};

}  // namespace backflow
