#include "examples/apps/train/class_weights.h"

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/subset.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/files/parse_number.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

/// The weights of classes in "1,2.5"; empty if one is none.
std::vector<float> numbers_of(const std::string& text) {
  std::vector<float> numbers;
  for (const std::string& part : parts_of(text)) {
    float number = 0;
    if (!files::read_number(part, number) || !std::isfinite(number) || number < 0) return {};
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::vector<float> class_weights_of(const TrainSettings& s, const data::Dataset& data) {
  if (s.class_weighting == "none") return {};
  if (data.target_count() > 0) throw UsageError("--class-weights is for classes, but a number is predicted");
  const auto classes = static_cast<std::size_t>(data.class_count());
  std::vector<float> weights = numbers_of(s.class_weighting);
  if (s.class_weighting == "balanced") {
    for (std::size_t n : data::class_sizes(data))  // a class without samples has no say
      weights.push_back(n > 0 ? static_cast<float>(data.size()) / static_cast<float>(classes * n) : 0);
  }
  if (weights.size() != classes)
    throw UsageError(str_cat("--class-weights has ", weights.size(), " numbers for ", classes, " classes"));
  return weights;
}

TrainSettings with_weights_of_file(TrainSettings s) {
  const std::string& text = s.class_weighting;
  if (text == "none" || text == "balanced" || !numbers_of(text).empty()) return s;
  std::string lines;
  try {
    lines = files::read_text(text);
  } catch (const Error& e) {
    throw UsageError(
        str_cat("--class-weights needs none, balanced, numbers such as 1,2.5, or a file with a number in each "
                "line: ",
                e.what()));
  }
  while (lines.ends_with('\n')) lines.pop_back();
  std::replace(lines.begin(), lines.end(), '\n', ',');
  if (numbers_of(lines).empty())
    throw UsageError(str_cat("--class-weights: '", text, "' needs a number ≥ 0 in each line, the class 0 first"));
  s.class_weighting = lines;
  return s;
}

}  // namespace backflow
