// What ONNX says of single ops where files of others seldom go.
#include <backflow/runtime/models/onnx/onnx_ops.h>

#include <backflow/runtime/models/model.h>
#include "tests/support/files.h"
#include "tests/support/onnx_file.h"
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;
using namespace backflow::onnx_file;

namespace {

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "model.onnx";

  /// The output for the image 0, 1, 2, … of [1, 3, 2, 2].
  std::vector<float> run(const std::vector<std::string>& nodes, const std::vector<std::string>& tensors = {}) {
    write_bytes(file, model(nodes, tensors, {1, 3, 2, 2}));
    Graph g;
    g.output("y", load_model(file)->build(g.input("x", {{1, 3, 2, 2}})).logits);
    return outputs_of(g, {{"x", counted_from(0, {1, 3, 2, 2})}}).at("y");
  }
};

const std::vector<float> kMean{5.5F};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(onnx_ops_, Files)

BOOST_AUTO_TEST_CASE(values_without_axes_are_computed) {
  const std::string mean = node("ReduceMean", {"image"}, "mean"), back = node("Reshape", {"b", "row"}, "y");
  const std::vector<std::string> tensors{integers("none", {}), integers("row", {1, 1}), tensor("two", {}, {2})};
  BOOST_TEST(run({mean, node("Reshape", {"mean", "none"}, "b"), back}, tensors) == kMean);
  BOOST_TEST(run({mean, node("Squeeze", {"mean"}, "b"), back}, tensors) == kMean);
  BOOST_TEST(run({node("ReduceMean", {"image"}, "b", whole_number("keepdims", 0)), back}, tensors) == kMean);
  BOOST_TEST(run({node("ReduceMean", {"image"}, "m", whole_number("keepdims", 0)), node("Relu", {"m"}, "r"),
                  node("Mul", {"r", "two"}, "b"), back},
                 tensors) == std::vector<float>{11});
}

BOOST_AUTO_TEST_CASE(a_mean_without_axes_is_of_all) {
  BOOST_TEST(run({node("ReduceMean", {"image"}, "mean"), node("Flatten", {"mean"}, "y")}) == kMean);
}

BOOST_AUTO_TEST_CASE(dropout_that_trains_is_refused) {
  const auto dropout = [&](int training, float ratio = 0.5F) {
    const std::string flag = field(2, 9) + field(8, "training") + field(9, std::string(1, static_cast<char>(training)));
    return run({node("ReduceMean", {"image"}, "m"), node("Flatten", {"m"}, "f"),
                node("Dropout", {"f", "ratio", "training"}, "y")},
               {tensor("ratio", {}, {ratio}), flag});
  };
  BOOST_TEST(dropout(0) == kMean);
  BOOST_TEST(dropout(1, 0) == kMean);  // which drops nothing
  CHECK_FAILS(dropout(1), "node 'y' (Dropout) is in training mode; export for evaluation");
}

BOOST_AUTO_TEST_CASE(more_axes_than_twelve_are_refused) {
  const std::vector<std::int64_t> many(200, 1);
  CHECK_FAILS(run({node("ReduceMean", {"image"}, "m"), node("Reshape", {"m", "many"}, "y")}, {integers("many", many)}),
              "at most 12 axes, got 200");
  CHECK_FAILS(run({node("ReduceMean", {"image"}, "m"), node("Add", {"m", "c"}, "y")}, {tensor("c", many, {1})}),
              "'c' has 200 axes, at most 12 are supported");
  CHECK_FAILS(
      run({node("Reshape", {"one", "many"}, "c"), node("Transpose", {"c"}, "t"), node("Add", {"image", "t"}, "y")},
          {integers("many", many), tensor("one", {1}, {1})}),
      "node 'c' (Reshape) makes a constant of 200 axes, at most 12 are supported");
}

BOOST_AUTO_TEST_CASE(a_small_file_cannot_ask_for_much_memory) {
  CHECK_FAILS(
      run({node("Pad", {"image", "pads"}, "p"), node("GlobalAveragePool", {"p"}, "m"), node("Flatten", {"m"}, "y")},
          {integers("pads", {0, 0, 0, 0, 0, 0, 20'000, 20'000})}),
      "node 'p' (Pad) would have shape [1, 3, 20002, 20002], more than 67111936 numbers, for inputs of 12");
  const std::string mean = node("GlobalAveragePool", {"image"}, "m"), flat = node("Flatten", {"m"}, "y");
  write_bytes(file, model({mean, flat}, {}, {1, 3, 1 << 20, 1 << 20}));
  CHECK_FAILS(load_model(file), "reads images of 1048576 × 1048576, more than 16777216 pixels");
}

BOOST_AUTO_TEST_SUITE_END()
