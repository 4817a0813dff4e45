// What a run of `explain` was asked for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <backflow/runtime/explain/options.h>
#include "examples/apps/common/model_options.h"

namespace backflow {

struct ExplainSettings : ModelOptions {
  std::string model;
  std::vector<std::string> photos, classes, layers;
  std::vector<std::string> methods{"grad-cam", "integrated", "smoothgrad"};  // or all
  explain::ExplainOptions options;
  std::int64_t score_steps = 56;  // 0: no scores
  std::int64_t random_maps = 4;
};

/// All that decides the results; equal settings give equal files.
nlohmann::ordered_json to_json(const ExplainSettings& settings);

}  // namespace backflow
