#include <backflow/ops/add.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/scheduler/jacobian.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/matrix.h"

using namespace backflow;

namespace {

/// A net of many kinds of nodes: [4, 5] → [4, 3].
Value net(Graph& g) {
  const Value x = g.input("x", {{4, 5}});
  const Value h = gelu(linear(x, {.out = 6, .name = "fc1"}));
  const Value h2 = backflow::tanh(linear(relu(h), {.out = 6, .name = "fc2"}));
  return log_softmax(linear(multiply(sigmoid(h), add(h, h2)), {.out = 3, .name = "fc3"}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jacobian_product)

BOOST_AUTO_TEST_CASE(products_with_vectors_are_those_of_the_matrix) {
  Graph g;
  const Value y = net(g);
  Store store;
  Scheduler scheduler(2);
  const Point at{store, scheduler, {{"x", wave(20, 0.8)}}};
  for (const Value& x : {g.leaf("x"), g.leaf("fc1.weight"), g.leaf("fc2.bias")}) {
    const Tensor j = jacobian(y, x, at);
    const auto rows = static_cast<std::size_t>(elements(y.shape())),
               columns = static_cast<std::size_t>(elements(x.shape()));
    const Matrix all = matrix(elements_of(j), columns);
    const auto left = wave(rows, 1.7), right = wave(columns, 2.3);
    const Tensor vj = vector_jacobian_product(y, x, left, at), jv = jacobian_vector_product(y, x, right, at);
    BOOST_TEST(to_string(vj.spec()) == to_string(x.spec()));
    BOOST_TEST(to_string(jv.spec()) == to_string(y.spec()));
    const Matrix row = product(matrix(left, rows), all), column = product(all, matrix(right, 1));
    for (std::size_t k = 0; k < columns; ++k) BOOST_TEST(std::abs(vj.as()[k] - row[0][k]) < 1e-5);
    for (std::size_t k = 0; k < rows; ++k) BOOST_TEST(std::abs(jv.as()[k] - column[k][0]) < 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(products_work_where_the_gradient_of_an_op_has_no_gradient) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  const Value loss = softmax_cross_entropy(linear(x, {.out = 3, .name = "fc"}), g.input("labels", {{2}, Type::s32}));
  Store store;
  Scheduler scheduler(2);
  const Point at{store, scheduler, {{"x", wave(6, 1)}, {"labels", {2, 0}}}};
  const Tensor j = jacobian(loss, x, at);
  const auto v = wave(6, 3);
  check_values(jacobian_vector_product(loss, x, v, at), product(matrix(elements_of(j), 6), matrix(v, 1)));
}

BOOST_AUTO_TEST_CASE(products_of_losses_are_those_of_the_matrix) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), t = g.input("t", {{2, 3}});
  const Value loss = mse_loss(backflow::tanh(x), t);
  Store store;
  Scheduler scheduler(2);
  const Point at{store, scheduler, {{"x", wave(6, 1)}, {"t", wave(6, 2)}}};
  const auto v = wave(6, 3);
  for (const Value& by : {x, t})
    check_values(jacobian_vector_product(loss, by, v, at),
                 product(matrix(elements_of(jacobian(loss, by, at)), 6), matrix(v, 1)));
}

BOOST_AUTO_TEST_SUITE_END()
