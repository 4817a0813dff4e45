#include <backflow/runtime/data/find_tables.h>

#include <cmath>

#include "tests/support/idx.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

/// Rows with a number, a text, a gap in each seventh, and a class.
std::string small_table(int rows = 40) {
  std::string text = "size,colour,kind\n";
  for (int i = 0; i < rows; ++i)
    text += (i % 7 == 3 ? "" : std::to_string(i)) + (i % 3 == 0 ? ",red," : ",blue,") + (i % 4 == 0 ? "a\n" : "b\n");
  return text;
}

struct TableFolder : TemporaryFolder {
  Split find(const std::string& text, const TableOptions& options = {.target = "kind"}) const {
    write_bytes(path() / "t.csv", text);
    return find_dataset((path() / "t.csv").string(), {.tables = options});
  }
  Split number(const std::string& text) const { return find(text, {.target = "y"}); }
};

std::vector<float> features(const Dataset& data, std::size_t sample) {
  std::vector<float> result(static_cast<std::size_t>(elements(data.input_shape())));
  data.read(sample, 0, result);
  return result;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(find_tables_, TableFolder)

BOOST_AUTO_TEST_CASE(shares_out_the_rows_of_each_class) {
  const Split split = find(small_table());
  BOOST_TEST(split.train->size() == 32U);
  BOOST_TEST(split.test->size() == 8U);
  BOOST_TEST(split.train->class_count() == 2);
  BOOST_TEST(split.train->class_names()[1] == "b");
  BOOST_TEST(to_string(split.train->input_shape()) == "[4]");  // size, whether it is missing, blue, red
  BOOST_TEST(split.train->target_count() == 0);
  BOOST_TEST(split.train->output_count() == 2);
  BOOST_TEST(split.kind == "a table");
  BOOST_TEST(split.about ==
             "columns: 1 of numbers (1 with gaps), 1 of text; target 'kind': 2 classes, found by its "
             "cells; --task says otherwise");
  int of_a = 0;
  for (std::size_t i = 0; i < 8; ++i) of_a += split.test->label(i) == 0;
  BOOST_TEST(of_a == 2);
}

BOOST_AUTO_TEST_CASE(standardises_with_the_training_rows) {
  const Split split = find(small_table());
  double sum = 0, squares = 0, gaps = 0, texts = 0;
  for (std::size_t i = 0; i < split.train->size(); ++i) {
    const auto f = features(*split.train, i);
    sum += f[0];
    squares += f[0] * f[0];
    gaps += f[1];
    texts += f[2] + f[3];
  }
  BOOST_TEST(std::abs(sum) < 1e-4);
  BOOST_TEST(squares == 32 - gaps, boost::test_tools::tolerance(1e-4));
  BOOST_TEST(gaps > 0);
  BOOST_TEST(texts == 32);
}

BOOST_AUTO_TEST_CASE(reads_a_folder_with_a_test_table_whose_columns_have_another_order) {
  write_gzip(path() / "train.csv.gz", small_table());
  write_bytes(path() / "test.tsv", "kind\tmore\tcolour\tsize\nb\t1\tgreen\t19\n");
  const DataOptions options{.tables = {.target = "kind"}};
  const Split split = find_dataset(path().string(), options);
  BOOST_TEST(split.train->size() == 40U);
  BOOST_TEST(split.test->size() == 1U);
  BOOST_TEST(split.test->label(0) == 1);
  const auto f = features(*split.test, 0);
  BOOST_TEST(f[2] + f[3] == 0);  // green is not known
  write_bytes(path() / "test.tsv", "kind\tcolour\tsize\nb\tred\t1\nc\tred\t1\n");
  CHECK_FAILS(find_dataset(path().string(), options), "test.tsv:3, column 'kind': the class 'c' is not one of the");
  write_bytes(path() / "test.tsv", "kind\tcolour\nb\tred\n");
  CHECK_FAILS(find_dataset(path().string(), options), "test.tsv: there is no column 'size'");
  write_bytes(path() / "test.tsv", "colour\tsize\nb\tred\n");
  CHECK_FAILS(find_dataset(path().string(), options), "target is 'kind', but");
}

BOOST_AUTO_TEST_CASE(the_recipe_of_a_model_is_used_in_place_of_a_new_one) {
  const std::string recipe = find(small_table()).train->table_recipe();
  const Split split = find("kind,size,colour\na,100,red\nb,200,blue\na,1,red\nb,2,red\n", {.recipe = recipe});
  BOOST_TEST(split.train->table_recipe() == recipe);
  CHECK_FAILS(find("kind,size,colour\na,1,red\nb,2,red\na,1,red\nc,2,red\n", {.recipe = recipe}),
              "t.csv:5, column 'kind': the class 'c'");
}

BOOST_AUTO_TEST_CASE(a_target_of_text_or_few_whole_numbers_has_classes_and_others_are_numbers) {
  const auto table = [](int rows, int different, const std::string& point) {
    std::string text = "x,y\n";
    for (int i = 0; i < rows; ++i) text += std::to_string(i) + "," + std::to_string(i % different) + point + "\n";
    return text;
  };
  BOOST_TEST(number(table(60, 20, "")).train->class_count() == 20);
  BOOST_TEST(number(table(60, 20, "")).train->class_names()[10] == "10");  // by number
  BOOST_TEST(number(table(60, 21, "")).train->target_count() == 1);
  BOOST_TEST(number(table(60, 3, ".5")).train->target_count() == 1);
  BOOST_TEST(number(table(6, 6, "")).train->target_count() == 1);
  BOOST_TEST(find(table(60, 3, ".5"), {.target = "y", .task = Task::classification}).train->class_count() == 3);
  BOOST_TEST(find(table(60, 3, ""), {.target = "y", .task = Task::regression}).train->target_count() == 1);
}

BOOST_AUTO_TEST_CASE(text_among_the_numbers_to_predict_is_a_mistake_unless_they_are_classes) {
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i) text += std::to_string(i) + "," + std::to_string(i % 2) + "\n";
  CHECK_FAILS(number(text + "7,many\n"), "t.csv:42, column 'y': expected a number as in 40 other rows, found 'many'");
  BOOST_TEST(find(text + "7,many\n", {.target = "y", .task = Task::classification}).train->class_count() == 3);
  CHECK_FAILS(number("x;y\n1;1,5\n2;2,5\n3;3,5\n"), "t.csv:2, column 'y': '1,5' has a decimal comma");
}

BOOST_AUTO_TEST_CASE(standardises_the_numbers_to_predict) {
  std::string text = "x,y\n";
  for (int i = 0; i < 50; ++i) text += std::to_string(i) + "," + std::to_string(3 * i) + ".25\n";
  const Split split = number(text);
  const auto [mean, stddev] = split.train->target_standardization();
  double sum = 0;
  for (std::size_t i = 0; i < split.train->size(); ++i) {
    float target = 0;
    split.train->read_target(i, {&target, 1});
    sum += target;
    const double back = static_cast<double>(target) * stddev.at(0) + mean.at(0);
    BOOST_TEST(std::abs(std::remainder(back - 0.25, 3)) < 1e-3);
  }
  BOOST_TEST(std::abs(sum) < 1e-4);
  BOOST_TEST(split.test->target_standardization().mean == mean);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_among_numbers_is_a_mistake) {
  const auto column = [](const std::string& odd, int others) {
    std::string text = "x,kind\n";
    for (int i = 0; i < others; ++i) text += std::to_string(i) + ".5," + (i % 2 == 0 ? "a\n" : "b\n");
    return text + odd + ",a\n";
  };
  CHECK_FAILS(find(column("tall", 20)), "t.csv:22, column 'x': expected a number as in 20 other rows, found 'tall'");
  CHECK_FAILS(find(column("\"1,5\"", 20)), "t.csv:22, column 'x': '1,5' has a decimal comma; numbers need a point");
  CHECK_FAILS(find("x;kind\n1,5;a\n2,5;b\n3;a\n"), "t.csv:2, column 'x': '1,5' has a decimal comma");
  BOOST_TEST(to_string(find(column("NaN", 20)).train->input_shape()).size() == 3U);
  CHECK_FAILS(find(column("-inf", 20)), "found '-inf'");
}

BOOST_AUTO_TEST_CASE(too_many_texts_and_columns_without_values_are_told) {
  std::string text = "name,empty,x,kind\n";
  for (int i = 0; i < 400; ++i)
    text += "n" + std::to_string(i) + ",," + std::to_string(i) + (i % 2 == 0 ? ",a\n" : ",b\n");
  CHECK_FAILS(find(text), "column 'name' has more than 256 different texts; --ignore leaves it out");
  BOOST_TEST(to_string(find(text, {.target = "kind", .ignore = {"name"}}).train->input_shape()) == "[1]");
  CHECK_FAILS(find(text, {.target = "kind", .ignore = {"nam"}}), "ignore names what is not there");
  CHECK_FAILS(find(text, {.target = "kind", .ignore = {"name", "x"}}), "has no column to predict 'kind' from");
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_be_predicted_is_refused) {
  CHECK_THROWS(OptionError, find(small_table(), {}), "target needs to name the column to predict; ");
  CHECK_THROWS(OptionError, find(small_table(), {}), "has 'size', 'colour', 'kind'");
  CHECK_THROWS(OptionError, find(small_table(), {.target = "kin"}), "target is 'kin', but ");
  CHECK_FAILS(find("x,kind\n1,a\n2,a\n"), "the target column 'kind' has one class, 'a'");
  CHECK_FAILS(find("x,kind\n1,a\n2,b\n"), "each class has one row; testing needs another one");
  CHECK_FAILS(find("x,kind\n1,a\n2,b\n3,NA\n"), "t.csv:4, column 'kind': the target has no value ('NA')");
  CHECK_FAILS(number("x,y\n1,1.5\n2,1.5\n3,1.5\n"), "the target column 'y' has the same number");
  CHECK_FAILS(find("x,y\n1,1\n2,b\n3,3\n", {.target = "y", .task = Task::regression}),
              "t.csv:3, column 'y': a regression needs a number, found 'b'");
}

BOOST_AUTO_TEST_CASE(statistics_that_are_not_finite_are_refused) {
  CHECK_FAILS(find("x,kind\n1e308,a\n-1e308,b\n1e308,a\n1e308,b\n"), "column 'x' has numbers whose squares");
}

BOOST_AUTO_TEST_SUITE_END()
