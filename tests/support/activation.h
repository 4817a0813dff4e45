// Proves an activation: the reference f is a generic callable of one number, double or complex.
#pragma once

#include <string>
#include <vector>

#include "tests/support/proof.h"

namespace backflow::proof {

template <class F>
struct ActivationReference {
  F f;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    for (T& v : y.data) v = f(v);
    return y;
  }
};

using ActivationBuilder = std::function<Value(Value)>;

/// `points` are kinks and far ends that random values miss.
template <class F>
void prove_activation(const std::string& name, const ActivationBuilder& activation, F f,
                      const std::vector<double>& points = {-30, -1, 0, 1, 30}) {
  const Builder build = [&](Graph&, const std::vector<Value>& v) { return activation(v[0]); };
  const ActivationReference<F> reference{f};
  for (const Shape& s : {Shape{}, Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}})
    prove(name + " " + to_string(s), {{s, false, true, 0, 3}}, build, reference);
  prove(name + " at its points", {{{static_cast<std::int64_t>(points.size())}, false, true, 0, 1, points}}, build,
        reference);
  prove(name + " in tiles", {{{300, 401}, false, false, 0, 3}}, build, reference);
}

}  // namespace backflow::proof
