// Proves a loss that is a sum over elements: naive reference, each reduction, gradients by predictions and targets.
#pragma once

#include <string>
#include <vector>

#include <backflow/ops/loss.h>
#include "tests/support/proof.h"

namespace backflow::proof {

using LossBuilder = Value (*)(Value, Value, const LossOptions&);

template <class F>
struct LossReference {
  F f;
  Reduction reduction;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> loss({1});
    for (std::size_t i = 0; i < in[0].data.size(); ++i) loss(0) += f(in[0].data[i], in[1].data[i]);
    if (reduction == Reduction::mean) loss(0) /= static_cast<double>(in[0].data.size());
    if (reduction == Reduction::batch_mean) loss(0) /= static_cast<double>(in[0].shape[0]);
    return loss;
  }
};

/// Random predictions and targets, or values made by `change` from N(0, 1): probabilities, signs.
template <class F, class Change>
void prove_loss(const std::string& name, const Builder& build, Reduction reduction, F f, Change change,
                double tolerance = 4e-6) {
  auto input = [&](const Shape& shape, unsigned seed, bool differentiate) {
    Input in{shape, false, differentiate};
    std::mt19937 engine(seed);
    std::normal_distribution<double> normal;
    const bool target = seed == 2;
    for (std::int64_t i = 0; i < elements(shape); ++i)
      in.values.push_back(static_cast<float>(change(normal(engine), target)));
    return in;
  };
  for (const Shape& s : {Shape{1}, Shape{1, 7}, Shape{5, 3}, Shape{2, 3, 5, 2}, Shape{500, 401}}) {
    const bool small = elements(s) < 1000;
    prove(name + " " + to_string(s), {input(s, 1, small), input(s, 2, small)}, build, LossReference<F>{f, reduction},
          {.tolerance = tolerance});
  }
}

/// The errors of shape and type that all of them share.
inline void check_loss_errors(const std::string& kind, LossBuilder loss) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(loss(x, g.input("t", {{4}}), {}), "[" + kind + "] predictions have shape [4, 3], targets [4]");
  const Value labels = g.input("labels", {{4, 3}, Type::s32});
  CHECK_FAILS(loss(x, labels, {}), "[" + kind + "] predictions have shape [4, 3], targets [4, 3] s32");
  CHECK_FAILS(loss(labels, labels, {}), "[" + kind + "] needs f32 predictions, got [4, 3] s32");
}

}  // namespace backflow::proof
