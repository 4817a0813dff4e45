// Every op that has an ONNX form, there and back.
#include <functional>

#include <backflow/graph/sum.h>
#include <backflow/ops/abs.h>
#include <backflow/ops/adaptive_average_pool2d.h>
#include <backflow/ops/add.h>
#include <backflow/ops/average_pool2d.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/celu.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/exp.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/hard_sigmoid.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/identity.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/layer_norm.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/local_response_norm.h>
#include <backflow/ops/log.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/log_sum_exp.h>
#include <backflow/ops/lp_normalize.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/maximum.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/mish.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/negate.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/power.h>
#include <backflow/ops/prelu.h>
#include <backflow/ops/reciprocal.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_min.h>
#include <backflow/ops/reduce_prod.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/selu.h>
#include <backflow/ops/shrink.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/silu.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/softplus.h>
#include <backflow/ops/softsign.h>
#include <backflow/ops/sqrt.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/tanh.h>
#include <backflow/ops/thresholded_relu.h>
#include <backflow/ops/transpose.h>
#include <backflow/ops/trigonometric.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/models/graph_file.h>
#include <backflow/runtime/models/onnx_export.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/files.h"
#include "tests/support/proof.h"

using namespace backflow;
using namespace backflow::models;

namespace {

using Function = std::function<Value(Value)>;
using Cases = std::vector<std::pair<const char*, Function>>;

const Shape kInput{3, 4, 7, 6};

/// Of numbers between −2 and 2.
std::vector<float> result_of(const Graph& g, Store& store) {
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  for (std::size_t i = 0; float& v : flow.input("x").as()) v = static_cast<float>(i++ * 37 % 101) / 25 - 2;
  flow.run();
  return {flow.output("y").begin(), flow.output("y").end()};
}

/// Written for two samples, computed for three.
void check(const std::string& name, const Function& f, std::int64_t opset) {
  const TemporaryFolder folder;
  Store store(5), loaded;
  Graph own, written, back;
  Shape smaller = kInput;
  smaller[0] = 2;
  own.output("y", f(own.input("x", {.shape = kInput, .image = true})));
  const auto expected = result_of(own, store);
  const Value x = written.input("x", {.shape = smaller, .image = true});
  write_onnx(written, store, {{"x", x}}, {{"y", f(x)}}, folder / "op.onnx", {.opset = opset});
  const Value image = back.input("x", {.shape = kInput, .image = true});
  const Value y = GraphFile(folder / "op.onnx").build(back, {{"x", image}}).at("y");
  BOOST_TEST(y.shape() == own.outputs().at("y").shape(), boost::test_tools::per_element());
  back.output("y", y);
  const auto got = result_of(back, loaded);
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  double apart = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    apart = std::max(apart, std::abs(got[i] - expected[i]) / (1.0 + std::abs(expected[i])));
  BOOST_TEST(apart < 2e-6, name << ", opset " << opset << ": " << apart);
}

void check_all(const Cases& cases) {
  for (const auto& [name, f] : cases)
    for (const std::int64_t opset : {13, 17}) check(name, f, opset);
}

Value half(Value x) { return x.graph->constant("half", {{1}}, filled(0.5F)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_export_ops)

BOOST_AUTO_TEST_CASE(activations) {
  check_all({
      {"celu", [](Value x) { return celu(x, {.alpha = 0.7F}); }},
      {"clip", [](Value x) { return clip(x, {.low = -0.3F, .high = 1.5F}); }},
      {"clip above", [](Value x) { return clip(x, {.high = 1.5F}); }},
      {"clip below", [](Value x) { return clip(x, {.low = -0.3F}); }},
      {"elu", [](Value x) { return elu(x, {.alpha = 0.7F}); }},
      {"gelu", [](Value x) { return gelu(x); }},
      {"gelu by tanh", [](Value x) { return gelu(x, {.tanh = true}); }},
      {"hard_sigmoid", [](Value x) { return hard_sigmoid(x, {.alpha = 0.3F, .beta = 0.4F}); }},
      {"hardswish", [](Value x) { return hardswish(x); }},
      {"leaky_relu", [](Value x) { return leaky_relu(x, {.slope = 0.2F}); }},
      {"log_softmax", [](Value x) { return log_softmax(x, {.axis = 1}); }},
      {"mish", [](Value x) { return mish(x); }},
      {"prelu",
       [](Value x) {
         return prelu(x, x.graph->parameter("slope", {{4, 1, 1}}, uniform(0.1F, 0.9F)));
       }},
      {"relu6", [](Value x) { return relu6(scale(x, 5)); }},
      {"selu", [](Value x) { return selu(x, {.alpha = 1.5F, .gamma = 1.1F}); }},
      {"shrink", [](Value x) { return shrink(x, {.threshold = 0.4F, .bias = 0.3F}); }},
      {"sigmoid", [](Value x) { return sigmoid(x); }},
      {"silu", [](Value x) { return silu(x); }},
      {"softmax", [](Value x) { return softmax(x, {.axis = 2}); }},
      {"softplus", [](Value x) { return softplus(x); }},
      {"softplus of another sharpness", [](Value x) { return softplus(x, {.beta = 2.5F}); }},
      {"softsign", [](Value x) { return softsign(x); }},
      {"tanh", [](Value x) { return backflow::tanh(x); }},
      {"thresholded_relu", [](Value x) { return thresholded_relu(x, {.alpha = 0.6F}); }},
  });
}

BOOST_AUTO_TEST_CASE(layers) {
  check_all({
      {"conv2d",
       [](Value x) {
         return conv2d(x, {.out = 6, .kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0, 2, 1}, .dilation = {2, 1}});
       }},
      {"conv2d in groups", [](Value x) { return conv2d(x, {.out = 8, .kernel = 3, .groups = 2, .bias = false}); }},
      {"batch_norm", [](Value x) { return batch_norm(x, {.epsilon = 0.1F, .name = "norm"}); }},
      {"linear", [](Value x) { return linear(flatten(x), {.out = 5}); }},
      {"linear without bias", [](Value x) { return linear(flatten(x), {.out = 5, .bias = false}); }},
      {"max_pool2d",
       [](Value x) {
         return max_pool2d(x, {.kernel = {2, 3}, .stride = Pair(2, 1), .padding = 1});
       }},
      {"max_pool2d in ceil mode", [](Value x) { return max_pool2d(x, {.kernel = 2, .ceil_mode = true}); }},
      {"max_pool2d of all",
       [](Value x) {
         return max_pool2d(x, {.kernel = {7, 6}});
       }},
      {"average_pool2d", [](Value x) { return average_pool2d(x, {.kernel = 3, .stride = 2, .padding = 1}); }},
      {"average_pool2d without padding",
       [](Value x) { return average_pool2d(x, {.kernel = 3, .stride = 2, .padding = 1, .count_include_pad = false}); }},
      {"average_pool2d in ceil mode", [](Value x) { return average_pool2d(x, {.kernel = 2, .ceil_mode = true}); }},
      {"global_average_pool2d", [](Value x) { return global_average_pool2d(x); }},
      {"adaptive_average_pool2d of one", [](Value x) { return adaptive_average_pool2d(x, {.height = 1, .width = 1}); }},
      {"adaptive_average_pool2d", [](Value x) { return adaptive_average_pool2d(x, {.height = 7, .width = 2}); }},
      {"adaptive_average_pool2d of uneven windows",
       [](Value x) { return adaptive_average_pool2d(x, {.height = 3, .width = 4}); }},
      {"layer_norm", [](Value x) { return layer_norm(flatten(x), {}, {}, {.epsilon = 0.1F}); }},
      {"local_response_norm",
       [](Value x) { return local_response_norm(x, {.size = 3, .alpha = 0.2F, .beta = 0.6F, .k = 1.5F}); }},
      {"lp_normalize", [](Value x) { return lp_normalize(x, {.axis = 1, .p = 2}); }},
      {"matmul",
       [](Value x) {
         return matmul(flatten(x), x.graph->parameter("w", {{168, 5}}, uniform(-1, 1)));
       }},
      {"matmul with the other transposed",
       [](Value x) {
         return matmul(flatten(x), x.graph->parameter("w", {{5, 168}}, uniform(-1, 1)), {.transpose_b = true});
       }},
      {"matmul of stacks", [](Value x) { return matmul(x, x, {.transpose_a = true}); }},
      {"matmul of stacks, the other way", [](Value x) { return matmul(x, x, {.transpose_b = true}); }},
  });
}

BOOST_AUTO_TEST_CASE(arithmetic) {
  const auto positive = [](Value x) { return exp(x); };
  check_all({
      {"abs", [](Value x) { return backflow::abs(x); }},
      {"add", [](Value x) { return add(x, half(x)); }},
      {"add of one shape", [](Value x) { return add(x, sigmoid(x)); }},
      {"atan", [](Value x) { return backflow::atan(x); }},
      {"cos", [](Value x) { return backflow::cos(x); }},
      {"divide", [&](Value x) { return divide(half(x), positive(x)); }},
      {"exp", positive},
      {"identity", [](Value x) { return identity(x); }},
      {"log", [&](Value x) { return backflow::log(positive(x)); }},
      {"maximum", [](Value x) { return maximum(x, half(x)); }},
      {"minimum", [](Value x) { return minimum(half(x), x); }},
      {"multiply", [](Value x) { return multiply(x, sigmoid(x)); }},
      {"negate", [](Value x) { return negate(x); }},
      {"power", [&](Value x) { return power(positive(x), half(x)); }},
      {"reciprocal", [&](Value x) { return reciprocal(positive(x)); }},
      {"scale", [](Value x) { return scale(x, 1.7F); }},
      {"sqrt", [&](Value x) { return backflow::sqrt(positive(x)); }},
      {"subtract", [](Value x) { return subtract(half(x), x); }},
      {"sum of three",
       [](Value x) {
         return sum({x, sigmoid(x), x});
       }},
  });
}

BOOST_AUTO_TEST_CASE(shapes_and_reductions) {
  check_all({
      {"broadcast_to", [](Value x) { return broadcast_to(reduce_mean(x, {.axes = {1}, .keep = true}), x.shape()); }},
      {"concat",
       [](Value x) {
         return concat({x, sigmoid(x)}, {.axis = 2});
       }},
      {"log_sum_exp",
       [](Value x) {
         return log_sum_exp(x, {.axes = {1, 3}, .keep = true});
       }},
      {"pad",
       [](Value x) {
         return pad(x, {.before = {0, 1, 0, 2}, .after = {0, 0, 3, 1}, .value = 0.5F});
       }},
      {"reduce_max", [](Value x) { return reduce_max(x, {.axes = {2}}); }},
      {"reduce_mean",
       [](Value x) {
         return reduce_mean(x, {.axes = {2, 3}});
       }},
      {"reduce_mean of all but the channels",
       [](Value x) {
         return reduce_mean(x, {.axes = {0, 2}, .keep = true});
       }},
      {"reduce_min", [](Value x) { return reduce_min(x, {.axes = {1}, .keep = true}); }},
      {"reduce_prod", [](Value x) { return reduce_prod(x, {.axes = {3}}); }},
      {"reduce_sum", [](Value x) { return reduce_sum(x, {.axes = {1}}); }},
      {"reshape into rows",
       [](Value x) {
         return reshape(x, {x.shape()[0] * 4, 42});
       }},
      {"reshape there and back",
       [](Value x) {
         return reshape(reshape(x, {x.shape()[0] * 4, 42}), x.shape());
       }},
      {"reshape",
       [](Value x) {
         return reshape(x, {x.shape()[0], 2, 84});
       }},
      {"index_select",
       [](Value x) {
         return index_select(x, {.axis = 2, .indices = {3, 0, 0, 6}});
       }},
      {"slice", [](Value x) { return slice(x, {.axis = 2, .begin = 1, .length = 4}); }},
      {"slice of all", [](Value x) { return slice(x, {.axis = 2, .begin = 0, .length = 7}); }},
      {"transpose",
       [](Value x) {
         return transpose(x, {{0, 2, 3, 1}});
       }},
  });
}

BOOST_AUTO_TEST_SUITE_END()
