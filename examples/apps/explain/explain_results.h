// What `explain` found: the figures as JSON and as text, and the pictures side by side.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/image/image.h>

namespace backflow {

struct ExplainedMap {
  explain::Attribution attribution;
  std::string stem;  // of its files
  std::optional<explain::Faithfulness> scores = {};
  image::Image overlay = {};
};

/// Of one class in one photo.
struct Explanation {
  std::string photo, folder, label;
  std::int64_t target = 0;
  double probability = 0, logit = 0;
  image::Image shown = {};
  std::vector<ExplainedMap> maps = {};
  std::vector<explain::Faithfulness> random = {};  // of maps of chance
};

/// Means of the areas below the curves.
struct Scores {
  double deletion = 0, insertion = 0;
};
Scores mean_scores(const std::vector<explain::Faithfulness>& all);

nlohmann::ordered_json to_json(const Explanation& explanation);
/// A table with a line for each map.
std::string text_of(const Explanation& explanation);

/// The photo and the overlays, each with its name and scores.
image::Image contact_sheet(const Explanation& explanation);
/// A row for each explanation.
image::Image contact_sheet(const std::vector<Explanation>& explanations);

}  // namespace backflow
