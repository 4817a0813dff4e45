// The recipe of a table in a model's metadata.
#include <backflow/runtime/data/table_recipe.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  fuzz::accepts<Error>([&] {
    const data::TableRecipe recipe = data::table_recipe(text);
    const std::string json = data::to_json(recipe);
    if (data::to_json(data::table_recipe(json)) != json) fuzz::found("another recipe when read again");
    const std::vector<float> cells(recipe.columns.size());
    std::vector<float> features(recipe.features());
    data::to_features(recipe, cells, features);
  });
  return 0;
}
