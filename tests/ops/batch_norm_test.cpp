#include <algorithm>

#include <backflow/ops/batch_norm.h>

#include <backflow/ops/relu.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

constexpr double kEpsilon = 1e-5F;

/// Inputs x, γ, β, and µ and σ² in evaluation.
struct BatchNormReference {
  bool training, relu = false;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Array<T>& x = in[0];
    const std::int64_t samples = x.shape[0], channels = x.shape[1], places = elements(x.shape) / samples / channels;
    auto at = [&](std::int64_t n, std::int64_t c, std::int64_t p) {
      return static_cast<std::size_t>((n * channels + c) * places + p);
    };
    auto mean_of = [&](std::int64_t c, auto term) {
      T sum = 0;
      for (std::int64_t n = 0; n < samples; ++n)
        for (std::int64_t p = 0; p < places; ++p) sum += term(x.data[at(n, c, p)]);
      return sum / static_cast<double>(samples * places);
    };
    Array<T> y(x.shape);
    for (std::int64_t c = 0; c < channels; ++c) {
      const T mean = training ? mean_of(c, [](T v) { return v; }) : in[3](c);
      const T variance = training ? mean_of(c, [&](T v) { return (v - mean) * (v - mean); }) : in[4](c);
      for (std::int64_t n = 0; n < samples; ++n)
        for (std::int64_t p = 0; p < places; ++p) {
          T v = (x.data[at(n, c, p)] - mean) / std::sqrt(variance + kEpsilon) * in[1](c) + in[2](c);
          if (relu && !(proof::real(v) > 0)) v = 0;
          y.data[at(n, c, p)] = v;
        }
    }
    return y;
  }
};

const Shape kShapes[] = {{4, 1}, {5, 3}, {1, 3, 4, 5}, {3, 2, 1, 1}, {7, 5, 3, 2}, {64, 3, 2, 3}};

std::vector<float> numbers(std::size_t count, float factor) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = factor * (static_cast<float>(i * 37 % 64) / 16 - 2);
  return values;
}

double weighted_sum(std::span<const float> values) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * static_cast<double>(i + 1);
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_norm_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_in_training_whole_batch_statistics_included) {
  for (const Shape& s : kShapes)
    for (bool with_relu : {false, true})
      proof::prove("batch_norm training " + to_string(s), {{s, false, true, 0.5, 2}, {{s[1]}, true}, {{s[1]}, true}},
                   [&](Graph&, const auto& v) {
                     const Value y = batch_norm(v[0], BatchNormValues{v[1], v[2], {}, {}}, {.training = true});
                     return with_relu ? relu(y) : y;
                   },
                   BatchNormReference{true, with_relu}, {.reduction = 4 * elements(s) / s[1]});
}

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_in_evaluation) {
  for (const Shape& s : kShapes)
    for (bool with_relu : {false, true}) {
      const proof::Input constant{{s[1]}, false, false, 2, 0.3};
      proof::prove("batch_norm evaluation " + to_string(s), {{s}, {{s[1]}, true}, {{s[1]}, true}, constant, constant},
                   [&](Graph&, const auto& v) {
                     const Value y = batch_norm(v[0], BatchNormValues{v[1], v[2], v[3], v[4]});
                     return with_relu ? relu(y) : y;
                   },
                   BatchNormReference{false, with_relu}, {.reduction = elements(s) / s[1]});
    }
}

// Expected numbers: torch 1.13, BatchNorm2d(2, momentum=0.25) after two steps in training.
BOOST_AUTO_TEST_CASE(moves_the_running_averages_as_pytorch_does) {
  for (int threads : {1, 2, 4}) {
    Store fresh;
    fresh.assign("bn.weight", Tensor({2}, std::vector<float>{1.5F, -0.5F}));
    fresh.assign("bn.bias", Tensor({2}, std::vector<float>{0.25F, 2}));
    Scheduler scheduler(threads);
    auto output_of = [&](bool training, float factor) {
      Graph g;
      g.output("y", batch_norm(g.input("x", {{3, 2, 2, 3}}), {.training = training, .momentum = 0.25F, .name = "bn"}));
      Flow flow(g, fresh, scheduler);
      const auto x = numbers(36, factor);
      std::copy(x.begin(), x.end(), flow.input("x").as().begin());
      flow.run();
      return weighted_sum(flow.output("y"));
    };
    output_of(true, 1);
    BOOST_CHECK_CLOSE(output_of(true, 2), 861.481638, 1e-4);
    const Tensor mean = fresh.plain("bn.running_mean"), variance = fresh.plain("bn.running_var");
    BOOST_CHECK_CLOSE(mean.as()[0], -0.01671007F, 1e-3);
    BOOST_CHECK_CLOSE(mean.as()[1], -0.10264757F, 1e-3);
    BOOST_CHECK_CLOSE(variance.as()[0], 2.4797115F, 1e-3);
    BOOST_CHECK_CLOSE(variance.as()[1], 2.0431309F, 1e-3);
    BOOST_CHECK_CLOSE(output_of(false, 1), 862.037323, 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(statistics_are_those_of_the_whole_batch_also_far_from_zero) {
  Graph g;
  const Value x = g.input("x", {{4096, 2}});
  const Value y = batch_norm(x, {.training = true, .name = "bn"});
  g.output("y", y);
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  auto values = flow.input("x").as();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1000 + (i % 4 < 2 ? 1.0F : -1.0F);
  flow.run();
  for (std::size_t i = 0; i < 8; ++i) BOOST_CHECK_CLOSE(flow.output("y")[i], i % 4 < 2 ? 1.0F : -1.0F, 1e-2);
  BOOST_CHECK_CLOSE(store.plain("bn.running_mean").as()[0], 100.0F, 1e-4);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{4, 3}}), c = g.input("c", {{3}}), d = g.input("d", {{2}});
  CHECK_FAILS(batch_norm(g.input("y", {{4, 3, 2}})), "needs shape [N, C] or [N, C, H, W] f32, got [4, 3, 2]");
  CHECK_FAILS(batch_norm(x, BatchNormValues{c, c, c, d}), "input has 3 channels, variance has shape [2]");
  CHECK_FAILS(batch_norm(g.input("z", {{1, 3}}), {.training = true, .name = "bn"}), "more than one number in each");
  CHECK_FAILS(batch_norm(x, {.epsilon = -1, .name = "b"}), "ε needs to be ≥ 0, got -1");
  CHECK_FAILS(batch_norm(x, {.momentum = 2, .name = "m"}), "momentum needs to be in [0, 1], got 2");
  const Value y = batch_norm(x, BatchNormValues{c, c, c, c});
  CHECK_FAILS(gradient(y, c), "batch_norm");
}

BOOST_AUTO_TEST_SUITE_END()
