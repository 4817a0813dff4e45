#include <backflow/runtime/models/table_predictor.h>

#include <cmath>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/trainer.h>
#include "tests/support/files.h"
#include "tests/support/npy.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// y = 2 a − b / 4 + 5, and whether it is above 5.
std::string table_text(int rows, const std::string& names, bool reversed) {
  std::string text = names + "\n";
  for (int i = 0; i < rows; ++i) {
    const double a = (i * 37 % 41 - 20) / 10.0, b = (i * 53 % 67 - 33) / 5.0, y = 2 * a - b / 4 + 5;
    const std::string x = reversed ? str_cat(b, ",7,", a) : str_cat(a, ",", b);
    text += str_cat(x, ",", y, y > 5 ? ",high\n" : ",low\n");
  }
  return text;
}

struct TrainedTable : TemporaryFolder {
  Scheduler scheduler{2};

  /// Trains on the table and writes model.safetensors.
  std::filesystem::path train(const std::string& target, bool described = false) {
    write_bytes(path() / "t.csv", table_text(200, "a,b,y,kind", false));
    const std::string other = target == "y" ? "kind" : "y";
    const data::Split split =
        data::find_dataset((path() / "t.csv").string(), {.tables = {.target = target, .ignore = {other}}});
    const Architecture network = mlp({16}, split.train->output_count());
    Store store;
    train::Trainer trainer(network, *split.train, store, scheduler, {.epochs = 40, .batch = 16});
    while (!trainer.done()) trainer.step();
    std::map<std::string, std::string> metadata{
        {"model", "mlp"}, {"hidden", "16"}, {"table", split.train->table_recipe()}};
    if (described) metadata = describe(network, *split.train);
    train::save_weights(path() / "model.safetensors", store, metadata);
    return path() / "model.safetensors";
  }
  data::Table other_table() const {
    write_bytes(path() / "new.csv", table_text(300, "b,more,a,y,kind", true));
    return data::Table(path() / "new.csv");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(table_predictor, TrainedTable)

BOOST_AUTO_TEST_CASE(names_the_class_of_each_row_of_a_table_with_columns_in_another_order) {
  for (const bool described : {false, true}) {
    TablePredictor predictor(train("kind", described), scheduler);
    const data::Table table = other_table();
    const auto rows = predictor.predict(table);
    BOOST_TEST(rows.size() == 300U);
    int right = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      BOOST_TEST((rows[i].probability >= 0.5F && rows[i].probability <= 1));
      right += predictor.recipe().classes[rows[i].label] == table.cell(i, 4);
    }
    BOOST_TEST(right > 280);
    BOOST_TEST(predictor.unknown().empty());
  }
}

BOOST_AUTO_TEST_CASE(predicts_numbers_in_the_units_of_the_target) {
  TablePredictor predictor(train("y"), scheduler);
  const data::Table table = other_table();
  const auto rows = predictor.predict(table);
  double error = 0, wanted = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    BOOST_REQUIRE(data::read_cell(table.cell(i, 3), wanted));
    error += std::abs(rows[i].number - wanted) / 300;
  }
  BOOST_TEST(error < 0.2);
}

BOOST_AUTO_TEST_CASE(an_array_gives_what_a_table_gives) {
  TablePredictor predictor(train("y"), scheduler);
  write_bytes(path() / "new.csv", "a,b\n0.5,2\n-1,\n");
  write_bytes(path() / "new.npy", npy("<f8", "(2, 2)", bytes_of<double>({0.5, 2, -1, NAN})));
  const auto of_table = predictor.predict(data::Table(path() / "new.csv"));
  const auto of_array = predictor.predict(data::read_npy(path() / "new.npy"));
  for (std::size_t i = 0; i < 2; ++i) BOOST_TEST(of_table[i].number == of_array[i].number);
  write_bytes(path() / "new.npy", npy("<f8", "(4,)", bytes_of<double>({0.5, 2, -1, 3})));
  CHECK_FAILS(predictor.predict(data::read_npy(path() / "new.npy")), "has the shape [4], the network reads [N, 2]");
}

BOOST_AUTO_TEST_CASE(a_file_that_does_not_fit_together_is_an_error) {
  const std::filesystem::path model = train("kind");
  BOOST_TEST(is_table_model(model));
  BOOST_TEST(!is_table_model(path() / "t.csv"));
  const auto changed = [&](const std::string& key, const std::string& value) {
    files::TensorFile file = files::read_safetensors(model);
    file.metadata[key] = value;
    if (value.empty()) file.metadata.erase(key);
    files::write_safetensors(path() / "bad.safetensors", file);
    return TablePredictor(path() / "bad.safetensors", scheduler).recipe().target;
  };
  BOOST_TEST(changed("step", "1") == "kind");
  CHECK_FAILS(changed("table", ""), "bad.safetensors: it does not read the rows of a table");
  CHECK_FAILS(changed("table", "{}"), "bad.safetensors: its recipe of a table has no 'columns'");
  CHECK_FAILS(changed("model", "cnn"), "its network 'cnn' does not read the rows of a table");
  CHECK_FAILS(changed("hidden", "17"), "its tensor 'fc1.weight' is [16, 2], expected [17, 2]");
  CHECK_FAILS(changed("hidden", "16,16"), "its tensor 'fc2.weight' is");
  CHECK_FAILS(changed("hidden", "many"), "whole numbers");
  const std::string table = files::read_safetensors_metadata(model).at("table");
  CHECK_FAILS(changed("table", table.substr(0, table.size() - 3) + ",\"more\"]}}"), "its tensor 'fc2.");
  files::TensorFile less = files::read_safetensors(model);
  less.tensors.erase("fc1.bias");
  files::write_safetensors(path() / "bad.safetensors", less);
  CHECK_FAILS(TablePredictor(path() / "bad.safetensors", scheduler), "it has no tensor 'fc1.bias'");
}

BOOST_AUTO_TEST_SUITE_END()
