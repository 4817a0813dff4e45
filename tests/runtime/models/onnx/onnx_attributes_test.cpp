// What attributes mean in their rarer combinations: each was wrong or refused once.
#include <backflow/runtime/models/graph_file.h>

#include <cmath>

#include "tests/support/files.h"
#include "tests/support/onnx_file.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::onnx_file;

namespace {

struct Attributes : TemporaryFolder {
  using Numbers = std::vector<float>;
  std::filesystem::path file = path() / "model.onnx";

  /// The output of the nodes for 1, 2, 3, … of this shape, and its shape.
  std::pair<Numbers, Shape> run(const std::vector<std::string>& nodes, const Shape& shape, std::uint64_t opset = 18,
                                const std::vector<std::string>& tensors = {}) {
    write_bytes(file, model(nodes, tensors, shape, opset));
    Graph g;
    const Value y = models::GraphFile(file).build(g, {{"image", g.input("x", {shape})}}).at("y");
    g.output("y", y);
    return {outputs_of(g, {{"x", counted_from(1, shape)}}).at("y"), y.shape()};
  }
  void check(const std::pair<Numbers, Shape>& got, const Numbers& values, const Shape& shape) {
    BOOST_TEST(got.second == shape, boost::test_tools::per_element());
    BOOST_REQUIRE(got.first.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST(std::abs(got.first[i] - values[i]) < 1e-5F);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onnx_attributes, Attributes)

BOOST_AUTO_TEST_CASE(a_reduction_over_no_axes_keeps_its_steps_on_elements) {
  const auto none = [&](const std::string& op) {
    return run({node("Neg", {"image"}, "n"),
                node(op, {op == "ReduceLogSum" ? "image" : "n"}, "y", whole_number("noop_with_empty_axes", 1))},
               {3});
  };
  check(none("ReduceSumSquare"), {1, 4, 9}, {3});
  check(none("ReduceL1"), {1, 2, 3}, {3});
  check(none("ReduceL2"), {1, 2, 3}, {3});
  check(none("ReduceLogSum"), {0, std::log(2.0F), std::log(3.0F)}, {3});
  for (const std::string op : {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceProd", "ReduceLogSumExp"})
    check(none(op), {-1, -2, -3}, {3});
}

BOOST_AUTO_TEST_CASE(a_reduction_of_a_single_number_keeps_its_steps) {
  const std::string whole = node("ReduceSum", {"image"}, "s", whole_number("keepdims", 0));
  check(run({whole, node("ReduceSumSquare", {"s"}, "y")}, {3}), {36}, {});
}

BOOST_AUTO_TEST_CASE(constants_of_any_shape_are_reduced) {
  const std::vector<std::string> tensors{tensor("c", {2, 2}, {1, 5, 3, 4}), tensor("row", {2}, {1, 5})};
  const auto reduced = [&](const std::string& constant, const std::string& attribute) {
    return run({node("ReduceMax", {constant}, "m", attribute), node("Add", {"image", "m"}, "y")}, {2}, 13, tensors);
  };
  check(reduced("c", whole_numbers("axes", {1})), {6, 7, 5, 6}, {2, 2});
  check(reduced("row", whole_number("noop_with_empty_axes", 1)), {2, 7}, {2});
  check(reduced("row", whole_number("keepdims", 1)), {6, 7}, {2});
}

BOOST_AUTO_TEST_CASE(an_odd_row_that_output_shape_cuts_off_is_the_first) {
  for (const std::string mode : {"NOTSET", "VALID", "SAME_LOWER", "SAME_UPPER"}) {
    const std::string wider = node("ConvTranspose", {"image", "w"}, "y", text("auto_pad", mode)) +
                              attributes({whole_numbers("output_shape", {3})});
    const auto all = std::vector<float>{10, 24, 38, 12};
    const auto begin = all.begin() + (mode == "SAME_UPPER" ? 0 : 1);
    check(run({wider}, {1, 1, 3}, 13, {tensor("w", {1, 1, 2}, {10, 4})}), {begin, begin + 3}, {1, 1, 3});
  }
}

BOOST_AUTO_TEST_CASE(windows_of_lp_pool_that_reach_over_the_end_count_what_is_there) {
  const auto pool = [](const std::vector<std::int64_t>& kernel, const std::vector<std::int64_t>& strides,
                       const std::string& more) {
    return node("LpPool", {"image"}, "y", whole_numbers("kernel_shape", kernel)) +
           attributes({whole_numbers("strides", strides), whole_number("p", 1), more});
  };
  const std::string ceil = whole_number("ceil_mode", 1);
  check(run({pool({2}, {2}, ceil)}, {1, 1, 5}), {3, 7, 5}, {1, 1, 3});
  check(run({pool({2}, {3}, ceil)}, {1, 1, 1}), {1}, {1, 1, 1});
  check(run({pool({2, 2}, {2, 2}, ceil)}, {1, 1, 3, 3}), {12, 9, 15, 9}, {1, 1, 2, 2});
  check(run({pool({2}, {3}, whole_numbers("pads", {1, 1}))}, {1, 1, 4}), {1, 7}, {1, 1, 2});
  // a window that begins in the padding behind the end is none
  check(run({pool({1}, {2}, ceil) + field(5, whole_numbers("pads", {0, 1}))}, {1, 1, 4}), {1, 3}, {1, 1, 2});
}

BOOST_AUTO_TEST_CASE(windows_of_sums_and_means_may_be_dilated_and_of_volumes) {
  const auto window = [](const std::string& op, const std::vector<std::int64_t>& kernel,
                         const std::vector<std::int64_t>& dilations) {
    return node(op, {"image"}, "y", whole_numbers("kernel_shape", kernel)) +
           attributes({whole_numbers("dilations", dilations), whole_number("p", 1)});
  };
  check(run({window("LpPool", {2}, {2})}, {1, 1, 5}), {4, 6, 8}, {1, 1, 3});
  check(run({window("AveragePool", {2}, {3})}, {1, 1, 5}, 19), {2.5F, 3.5F}, {1, 1, 2});
  check(run({window("LpPool", {2, 1, 2}, {1, 1, 2})}, {1, 1, 2, 1, 3}), {14}, {1, 1, 1, 1, 1});
}

BOOST_AUTO_TEST_CASE(large_weights_of_one_value_are_made_by_the_graph) {
  const std::string filled =
      node("ConstantOfShape", {"shape"}, "w", field(1, "value") + field(5, tensor("", {1}, {0.5F})) + field(20, 4));
  const std::string sum = node("ReduceMax", {"w"}, "m", whole_number("keepdims", 0));
  check(run({filled, sum, node("Add", {"image", "m"}, "y")}, {2}, 13, {integers("shape", {4097, 4096})}), {1.5F, 2.5F},
        {2});
  CHECK_FAILS(run({filled, sum, node("Add", {"image", "m"}, "y")}, {2}, 13, {integers("shape", {8193, 8192})}),
              "node 'w' (ConstantOfShape) would have shape [8193, 8192], more than");
}

BOOST_AUTO_TEST_CASE(ops_of_windows_ml_are_computed) {
  const std::string scaled =
      node("ImageScaler", {"image"}, "y", real_number("scale", 2)) +
      field(5, field(1, "bias") + field(7, std::string("\0\0\x80\x3f\0\0\0\xc0", 8)) + field(20, 6));
  check(run({scaled}, {1, 2, 1, 2}, 8), {3, 5, 4, 6}, {1, 2, 1, 2});
  const std::string border = whole_numbers("border", {1, 0, 0, 1});
  check(run({node("Crop", {"image"}, "y", border)}, {1, 1, 3, 3}, 8), {2, 3, 5, 6}, {1, 1, 2, 2});
  check(run({node("Crop", {"image"}, "y", border) + field(5, whole_numbers("scale", {3, 1}))}, {1, 1, 3, 3}, 8),
        {2, 5, 8}, {1, 1, 3, 1});
  const std::string both = attributes({real_number("alpha", 2), real_number("beta", 0.5F)});
  check(run({node("Affine", {"image"}, "y") + both}, {2}, 8), {2.5F, 4.5F}, {2});
  check(run({node("ScaledTanh", {"image"}, "y") + both}, {2}, 8), {2 * std::tanh(0.5F), 2 * std::tanh(1.0F)}, {2});
  check(run({node("ParametricSoftplus", {"image"}, "y") + both}, {1}, 8), {2 * std::log1p(std::exp(0.5F))}, {1});
  CHECK_FAILS(run({node("Crop", {"image"}, "y", border)}, {1, 1, 1, 3}, 8), "leaves 0×2 of [1, 1, 1, 3]");
}

BOOST_AUTO_TEST_CASE(eye_like_has_ones_on_a_diagonal) {
  const auto eye = [&](std::int64_t k) {
    return run({node("EyeLike", {"image"}, "e", whole_number("k", k)), node("Mul", {"image", "e"}, "y")}, {2, 3});
  };
  check(eye(0), {1, 0, 0, 0, 5, 0}, {2, 3});
  check(eye(2), {0, 0, 3, 0, 0, 0}, {2, 3});
  check(eye(-1), {0, 0, 0, 4, 0, 0}, {2, 3});
  check(eye(INT64_MAX / 2), {0, 0, 0, 0, 0, 0}, {2, 3});
}

BOOST_AUTO_TEST_CASE(values_are_quantized_by_their_own_range) {
  const std::string three = field(1, "n") + field(2, "y") + field(2, "step") + field(2, "zero") + field(3, "q") +
                            field(4, "DynamicQuantizeLinear");
  const auto of = [&](const std::string& in) { return run({node(in, {"image"}, "n"), three}, {3}); };
  check(of("Identity"), {85, 170, 255}, {3});
  check(of("Neg"), {170, 85, 0}, {3});
}

BOOST_AUTO_TEST_CASE(a_leaky_relu_may_rise_on_both_sides) {
  const std::string leaky = node("LeakyRelu", {"n"}, "y", real_number("alpha", -0.5F));
  check(run({node("Neg", {"image"}, "n"), leaky}, {1, 3}), {0.5F, 1, 1.5F}, {1, 3});
}

BOOST_AUTO_TEST_SUITE_END()
