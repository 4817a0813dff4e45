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

/// The error function, of a complex number to first order in the imaginary part, which is all that a step needs.
inline double erf_of(double x) { return std::erf(x); }
inline std::complex<double> erf_of(const std::complex<double>& x) {
  const double slope = 2 / std::sqrt(std::acos(-1.0)) * std::exp(-x.real() * x.real());
  return {std::erf(x.real()), x.imag() * slope};
}

using ActivationBuilder = std::function<Value(Value)>;

/// Of the random values; they stay within 5 standard deviations.
struct Domain {
  double mean = 0, stddev = 3;
};

/// `points` are kinks and far ends that random values miss.
template <class F>
void prove_activation(const std::string& name, const ActivationBuilder& activation, F f,
                      const std::vector<double>& points = {-30, -1, 0, 1, 30}, const Domain& domain = {}) {
  const Builder build = [&](Graph&, const std::vector<Value>& v) { return activation(v[0]); };
  const ActivationReference<F> reference{f};
  for (const Shape& s : {Shape{}, Shape{1}, Shape{3, 5}, Shape{2, 3, 5, 7}})
    prove(name + " " + to_string(s), {{s, false, true, domain.mean, domain.stddev}}, build, reference);
  prove(name + " at its points", {{{static_cast<std::int64_t>(points.size())}, false, true, 0, 1, points}}, build,
        reference);
  prove(name + " in tiles", {{{300, 401}, false, false, domain.mean, domain.stddev}}, build, reference);
}

}  // namespace backflow::proof
