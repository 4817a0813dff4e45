// What files of other exporters have that PyTorch's usual ones do not: types, layouts, ends, weights beside the file.
#include <backflow/runtime/models/onnx/onnx.h>

#include <cmath>
#include <numeric>

#include <backflow/runtime/models/graph_file.h>
#include "tests/support/files.h"
#include "tests/support/onnx_file.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;
using namespace backflow::onnx_file;

namespace {

using Floats = std::vector<float>;

/// A tensor whose numbers lie in `location`.
std::string external(const std::string& name, const Shape& shape, const std::string& location,
                     const std::string& offset, const std::string& length) {
  std::string out;
  for (const std::int64_t n : shape) out += field(1, static_cast<std::uint64_t>(n));
  const auto entry = [](const std::string& key, const std::string& value) {
    return field(13, field(1, key) + field(2, value));
  };
  return out + field(2, 1) + field(8, name) + entry("location", location) + entry("offset", offset) +
         entry("length", length) + field(14, 1);
}

struct Kinds : TemporaryFolder {
  std::filesystem::path file = path() / "model.onnx";

  void write(const std::vector<std::string>& nodes, const std::vector<std::string>& tensors, const Shape& image,
             std::uint64_t opset = 13) {
    write_bytes(file, model(nodes, tensors, image, opset));
  }
  /// The output "y" for the input 0, 1, 2, … or `values`.
  Floats run(const Shape& shape, Floats values = {}) {
    Graph g;
    g.output("y", GraphFile(file).build(g, {{"image", g.input("x", {shape})}}).at("y"));
    values.resize(static_cast<std::size_t>(elements(shape)), 0);
    if (std::all_of(values.begin(), values.end(), [](float v) { return v == 0; }))
      std::iota(values.begin(), values.end(), 0.0F);
    return outputs_of(g, {{"x", values}}).at("y");
  }
  Floats logits(const Shape& shape) {
    Graph g;
    g.output("y", load_model(file)->build(g.input("x", {shape})).logits);
    return outputs_of(g, {{"x", counted_from(0, shape)}}).at("y");
  }
};

const std::string kMean = node("GlobalAveragePool", {"image"}, "m"), kFlat = node("Flatten", {"m"}, "f");
const Floats kMeans{1.5F, 5.5F, 9.5F};  // of the channels of 0 … 11 as [1, 3, 2, 2]

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onnx_kinds, Kinds)

BOOST_AUTO_TEST_CASE(before_opset_7_an_attribute_says_where_axes_belong) {
  for (const std::string op : {"Add", "Sub", "Mul", "Div"}) {
    const std::string attributes = field(5, whole_number("broadcast", 1)) + field(5, whole_number("axis", 1));
    const std::string call =
        field(1, "image") + field(1, "b") + field(2, "y") + field(3, "y") + field(4, op) + attributes;
    write({call}, {tensor("b", {3}, {1, 2, 4})}, {1, 3, 2, 3}, 6);
    const Floats y = run({1, 3, 2, 3});
    for (std::size_t i = 0; i < y.size(); ++i) {
      const float x = static_cast<float>(i), b = i < 6 ? 1 : i < 12 ? 2 : 4;
      BOOST_TEST(y[i] == (op == "Add" ? x + b : op == "Sub" ? x - b : op == "Mul" ? x * b : x / b));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_softmax_or_sigmoid_before_ops_that_move_numbers_is_the_end) {
  for (const std::string end : {"Softmax", "Sigmoid"})
    for (const std::string mover : {"Identity", "Flatten", "Squeeze"}) {
      write({kMean, kFlat, node(end, {"f"}, "p"), node("Unsqueeze", {"p", "last"}, "u"),
             node("Squeeze", {"u", "last"}, "s"), node(mover == "Squeeze" ? "Identity" : mover, {"s"}, "y")},
            {integers("last", {2})}, {1, 3, 2, 2});
      BOOST_TEST(logits({1, 3, 2, 2}) == kMeans);
    }
  write({kMean, kFlat, node("Softmax", {"f"}, "p"), node("Relu", {"p"}, "y")}, {}, {1, 3, 2, 2});
  BOOST_TEST(logits({1, 3, 2, 2}) != kMeans);
}

BOOST_AUTO_TEST_CASE(one_sigmoid_is_two_classes) {
  write({kMean, kFlat, node("MatMul", {"f", "w"}, "z"), node("Sigmoid", {"z"}, "y")}, {tensor("w", {3, 1}, {1, 0, 0})},
        {1, 3, 2, 2});
  BOOST_TEST(load_model(file)->classes() == 2);
  BOOST_TEST(logits({1, 3, 2, 2}) == (Floats{0, 1.5F}));
}

BOOST_AUTO_TEST_CASE(weights_may_lie_in_a_file_beside_the_model) {
  const Floats values{0, 0, 1, 2, 3};
  const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  write_bytes(path() / "model.onnx.data", bytes);
  const auto with = [&](const std::string& location, const std::string& offset, const std::string& length) {
    write({node("Mul", {"image", "w"}, "y")}, {external("w", {1, 3, 1, 1}, location, offset, length)}, {1, 3, 1, 1});
    return run({1, 3, 1, 1}, {1, 1, 1});
  };
  BOOST_TEST(with("model.onnx.data", "8", "12") == (Floats{1, 2, 3}));
  CHECK_FAILS(with("model.onnx.data", "12", "12"), "from byte 12 on and needs 12 bytes, the file has 20");
  CHECK_FAILS(with("model.onnx.data", "8", "11"), "needs 12 bytes, the model says 11");
  CHECK_FAILS(with("model.onnx.data", "-8", "12"), "has the offset '-8', expected a number of bytes");
  CHECK_FAILS(with("missing.data", "0", "12"), "missing.data");
  for (const std::string location : {"/etc/passwd", "../model.onnx.data", "", "a/../../b"})
    CHECK_FAILS(with(location, "8", "12"), "which needs to be a file in the model's folder");
  std::filesystem::create_directory(path() / "inner");
  std::filesystem::create_symlink(path() / "model.onnx.data", path() / "inner/link.data");
  file = path() / "inner/model.onnx";
  CHECK_FAILS(with("link.data", "8", "12"), "which leads out of the model's folder");
}

BOOST_AUTO_TEST_CASE(casts_between_floats_change_nothing) {
  const std::string half = tensor("two", {}, {2});
  write({node("Cast", {"image"}, "h", whole_number("to", 10)), node("Div", {"h", "two"}, "d"),
         node("Cast", {"d"}, "y", whole_number("to", 1))},
        {half}, {1, 3, 1, 1});
  BOOST_TEST(run({1, 3, 1, 1}, {1, 2, 5}) == (Floats{0.5F, 1, 2.5F}));
  write({node("Cast", {"image"}, "y", whole_number("to", 6))}, {}, {1, 3, 1, 1});
  BOOST_TEST(run({1, 3, 1, 1}, {1.5F, -2.5F, 3}) == (Floats{1, -2, 3}));
}

BOOST_AUTO_TEST_CASE(channels_may_be_last) {
  const std::string turn = node("Transpose", {"image"}, "t", whole_numbers("perm", {0, 3, 1, 2}));
  write({turn, node("GlobalAveragePool", {"t"}, "m"), node("Flatten", {"m"}, "y")}, {}, {1, 2, 2, 3});
  const auto net = load_model(file);
  BOOST_TEST((net->input() == default_input(3, 2, 2)));
  Graph g;
  net->build(g.input("x", {{1, 3, 2, 2}}));
  for (std::size_t i = 0; i < g.size(); ++i)  // its own transposition undoes ours
    BOOST_TEST((!g.node(i).op || g.node(i).op->kind() != "global_average_pool2d" || g.node(i).in[0].node == 0));
  BOOST_TEST(logits({1, 3, 2, 2}) == kMeans);
  BOOST_TEST(run({1, 2, 2, 3}) == (Floats{4.5F, 5.5F, 6.5F}));
}

BOOST_AUTO_TEST_CASE(means_of_windows_beyond_the_padding_count_what_is_padding) {
  const std::string pool = field(1, "image") + field(2, "y") + field(3, "y") + field(4, "AveragePool") +
                           field(5, whole_numbers("kernel_shape", {3, 3})) +
                           field(5, whole_numbers("strides", {2, 2})) + field(5, whole_numbers("pads", {1, 1, 1, 1})) +
                           field(5, whole_number("ceil_mode", 1)) + field(5, whole_number("count_include_pad", 1));
  write({pool}, {}, {1, 1, 6, 6});
  const Floats y = run({1, 1, 6, 6}, counted_from(1, {6, 6}));
  BOOST_TEST((Floats(y.end() - 4, y.end())) == (Floats{10.5F, 16.5F, 17.5F, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_of_one_in_a_reshape_stands_for_each_image) {
  write({node("Reshape", {"image", "shape"}, "r"), node("MatMul", {"r", "w"}, "y")},
        {integers("shape", {1, -1}), tensor("w", {3, 2}, {1, 0, 0, 1, 0, 0})}, {1, 3, 1, 1});
  BOOST_TEST(logits({2, 3, 1, 1}) == (Floats{0, 1, 3, 4}));
}

BOOST_AUTO_TEST_CASE(an_image_of_whole_numbers_is_0_to_255) {
  std::string bytes = model({node("Cast", {"image"}, "c", whole_number("to", 1)), node("GlobalAveragePool", {"c"}, "m"),
                             node("Flatten", {"m"}, "y")},
                            {}, {1, 3, 1, 1});
  const std::string as_float = image_value("image", {1, 3, 1, 1});
  std::string as_bytes = as_float;
  as_bytes.replace(as_bytes.find(field(1, 1)), 2, field(1, 2));  // the type of the elements
  bytes.replace(bytes.find(as_float), as_float.size(), as_bytes);
  write_bytes(file, bytes);
  const auto net = load_model(file);
  const image::Image white{1, 1, {255, 128, 0}};
  Floats values(3);
  to_input(white, net->input(), values);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(std::abs(values[i] - Floats{255, 128, 0}[i]) < 1e-4);
}

BOOST_AUTO_TEST_CASE(a_file_may_be_built_twice_in_a_graph) {
  const std::string pool = node("GlobalLpPool", {"image"}, "l", whole_number("p", 3));
  write({node("MeanVarianceNormalization", {"image"}, "n"), pool, node("Add", {"n", "l"}, "y")}, {}, {1, 3, 2, 2});
  Graph g;
  const GraphFile graph_file(file);
  for (const std::string name : {"a", "b"})
    g.output(name, graph_file.build(g, {{"image", g.input("x" + name, {{1, 3, 2, 2}})}}).at("y"));
  const auto out = outputs_of(g, {{"xa", Floats(12, 2)}, {"xb", Floats(12, 2)}});
  BOOST_TEST(out.at("a") == out.at("b"));
  BOOST_TEST(std::abs(out.at("a")[0] - 2 * std::cbrt(4.0F)) < 1e-5F);
}

BOOST_AUTO_TEST_CASE(functions_of_the_file_are_replaced_by_their_nodes) {
  // scaled(x) = x · w, and twice(x) = scaled(scaled(x)), of domain "own"
  const auto call = [](const std::string& op, const std::string& in, const std::string& out) {
    return field(1, in) + field(2, out) + field(3, out) + field(4, op) + field(7, "own");
  };
  const auto function = [](const std::string& name, const std::vector<std::string>& nodes) {
    std::string out = field(1, name) + field(4, "x") + field(5, "z");
    for (const std::string& n : nodes) out += field(7, n);
    return field(25, out + field(10, "own"));
  };
  const std::string three =
      node("Constant", {}, "w",
           field(1, "value_float") + number(2 << 3 | 5) + std::string("\0\0\x40\x40", 4) + field(20, 1));
  const std::string scaled = function("scaled", {three, node("Mul", {"x", "w"}, "z")});
  const std::string twice = function("twice", {call("scaled", "x", "m"), call("scaled", "m", "z")});
  write_bytes(file, model({call("twice", "image", "y")}, {}, {1, 3, 1, 1}) + scaled + twice);
  BOOST_TEST(run({1, 3, 1, 1}, {1, 2, 3}) == (Floats{9, 18, 27}));
  const std::string endless = function("twice", {call("twice", "x", "m"), call("twice", "m", "z")});
  write_bytes(file, model({call("twice", "image", "y")}, {}, {1, 3, 1, 1}) + endless);
  CHECK_FAILS(GraphFile{file}, "the function 'twice' calls itself");
}

BOOST_AUTO_TEST_SUITE_END()
