#include <backflow/runtime/train/final_test.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/train/evaluation_text.h>

namespace backflow::train {

namespace fs = std::filesystem;

EvaluatorOptions final_evaluation(const TrainOptions& options) {
  EvaluatorOptions result;
  if (is_robust(options)) result.threat = attack::parse_threat(options.robust, "robust");
  return result;
}

FinalTest::FinalTest(Evaluator& evaluator, const data::Dataset& data) : evaluator_(evaluator), data_(data) {
  if (data.target_count() > 0) return;
  report_.emplace(data.class_count(), data.class_names());
  evaluator_.observe(
      [this](std::span<const float> logits, std::span<const std::int32_t> labels) { report_->add(logits, labels); });
}

void FinalTest::run() { evaluator_.run(); }

std::unique_ptr<Job> FinalTest::job(std::function<void()> done) {
  return std::make_unique<EvaluateJob>(evaluator_, [done = std::move(done)](const Evaluation&) { done(); });
}

std::string FinalTest::text() const {
  if (!report_) return quality_text(evaluation()) + "\n";
  if (!evaluation().robust_accuracy) return report_->text();
  return report_->text() + fmt::format("\nrobust accuracy {:.2f} % within {}, by {} steps of projected ascent\n",
                                       100 * *evaluation().robust_accuracy, attack::to_string(*evaluator_.threat()),
                                       kEvaluationAttackSteps);
}

void FinalTest::write(const fs::path& folder, std::int64_t epoch) const {
  const auto json = report_ ? nlohmann::ordered_json::parse(report_->json()) : nlohmann::ordered_json::object();
  nlohmann::ordered_json all{{"epoch", epoch}};
  all.update(nlohmann::ordered_json::parse(evaluation_json(evaluation())));
  if (evaluator_.threat()) all["threat"] = attack::to_string(*evaluator_.threat());
  all.update(json);
  files::write_file(folder / "report.json", all.dump() + "\n");
  files::write_file(folder / "report.txt", text());
  if (report_) write_mistakes(folder / "mistakes.png");
}

void FinalTest::write_mistakes(const fs::path& file) const {
  const Shape shape = data_.input_shape();
  const auto mistakes = report_->mistakes();
  std::error_code ignored;
  fs::remove(file, ignored);  // of a run that this one replaces
  if (mistakes.empty() || shape.size() != 3 || (shape[0] != 1 && shape[0] != 3)) return;
  std::vector<image::Image> pictures;
  image::GridOptions options{.gap = 8};
  std::vector<float> input(static_cast<std::size_t>(elements(shape)));
  for (const Mistake& m : mistakes) {
    data_.read(static_cast<std::size_t>(m.sample), 0, input);
    pictures.push_back(image::visible(models::picture_of(input, data_)));
    options.labels.push_back(
        fmt::format("{} {:.3f}\nis {}", report_->name_of(m.answer), m.probability, report_->name_of(m.label)));
  }
  image::write_png(file, grid(pictures, options));
}

}  // namespace backflow::train
