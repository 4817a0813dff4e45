#include <backflow/ops/softmax_cross_entropy.h>

#include <backflow/ops/linear.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct CrossEntropyReference {
  double smoothing = 0;
  std::vector<float> weights = {};

  double weight(std::int64_t c) const { return weights.empty() ? 1 : weights[static_cast<std::size_t>(c)]; }

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto& x = in[0];
    const std::int64_t batch = x.shape[0], classes = x.shape[1];
    Array<T> loss({1});
    double whole = 0;
    for (std::int64_t n = 0; n < batch; ++n) whole += weight(static_cast<std::int64_t>(proof::real(in[1](n))));
    for (std::int64_t n = 0; n < batch; ++n) {
      T total = 0;
      for (std::int64_t c = 0; c < classes; ++c) total += std::exp(x(n, c));
      for (std::int64_t c = 0; c < classes; ++c) {
        const bool is_label = static_cast<std::int64_t>(proof::real(in[1](n))) == c;
        const double target = smoothing / static_cast<double>(classes) + (is_label ? 1 - smoothing : 0);
        loss(0) += weight(c) * target * (std::log(total) - x(n, c)) / whole;
      }
    }
    return loss;
  }
};

proof::Input labels(std::int64_t batch, std::int64_t classes) {
  proof::Input in{{batch}, false, false};
  in.type = Type::s32;
  for (std::int64_t n = 0; n < batch; ++n) in.values.push_back(static_cast<double>(n * 7 % classes));
  return in;
}

proof::Builder build(float smoothing, std::vector<float> weights = {}) {
  return [=](Graph&, const auto& v) {
    return softmax_cross_entropy(v[0], v[1], {.label_smoothing = smoothing, .class_weights = weights});
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(softmax_cross_entropy_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Sizes {
    std::int64_t batch, classes;
  };
  for (auto [batch, classes] : {Sizes{1, 2}, {1, 10}, {5, 3}, {33, 11}})
    for (float smoothing : {0.0F, 0.1F, 0.9F})
      proof::prove(str_cat("cross-entropy ", batch, "x", classes, " ε ", smoothing),
                   {{{batch, classes}, false, true, 0, 3}, labels(batch, classes)}, build(smoothing),
                   CrossEntropyReference{smoothing}, {.reduction = classes});
}

BOOST_AUTO_TEST_CASE(sums_the_tiles_of_a_large_batch_in_one_order) {
  proof::Input logits{{3000, 40}, false, false};
  proof::prove("cross-entropy in tiles", {logits, labels(3000, 40)}, build(0.1F), CrossEntropyReference{0.1F},
               {.reduction = 40});
}

BOOST_AUTO_TEST_CASE(classes_have_weights) {
  for (auto [batch, classes] : {std::pair{1, 3}, {5, 3}, {33, 11}, {3000, 40}})
    for (float smoothing : {0.0F, 0.1F}) {
      std::vector<float> weights;
      for (int c = 0; c < classes; ++c) weights.push_back(0.25F + static_cast<float>(c * 5 % 7));
      proof::prove(str_cat("weighted cross-entropy ", batch, "x", classes, " ε ", smoothing),
                   {{{batch, classes}, false, batch < 100, 0, 3}, labels(batch, classes)}, build(smoothing, weights),
                   CrossEntropyReference{smoothing, weights}, {.reduction = classes});
    }
}

// torch: cross_entropy(tensor([[1., 2, 0.5], [0, -1, 3]]), tensor([1, 0]), weight=tensor([0.5, 2, 1]),
// label_smoothing=0.2)
BOOST_AUTO_TEST_CASE(weights_mean_what_pytorch_means) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), t = g.input("t", {{2}, Type::s32});
  g.output("loss", softmax_cross_entropy(x, t, {.label_smoothing = 0.2F, .class_weights = {0.5F, 2, 1}}));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  const std::vector<float> logits{1, 2, 0.5F, 0, -1, 3};
  std::copy(logits.begin(), logits.end(), flow.input("x").as().begin());
  flow.input("t").as<std::int32_t>()[0] = 1;
  flow.run();
  BOOST_TEST(flow.scalar("loss") == 1.14389443F, boost::test_tools::tolerance(1e-5F));
}

BOOST_AUTO_TEST_CASE(stays_finite_for_huge_logits) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), t = g.input("t", {{2}, Type::s32});
  const Value loss = softmax_cross_entropy(x, t);
  g.output("loss", loss);
  g.output("dx", gradient(loss, x));
  // The bits of the labels 0 are those of 0.0F.
  const auto out = outputs_of(g, {{"x", {1e4F, -1e4F, 0, -1e38F, 0, 1e38F}}});
  BOOST_TEST(out.at("loss")[0] == 1e38F);
  BOOST_TEST(out.at("dx") == (std::vector<float>{0, 0, 0, -0.5F, 0, 0.5F}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(refuses_a_label_out_of_range_when_it_runs) {
  Graph g;
  const Value x = linear(g.input("x", {{4, 3}}), {.out = 5, .name = "last"});
  g.output("loss", softmax_cross_entropy(x, g.input("labels", {{4}, Type::s32}), {.name = "cost"}));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler, {.name = "training"});
  auto labels_in = flow.input("labels").as<std::int32_t>();
  labels_in[2] = 5;
  CHECK_FAILS(flow.run(), "[training] node 'cost': [softmax_cross_entropy] label 5 of sample 2 is not in 0 … 4");
  labels_in[2] = -1;
  CHECK_FAILS(flow.run(), "[training] node 'cost': [softmax_cross_entropy] label -1 of sample 2 is not in 0 … 4");
  labels_in[2] = 4;
  BOOST_CHECK_NO_THROW(flow.run());
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{4, 3}}), t = g.input("t", {{4}, Type::s32});
  CHECK_FAILS(softmax_cross_entropy(g.input("image", {{4, 3, 1, 1}}), t), "need shape [N, C], got [4, 3, 1, 1]");
  CHECK_FAILS(softmax_cross_entropy(x, g.input("u", {{5}, Type::s32})), "labels need shape [4] s32, got [5] s32");
  CHECK_FAILS(softmax_cross_entropy(x, g.input("f", {{4}})), "labels need shape [4] s32, got [4]");
  CHECK_FAILS(softmax_cross_entropy(x, t, {.label_smoothing = 1}), "needs to be in [0, 1), got 1");
  CHECK_FAILS(softmax_cross_entropy(x, t, {.class_weights = {1, 2}}), "has 2 class weights for 3 classes");
  CHECK_FAILS(softmax_cross_entropy(x, t, {.class_weights = {1, 2, -1}}), "class weights need to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
