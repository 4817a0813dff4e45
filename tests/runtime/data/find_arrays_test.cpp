#include <backflow/runtime/data/find_arrays.h>

#include <cmath>

#include "tests/support/files.h"
#include "tests/support/npy.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

std::string labels(int count, int different, const std::string& shape = "") {
  std::vector<std::int64_t> y;
  for (int i = 0; i < count; ++i) y.push_back(i % different);
  return npy("<i8", shape.empty() ? "(" + std::to_string(count) + ",)" : shape, bytes_of(y));
}

std::string pixels(const std::string& shape, std::size_t count) {
  std::string data;
  for (std::size_t i = 0; i < count; ++i) data += static_cast<char>(i * 7 % 256);
  return npy("|u1", shape, data);
}

std::string floats(const std::string& shape, std::size_t count, float step = 0.25F) {
  std::vector<float> data;
  for (std::size_t i = 0; i < count; ++i) data.push_back(static_cast<float>(i * i % 17) * step);
  return npy("<f4", shape, bytes_of(data));
}

struct ArrayFolder : TemporaryFolder {
  Split find(const std::string& x, const std::string& y, const DataOptions& options = {}) const {
    write_bytes(path() / "x.npy", x);
    write_bytes(path() / "y.npy", y);
    return find_dataset(path().string(), options);
  }
};

std::vector<float> input_of(const Dataset& data, std::size_t sample) {
  std::vector<float> input(static_cast<std::size_t>(elements(data.input_shape())));
  data.read(sample, 0, input);
  return input;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(find_arrays_, ArrayFolder)

BOOST_AUTO_TEST_CASE(bytes_of_rank_3_and_4_are_images) {
  const Split grey = find(pixels("(10, 4, 5)", 200), labels(10, 2));
  BOOST_TEST(to_string(grey.train->input_shape()) == "[1, 4, 5]");
  BOOST_TEST(grey.train->size() == 8U);
  BOOST_TEST(grey.test->size() == 2U);
  BOOST_TEST(grey.train->class_count() == 2);
  BOOST_TEST(grey.kind == "arrays");
  const Split colour = find(pixels("(10, 3, 4, 5)", 600), labels(10, 2, "(10, 1)"));
  BOOST_TEST(to_string(colour.train->input_shape()) == "[3, 4, 5]");
  const auto [mean, stddev] = colour.train->standardization();
  BOOST_TEST(mean.size() == 3U);
  for (const float m : mean) BOOST_TEST((m > 0.3 && m < 0.7));
  BOOST_TEST(colour.test->standardization().mean == mean);
}

BOOST_AUTO_TEST_CASE(floats_of_rank_4_are_images_standardised_by_channel) {
  const Split split = find(floats("(10, 3, 4, 5)", 600), labels(10, 2));
  const auto [mean, stddev] = split.train->standardization();
  std::vector<double> sums(3), squares(3);
  for (std::size_t i = 0; i < split.train->size(); ++i) {
    const auto input = input_of(*split.train, i);
    for (std::size_t p = 0; p < 60; ++p) {
      sums[p / 20] += input[p];
      squares[p / 20] += input[p] * input[p];
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    BOOST_TEST(std::abs(sums[c]) < 1e-3);
    BOOST_TEST(squares[c] == 160, boost::test_tools::tolerance(1e-3));
  }
  BOOST_TEST(split.test->standardization().stddev == stddev);
}

BOOST_AUTO_TEST_CASE(rank_2_is_features_whose_target_has_classes_or_numbers) {
  const Split classes = find(floats("(20, 3)", 60), labels(20, 2));
  BOOST_TEST(to_string(classes.train->input_shape()) == "[3]");
  BOOST_TEST(classes.train->class_count() == 2);
  BOOST_TEST(classes.train->class_names()[1] == "1");
  BOOST_TEST(table_recipe(classes.train->table_recipe()).columns[2].name == "x2");
  const Split numbers = find(floats("(20, 3)", 60), floats("(20,)", 20));
  BOOST_TEST(numbers.train->target_count() == 1);
  BOOST_TEST(find(floats("(20, 3)", 60), labels(20, 20)).train->target_count() == 1);
  const Split asked = find(floats("(20, 3)", 60), labels(20, 2), {.tables = {.task = Task::regression}});
  BOOST_TEST(asked.train->target_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_nan_among_features_is_missing) {
  std::vector<float> x;
  for (int i = 0; i < 40; ++i) x.push_back(i % 10 == 4 ? std::nanf("") : static_cast<float>(i));
  const Split split = find(npy("<f4", "(20, 2)", bytes_of(x)), labels(20, 2));
  BOOST_TEST(to_string(split.train->input_shape()) == "[3]");
}

BOOST_AUTO_TEST_CASE(reads_archives_with_test_sets_under_either_name) {
  for (const std::string name : {"", "_train"}) {
    write_bytes(path() / "data.npz", npz({{"x" + name + ".npy", pixels("(6, 2, 2)", 24)},
                                          {"y" + name + ".npy", labels(6, 3)},
                                          {"x_test.npy", pixels("(3, 2, 2)", 12)},
                                          {"y_test.npy", labels(3, 3)}}));
    const Split split = find_dataset((path() / "data.npz").string());
    BOOST_TEST(split.train->size() == 6U);
    BOOST_TEST(split.test->size() == 3U);
    BOOST_TEST(split.train->class_count() == 3);
  }
}

BOOST_AUTO_TEST_CASE(the_recipe_of_a_model_is_used_in_place_of_a_new_one) {
  const std::string recipe = find(floats("(20, 3)", 60), labels(20, 2)).train->table_recipe();
  const Split split = find(floats("(20, 3)", 60, 9), labels(20, 2), {.tables = {.recipe = recipe}});
  BOOST_TEST(split.train->table_recipe() == recipe);
  CHECK_FAILS(find(floats("(20, 2)", 40), labels(20, 2), {.tables = {.recipe = recipe}}),
              "has 2 features, the network reads 3");
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  CHECK_FAILS(find(floats("(20,)", 20), labels(20, 2)), "x.npy has the shape [20], expected images");
  CHECK_FAILS(find(floats("(2, 1, 1, 2, 5)", 20), labels(2, 2)),
              "x.npy has the shape [2, 1, 1, 2, 5], expected images");
  CHECK_FAILS(find(floats("(20, 3)", 60), labels(20, 2, "(10, 2)")), "y.npy has the shape [10, 2], expected [N] or");
  CHECK_FAILS(find(floats("(20, 3)", 60), labels(19, 2)), "has 20 samples, ");
  CHECK_FAILS(find(floats("(0, 3)", 0), labels(0, 2)), "x.npy has no numbers: its shape is [0, 3]");
  CHECK_FAILS(find(pixels("(10, 4, 5, 3)", 600), labels(10, 2)), "with 1 or 3 channels; np.moveaxis(x, -1, 1)");
  CHECK_FAILS(find(pixels("(10, 2, 2)", 40), labels(10, 1)), "y.npy has one class, 0; a classifier needs 2 or more");
  CHECK_FAILS(find(floats("(20, 3)", 60), labels(20, 1)), "y.npy has one class, 0; a classifier needs 2 or more");
  const DataOptions classes{.tables = {.task = Task::classification}};
  CHECK_FAILS(find(pixels("(10, 2, 2)", 40), floats("(10,)", 10), classes), "expected a class 0 … 65535");
  CHECK_FAILS(find(floats("(4, 3)", 12), npy("<f4", "(4,)", bytes_of<float>({1, NAN, 2, 3}))), "element 1 is nan");
  CHECK_FAILS(find(npy("<f4", "(4, 1)", bytes_of<float>({1, INFINITY, 2, 3})), labels(4, 2)), "feature 0 has numbers");
  CHECK_FAILS(find(npy("<f4", "(4, 1, 1)", bytes_of<float>({1, NAN, 2, 3})), labels(4, 2)),
              "image 1 has the value nan");
  CHECK_FAILS(find_dataset((path() / "x.npy").string()),
              "x.npy is one array; name the folder that has x.npy and y.npy");
  std::filesystem::remove(path() / "y.npy");
  CHECK_FAILS(find_dataset(path().string()), "has no array 'y'; expected x and y");
  write_bytes(path() / "y.npy", labels(6, 2));
  write_bytes(path() / "x.npy", pixels("(6, 2, 2)", 24));
  write_bytes(path() / "x_test.npy", pixels("(3, 2, 3)", 18));
  CHECK_FAILS(find_dataset(path().string()), "has no array 'y_test'");
  write_bytes(path() / "y_test.npy", labels(3, 3));
  CHECK_FAILS(find_dataset(path().string()), "x.npy has the shape [6, 1, 2, 2], ");
  write_bytes(path() / "x_test.npy", pixels("(3, 2, 2)", 12));
  CHECK_FAILS(find_dataset(path().string()), "y_test.npy: element 2 is 2, the training classes go from 0 to 1");
  write_bytes(path() / "x_test.npy", floats("(3, 2, 2)", 12));
  CHECK_FAILS(find_dataset(path().string()), "have elements of different types");
}

BOOST_AUTO_TEST_SUITE_END()
