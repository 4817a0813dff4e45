#include <backflow/runtime/scheduler/jacobian.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/add.h>
#include <backflow/ops/identity.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/matrix.h"

using namespace backflow;

namespace {

const std::vector<float> kFirst{1, -2, 3, 0.5F, 4, -1, 2, 0, -3};      // W₁ [3, 3]
const std::vector<float> kSecond{2, 1, 0, -1, 0.25F, 5, 1, -2, 0.5F};  // W₂ [3, 3]

/// f(x) = W₁ x and g(x) = W₂ x as one sample of a batch.
struct Maps {
  Graph g;
  Value x = g.input("x", {{1, 3}});
  Value w1 = g.parameter("W1", {{3, 3}}, from_values(kFirst)), w2 = g.parameter("W2", {{3, 3}}, from_values(kSecond));
  Store store;
  Scheduler scheduler{2};
  Point at{store, scheduler, {{"x", {0.5F, -1, 2}}}};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(jacobian_)

BOOST_AUTO_TEST_CASE(of_a_linear_map_is_its_matrix) {
  Maps m;
  check(jacobian(linear(m.x, m.w1, Value{}), m.x, m.at), matrix(kFirst, 3));
}

BOOST_AUTO_TEST_CASE(of_a_sum_is_the_sum_also_with_shared_weights) {
  Maps m;
  const Value f = linear(m.x, m.w1, Value{});
  Matrix sum = matrix(kFirst, 3), twice = sum;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      sum[i][j] += matrix(kSecond, 3)[i][j];
      twice[i][j] *= 2;
    }
  check(jacobian(add(f, linear(m.x, m.w2, Value{})), m.x, m.at), sum);
  check(jacobian(add(f, linear(m.x, m.w1, Value{})), m.x, m.at), twice);
}

BOOST_AUTO_TEST_CASE(of_a_composition_is_the_product_also_with_shared_weights) {
  Maps m;
  const Value f = linear(m.x, m.w1, Value{});
  const Value h = linear(f, m.w2, Value{}), square = linear(f, m.w1, Value{});
  check(jacobian(h, m.x, m.at), product(matrix(kSecond, 3), matrix(kFirst, 3)));
  check(jacobian(h, f, m.at), matrix(kSecond, 3));
  check(jacobian(square, m.x, m.at), product(matrix(kFirst, 3), matrix(kFirst, 3)));
}

BOOST_AUTO_TEST_CASE(by_a_weight_that_is_used_twice_has_both_addends) {
  Maps m;
  const Value f = linear(m.x, m.w1, Value{});
  const Matrix x = matrix(m.at.inputs["x"], 1), w = matrix(kFirst, 3), first = product(w, x);
  Matrix once(3, std::vector<double>(9)), twice = once;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      once[i][i * 3 + j] = x[j][0];                                                  // ∂(W x)_i / ∂W_ij
      twice[i][i * 3 + j] += first[j][0];                                            // the outer W of W (W x)
      for (std::size_t k = 0; k < 3; ++k) twice[i][k * 3 + j] += w[i][k] * x[j][0];  // the inner one
    }
  check(jacobian(f, m.w1, m.at), once);
  check(jacobian(linear(f, m.w1, Value{}), m.w1, m.at), twice);
}

BOOST_AUTO_TEST_CASE(of_softmax_is_diag_y_minus_y_y_transposed) {
  Graph g;
  const Value x = g.input("x", {{4}}), y = softmax(x);
  Store store;
  Scheduler scheduler(2);
  const std::vector<float> s{1, 3, 2, -1};
  double total = 0;
  for (float v : s) total += std::exp(v);
  Matrix expected(4, std::vector<double>(4));
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j)
      expected[i][j] = (i == j ? std::exp(s[i]) / total : 0) - std::exp(s[i]) / total * std::exp(s[j]) / total;
  check(jacobian(y, x, {store, scheduler, {{"x", s}}}), expected);
}

BOOST_AUTO_TEST_CASE(of_a_value_by_itself_is_one_and_by_a_stranger_zero) {
  Graph g;
  const Value x = g.input("x", {{2}}), other = g.input("other", {{3}}), y = identity(x);
  Store store;
  Scheduler scheduler(2);
  const Point at{store, scheduler, {{"x", {1, 2}}, {"other", {0, 0, 0}}}};
  check(jacobian(x, x, at), {{1, 0}, {0, 1}});
  check(jacobian(y, y, at), {{1, 0}, {0, 1}});
  check(jacobian(y, other, at), {{0, 0, 0}, {0, 0, 0}});
}

BOOST_AUTO_TEST_CASE(agrees_with_central_differences_in_double) {
  const std::vector<float> w1 = wave(12, 0.7), b1 = wave(4, 1.3), w2 = wave(8, 2.1), x = wave(6, 0.9);
  // y = σ(W₂ tanh(W₁ x + b₁)) of two samples, in double
  auto reference = [&](const std::vector<double>& in) {
    std::vector<double> y;
    for (std::size_t n = 0; n < 2; ++n) {
      double hidden[4];
      for (std::size_t i = 0; i < 4; ++i) {
        double s = b1[i];
        for (std::size_t k = 0; k < 3; ++k) s += static_cast<double>(w1[i * 3 + k]) * in[n * 3 + k];
        hidden[i] = std::tanh(s);
      }
      for (std::size_t o = 0; o < 2; ++o) {
        double s = 0;
        for (std::size_t k = 0; k < 4; ++k) s += w2[o * 4 + k] * hidden[k];
        y.push_back(1 / (1 + std::exp(-s)));
      }
    }
    return y;
  };
  Graph g;
  const Value in = g.input("x", {{2, 3}});
  const Value h = backflow::tanh(
      linear(in, g.parameter("w1", {{4, 3}}, from_values(w1)), g.parameter("b1", {{4}}, from_values(b1))));
  const Value y = sigmoid(linear(h, g.parameter("w2", {{2, 4}}, from_values(w2)), Value{}));
  Matrix expected(4, std::vector<double>(6));
  const std::vector<double> at(x.begin(), x.end());
  for (std::size_t j = 0; j < 6; ++j) {
    constexpr double step = 1e-5;
    auto more = at, less = at;
    more[j] += step;
    less[j] -= step;
    const auto up = reference(more), down = reference(less);
    for (std::size_t i = 0; i < 4; ++i) expected[i][j] = (up[i] - down[i]) / (2 * step);
  }
  Store store;
  Scheduler scheduler(2);
  check(jacobian(y, in, {store, scheduler, {{"x", x}}}), expected);
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads) {
  Graph g;
  const Value x = g.input("x", {{40, 30}});
  const Value y = softmax(linear(relu(linear(x, {.out = 50, .name = "fc1"})), {.out = 3, .name = "fc2"}));
  std::vector<float> first;
  for (int threads : {1, 2, 4, 8}) {
    Store store;
    Scheduler scheduler(threads);
    const auto j = elements_of(jacobian(y, x, {store, scheduler, {{"x", wave(1200, 0.37)}}}));
    if (first.empty()) first = j;
    BOOST_TEST((j == first), threads << " threads");
  }
  for (std::size_t i = 0; i < 120; ++i)
    for (std::size_t k = 0; k < 1200; ++k)
      if (i / 3 != k / 30) BOOST_REQUIRE_EQUAL(first[i * 1200 + k], 0);  // samples do not see each other
}

BOOST_AUTO_TEST_CASE(leaves_the_graph_and_the_parameters_alone) {
  Graph g;
  const Value x = g.input("x", {{4, 5}}), y = backflow::tanh(linear(x, {.out = 3, .name = "fc1"}));
  const Value w = g.leaf("fc1.weight");
  const Value rate = g.input("rate", {{1}});
  const Value updated = sgd(w, gradient(mse_loss(y, y), w), rate);
  const std::size_t nodes = g.size();
  Store store;
  Scheduler scheduler(2);
  const Point at{store, scheduler, {{"x", wave(20, 0.8)}, {"rate", {1}}}};
  const auto before = elements_of(jacobian(y, x, at));
  const auto weights = elements_of(store.plain("fc1.weight"));
  BOOST_TEST((elements_of(jacobian(y, x, at)) == before));
  BOOST_TEST((elements_of(store.plain("fc1.weight")) == weights));
  BOOST_TEST(g.size() == nodes);
  CHECK_FAILS(jacobian(updated, x, at), "[jacobian] 'fc1.weight.sgd' would overwrite a stored value");
}

BOOST_AUTO_TEST_CASE(an_error_in_a_node_arrives_once_and_leaves_the_scheduler_usable) {
  Graph g;
  const Value x = g.input("x", {{40, 3}});
  const Value labels = g.input("labels", {{40}, Type::s32});
  const Value y = multiply(x, softmax_cross_entropy(x, labels, {.name = "cost"}));
  Store store;
  Scheduler scheduler(4);
  Point at{store, scheduler, {{"x", wave(120, 1)}, {"labels", std::vector<float>(40, 1)}}};
  at.inputs["labels"][7] = 3;
  CHECK_FAILS(jacobian(y, x, at), "node 'cost': [softmax_cross_entropy] label 3 of sample 7");
  at.inputs["labels"][7] = 2;
  BOOST_TEST(jacobian(y, x, at).as().size() == 120U * 120U);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Maps m;
  const Value y = linear(m.x, m.w1, Value{});
  const std::vector<float> two{1, 2};
  CHECK_FAILS(vector_jacobian_product(y, m.x, two, m.at), "the vector needs the elements of 'linear', [1, 3], got 2");
  CHECK_FAILS(jacobian_vector_product(y, m.x, two, m.at), "the vector needs the elements of 'x', [1, 3], got 2");
  const Value labels = m.g.input("labels", {{2}, Type::s32});
  CHECK_FAILS(jacobian(y, labels, m.at), "[jacobian] 'labels' needs to be f32, it is [2] s32");
  Graph other;
  CHECK_FAILS(jacobian(y, other.input("x", {{2}}), m.at), "both values need to belong to one graph");
  m.at.inputs["x"].pop_back();
  CHECK_FAILS(jacobian(y, m.w1, m.at), "[jacobian] input 'x' has shape [1, 3], but 2 values were given");
  m.at.inputs.clear();
  BOOST_CHECK_NO_THROW(jacobian(y, m.x, m.at));  // W₁ does not depend on x
  CHECK_FAILS(jacobian(y, m.w1, m.at), "[jacobian] input 'x' has no value");
}

BOOST_AUTO_TEST_SUITE_END()
