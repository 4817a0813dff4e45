#include "examples/apps/explain/explain_settings.h"

#include <backflow/runtime/explain/option_table.h>

namespace backflow {

nlohmann::ordered_json to_json(const ExplainSettings& s) {
  explain::ExplainOptions options = s.options;
  nlohmann::ordered_json j{{"model", s.model}};
  for (const auto& [name, value] :
       {std::pair("arch", s.arch), std::pair("pixels", s.pixels()), std::pair("labels", s.labels)})
    if (!value.empty()) j[name] = value;
  j["photos"] = s.photos;
  j["classes"] = s.classes;
  j["methods"] = s.methods;
  j["layers"] = s.layers;
  j["options"] = nlohmann::ordered_json::parse(files::to_json(explain::table(options)));
  j["options"].erase("layer");
  j["score_steps"] = s.score_steps;
  j["random_maps"] = s.random_maps;
  return j;
}

}  // namespace backflow
