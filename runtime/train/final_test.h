// The test set at the end of a run: loss, accuracy, and a report of each class.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <backflow/runtime/train/classification_report.h>
#include <backflow/runtime/train/jobs.h>

namespace backflow::train {

/// After training that was robust the samples are attacked too.
EvaluatorOptions final_evaluation(const TrainOptions& options);

class FinalTest {
 public:
  /// What is given must outlive it. `data` is what `evaluator` measures on, or the images that its features are of.
  FinalTest(Evaluator& evaluator, const data::Dataset& data);

  void run();
  /// The same as a job; `done` is called on a worker.
  std::unique_ptr<Job> job(std::function<void()> done);

  const Evaluation& evaluation() const { return evaluator_.result(); }
  /// Of classes; null of a regression.
  const ClassificationReport* report() const { return report_ ? &*report_ : nullptr; }
  /// What report.txt has.
  std::string text() const;
  /// Writes report.json, report.txt and, if there are any and they are grey or colour images, the most confident
  /// mistakes as mistakes.png. `epoch` is the one whose weights were measured.
  void write(const std::filesystem::path& folder, std::int64_t epoch) const;

 private:
  void write_mistakes(const std::filesystem::path& file) const;

  Evaluator& evaluator_;
  const data::Dataset& data_;
  std::optional<ClassificationReport> report_;  // of classes
};

}  // namespace backflow::train
