// One run of `explain`: all photos, classes and methods.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <backflow/runtime/explain/attribution.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/common/run_lock.h"
#include "examples/apps/common/steps_line.h"
#include "examples/apps/explain/explain_folder.h"
#include "examples/apps/explain/explain_results.h"

namespace backflow {

struct ExplainProgram {
  ExplainSettings settings;
  std::filesystem::path out;
  int threads = 0;
  bool overwrite = false, json = false, quiet = false;
};

class ExplainRun {
 public:
  /// Throws a UsageError or an Error for all that can be known before the first picture.
  explicit ExplainRun(ExplainProgram program);

  /// The status with which the program ends. A photo that cannot be read does not keep the others from being explained.
  int run();

 private:
  void choose_methods();
  void choose_layers();
  void choose_labels();
  std::vector<std::int64_t> targets_of(const std::vector<float>& probabilities) const;
  std::int64_t copies_of_class() const;

  void explain_photo(const std::string& photo);
  Explanation explained(const std::string& photo, const image::Image& picture, std::int64_t target,
                        const std::vector<float>& probabilities);
  void add_map(Explanation& e, const image::Image& picture, explain::Attribution attribution);
  void score(Explanation& e, const image::Image& picture);
  void report(Explanation e);
  void finish();

  ExplainProgram program_;
  ExplainSettings asked_;  // as given, for explanations.json
  std::unique_ptr<models::Model> model_;
  Scheduler scheduler_;
  std::unique_ptr<explain::Explainer> explainer_;
  std::vector<explain::Method> methods_;
  std::vector<std::string> labels_;
  std::vector<std::int64_t> classes_;
  std::optional<RunLock> lock_;
  std::unique_ptr<StepsLine> line_;
  std::int64_t copies_ = 0;
  PhotoFolders folders_;
  std::vector<Explanation> shown_;  // those of the sheet
  nlohmann::ordered_json found_ = nlohmann::ordered_json::array();
};

}  // namespace backflow
