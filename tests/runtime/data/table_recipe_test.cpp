#include <backflow/runtime/data/table_recipe.h>

#include <cmath>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

TableRecipe small_recipe() {
  return {.columns = {{.name = "size", .mean = 3, .stddev = 2, .has_missing = true},
                      {.name = "colour", .categories = {"blue", "red"}},
                      {.name = "\"age\"", .mean = -1, .stddev = 0.1}},
          .target = "kind",
          .classes = {"no", "yes"}};
}

std::vector<float> features_of(const Table& table, std::size_t row) {
  const TableRecipe recipe = small_recipe();
  std::vector<float> cells(3), features(recipe.features());
  TableCells(table, recipe).read(row, cells);
  to_features(recipe, cells, features);
  return features;
}

using Floats = std::vector<float>;

}  // namespace

BOOST_AUTO_TEST_SUITE(table_recipe_)

BOOST_AUTO_TEST_CASE(comes_back_from_json) {
  const TableRecipe recipe = small_recipe(), again = table_recipe(to_json(recipe));
  BOOST_TEST(to_json(again) == to_json(recipe));
  BOOST_TEST(again.features() == 5U);
  BOOST_TEST(again.outputs() == 2U);
  BOOST_TEST(again.columns[2].name == "\"age\"");
  BOOST_TEST(again.columns[2].stddev == 0.1);
  BOOST_TEST(again.columns[0].has_missing);
  TableRecipe number = recipe;
  number.classes.clear();
  number.mean = 1.0 / 3;
  BOOST_TEST(table_recipe(to_json(number)).mean == 1.0 / 3);
  BOOST_TEST(number.outputs() == 1U);
  BOOST_CHECK(number.task() == Task::regression);
}

BOOST_AUTO_TEST_CASE(makes_features_of_cells) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "other,colour,\"\"\"age\"\"\",size\nx,red,-1,7\nx,NA,-0.9,\ny,green,?,3\n");
  const Table table(folder / "t.csv");
  const auto near = [](const Floats& got, const Floats& wanted) {
    BOOST_TEST(got.size() == wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) BOOST_TEST(std::abs(got[i] - wanted[i]) < 1e-5F);
  };
  near(features_of(table, 0), {2, 0, 0, 1, 0});
  near(features_of(table, 1), {0, 1, 0, 0, 1});
  near(features_of(table, 2), {0, 0, 0, 0, 0});
}

BOOST_AUTO_TEST_CASE(finds_the_columns_of_a_wide_table) {
  // Near names of each of them would take hours.
  constexpr std::size_t width = 50'000;
  TableRecipe recipe;
  std::string names, numbers;
  for (std::size_t i = 0; i < width; ++i) {
    recipe.columns.push_back({.name = str_cat("column", width - 1 - i), .categories = {}});
    names += str_cat(i == 0 ? "" : ",", "column", i);
    numbers += str_cat(i == 0 ? "" : ",", i);
  }
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", names + "\n" + numbers + "\n");
  const Table table(folder / "t.csv");
  std::vector<float> cells(width);
  TableCells(table, recipe).read(0, cells);
  BOOST_TEST(cells.front() == static_cast<float>(width - 1));
  BOOST_TEST(cells.back() == 0);
}

BOOST_AUTO_TEST_CASE(says_which_column_or_cell_a_table_lacks) {
  const TemporaryFolder folder;
  write_bytes(folder / "t.csv", "colour,\"\"\"age\"\"\",sizes\nred,1,7\n");
  CHECK_FAILS(features_of(Table(folder / "t.csv"), 0), "t.csv: there is no column 'size'; did you mean 'sizes'");
  write_bytes(folder / "t.csv", "colour,\"\"\"age\"\"\",size\nred,1,7\nred,1,seven\n");
  CHECK_FAILS(features_of(Table(folder / "t.csv"), 1), "t.csv:3, column 'size': expected a number, found 'seven'");
  write_bytes(folder / "t.csv", "colour,\"\"\"age\"\"\",size\nred,1,1e300\n");
  CHECK_FAILS(features_of(Table(folder / "t.csv"), 0), "t.csv:2, column 'size': 1e300 is too far");
}

BOOST_AUTO_TEST_CASE(a_damaged_one_is_an_error) {
  const std::string good = to_json(small_recipe());
  const auto without = [&](const std::string& what, const std::string& by) {
    std::string text = good;
    const std::size_t at = text.find(what);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
  };
  CHECK_FAILS(table_recipe(""), "recipe of a table");
  CHECK_FAILS(table_recipe("[1]"), "should be an object");
  CHECK_FAILS(table_recipe("{}"), "has no 'columns'");
  CHECK_FAILS(table_recipe(R"({"columns":[],"target":{}})"), "should have a list 'columns'");
  CHECK_FAILS(table_recipe(R"({"columns":[5],"target":{"name":"y"}})"), "a list of objects");
  CHECK_FAILS(table_recipe(without("\"stddev\":2.0", "\"stddev\":0")), "'stddev' should be above 0, found 0");
  CHECK_FAILS(table_recipe(without("\"mean\":3.0", "\"mean\":\"3\"")), "'mean' should be a number");
  CHECK_FAILS(table_recipe(without("\"mean\":3.0", "\"mean\":1e999")), "recipe of a table");
  CHECK_FAILS(table_recipe(without("\"name\":\"size\"", "\"name\":7")), "'name' should be text");
  CHECK_FAILS(table_recipe(without("\"size\"", "\"colour\"")), "has 'colour' twice");
  CHECK_FAILS(table_recipe(without("\"blue\",\"red\"", "\"red\",\"blue\"")), "should be sorted");
  CHECK_FAILS(table_recipe(without("\"blue\",\"red\"", "")), "a list of texts");
  CHECK_FAILS(table_recipe(without("\"blue\",\"red\"", "\"blue\",3")), "a list of texts");
  CHECK_FAILS(table_recipe(without("\"classes\":[\"no\",\"yes\"]", "\"mean\":0")), "has no 'stddev'");
  CHECK_FAILS(table_recipe(std::string(1 << 27, ' ')), "bytes, the most are");
}

BOOST_AUTO_TEST_SUITE_END()
