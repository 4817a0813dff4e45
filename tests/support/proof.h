// Two stairs (docs/testing.md): a naive reference of the op, written for any number type, gives the exact gradient by
// complex step; the op, forward and every gradient, is compared with that reference run in double. Every case also runs
// with 1, 2 and 4 threads, whose bits must agree.
#pragma once

#include <cmath>
#include <complex>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <backflow/graph/bf16.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/graph.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/memory_proof.h"
#include "tests/support/test.h"

namespace backflow::proof {

/// A row-major array of any number type.
template <class T>
struct Array {
  Shape shape;
  std::vector<T> data;

  Array() = default;
  explicit Array(Shape s) : shape(std::move(s)), data(static_cast<std::size_t>(elements(shape))) {}
  template <class... I>
  T& operator()(I... index) {
    return data[at(index...)];
  }
  template <class... I>
  const T& operator()(I... index) const {
    return data[at(index...)];
  }

 private:
  template <class... I>
  std::size_t at(I... index) const {
    std::int64_t offset = 0;
    std::size_t axis = 0;
    ((offset = offset * shape[axis++] + static_cast<std::int64_t>(index)), ...);
    return static_cast<std::size_t>(offset);
  }
};

/// The part by which numbers are compared: max, relu and friends then work with complex numbers.
inline double real(double x) { return x; }
inline double real(const std::complex<double>& x) { return x.real(); }

struct Input {
  Shape shape;
  bool parameter = false;           // a weight: the op may choose its layout
  bool differentiate = true;        // prove the gradient by it
  double mean = 0, stddev = 1;      // of the random values
  std::vector<double> values = {};  // instead of random ones
  Type type = Type::f32;            // s32 for labels and the like, with `values`
};

struct Options {
  std::int64_t reduction = 1;  // longest sum in the op; the tolerance grows with its root
  double tolerance = 4e-6;
  std::vector<std::size_t> linear_in = {};  // inputs in which the op is linear: ⟨dy, A x⟩ = ⟨Aᵀ dy, x⟩
  unsigned seed = 1;
  bool frozen = false;  // parameters are frozen, so that their forms are computed once
  /// Inputs are numbers of bf16, and the op computes with it: its results, which are f32, are as exact as before.
  bool bf16 = false;
};

using Builder = std::function<Value(Graph&, const std::vector<Value>&)>;

namespace detail {

/// `x` as far as the op can see it.
inline float number(double x, const Options& options) {
  const auto single = static_cast<float>(x);
  return options.bf16 ? static_cast<float>(Bf16::of(single)) : single;
}

inline std::vector<Array<double>> make_values(const std::vector<Input>& inputs, const Options& options) {
  std::mt19937 engine(options.seed);
  std::normal_distribution<double> normal;
  std::vector<Array<double>> result;
  for (const Input& i : inputs) {
    Array<double> a(i.shape);
    for (double& x : a.data) x = number(i.mean + i.stddev * normal(engine), options);
    if (!i.values.empty()) a.data = i.values;
    BOOST_REQUIRE_EQUAL(a.data.size(), static_cast<std::size_t>(elements(i.shape)));
    result.push_back(std::move(a));
  }
  return result;
}

inline std::vector<double> random_cotangent(const Shape& shape, const Options& options = {}) {
  std::mt19937 engine(99);
  std::normal_distribution<double> normal;
  std::vector<double> result(static_cast<std::size_t>(elements(shape)));
  for (double& c : result) c = number(normal(engine), options);
  return result;
}

struct Results {
  std::vector<float> y;
  std::vector<std::vector<float>> gradients;  // empty for inputs that are not differentiated
};

/// An empty `cotangent` is filled with random values.
inline Results run(const std::vector<Input>& inputs, const std::vector<Array<double>>& values, const Builder& build,
                   std::vector<double>& cotangent, int threads, const Options& options = {}) {
  Graph g;
  std::vector<Value> in, wrt;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    std::vector<float> first(values[i].data.begin(), values[i].data.end());
    in.push_back(inputs[i].parameter ? g.parameter(name, {inputs[i].shape}, from_values(first))
                                     : g.input(name, {inputs[i].shape, inputs[i].type}));
    if (inputs[i].differentiate) wrt.push_back(in.back());
  }
  const Value y = build(g, in);
  const Value seed = g.input("cotangent", y.spec());
  g.output("y", y);
  const auto gradients = wrt.empty() ? std::vector<Value>{} : gradient({y}, wrt, {seed});
  for (std::size_t i = 0; i < wrt.size(); ++i) g.output("d" + g.node(wrt[i]).name, gradients[i]);

  if (threads == 1)
    for (const std::string& wrong :
         memory_proof::violations(compile(g, {}, {.frozen = options.frozen, .bf16 = options.bf16})))
      BOOST_ERROR(wrong);
  Store store;
  if (options.frozen) store.freeze();
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler, {.precision = options.bf16 ? Precision::bf16 : Precision::f32});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    if (inputs[i].parameter || !flow.has_input(name)) continue;
    for (std::size_t k = 0; k < values[i].data.size(); ++k)
      if (inputs[i].type == Type::s32)
        flow.input(name).as<std::int32_t>()[k] = static_cast<std::int32_t>(values[i].data[k]);
      else
        flow.input(name).as()[k] = static_cast<float>(values[i].data[k]);
  }
  if (cotangent.empty()) cotangent = random_cotangent(y.shape(), options);
  if (flow.has_input("cotangent"))
    for (std::size_t k = 0; k < cotangent.size(); ++k)
      flow.input("cotangent").as()[k] = static_cast<float>(cotangent[k]);
  for (int step = 0; step < 2; ++step) flow.run();  // the second sees the first one's leftovers in the arena

  Results r;
  const auto out = flow.output("y");
  r.y.assign(out.begin(), out.end());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    r.gradients.emplace_back();
    if (!inputs[i].differentiate) continue;
    const auto d = flow.output("dx" + std::to_string(i));
    r.gradients.back().assign(d.begin(), d.end());
  }
  return r;
}

inline void compare(const std::string& what, const std::vector<float>& got, const std::vector<double>& expected,
                    double tolerance) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  double scale = 0;
  for (double e : expected) scale += e * e;
  scale = std::sqrt(scale / static_cast<double>(expected.size()));
  int shown = 0;
  for (std::size_t k = 0; k < got.size() && shown < 5; ++k) {
    const bool close = std::abs(got[k] - expected[k]) <= tolerance * (std::abs(expected[k]) + scale + 1e-3);
    if (!close) ++shown;
    BOOST_CHECK_MESSAGE(close, what << " at index " << k << ": expected " << expected[k] << ", got " << got[k]);
  }
}

template <class Reference>
std::vector<double> exact_gradient(const Reference& reference, const std::vector<Array<double>>& values,
                                   std::size_t input, const std::vector<double>& cotangent) {
  constexpr double h = 1e-30;  // a complex step has no cancellation
  std::vector<Array<std::complex<double>>> in;
  for (const auto& v : values) {
    in.emplace_back(v.shape);
    in.back().data.assign(v.data.begin(), v.data.end());
  }
  std::vector<double> result;
  for (auto& x : in[input].data) {
    const auto kept = x;
    x += std::complex<double>(0, h);
    const auto y = reference(in);
    double total = 0;
    for (std::size_t k = 0; k < cotangent.size(); ++k) total += cotangent[k] * (y.data[k].imag() / h);
    result.push_back(total);
    x = kept;
  }
  return result;
}

}  // namespace detail

/// Proves an op. `reference` is a generic callable: std::vector<Array<T>> → Array<T>, for T double and complex.
template <class Reference>
void prove(const std::string& name, const std::vector<Input>& inputs, const Builder& build, const Reference& reference,
           const Options& options = {}) {
  const auto values = detail::make_values(inputs, options);
  std::vector<double> cotangent;
  const auto got = detail::run(inputs, values, build, cotangent, 1, options);
  const double tolerance = options.tolerance * std::sqrt(static_cast<double>(options.reduction));
  const Array<double> y = reference(values);
  detail::compare(name + " output", got.y, y.data, tolerance);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].differentiate)
      detail::compare(name + " gradient of input " + std::to_string(i), got.gradients[i],
                      detail::exact_gradient(reference, values, i, cotangent), tolerance);
  for (std::size_t i : options.linear_in) {
    double left = 0, right = 0, size = 0;
    for (std::size_t k = 0; k < got.y.size(); ++k) left += cotangent[k] * got.y[k];
    for (std::size_t k = 0; k < got.gradients[i].size(); ++k) {
      right += values[i].data[k] * got.gradients[i][k];
      size += std::abs(values[i].data[k] * got.gradients[i][k]);
    }
    BOOST_CHECK_MESSAGE(std::abs(left - right) <= tolerance * (size + 1),
                        name << " adjoint of input " << i << ": " << left << " and " << right);
  }
  for (int threads : {2, 4}) {
    const auto other = detail::run(inputs, values, build, cotangent, threads, options);
    BOOST_CHECK_MESSAGE(other.y == got.y && other.gradients == got.gradients,
                        name << " has other bits with " << threads << " threads");
  }
}

}  // namespace backflow::proof
