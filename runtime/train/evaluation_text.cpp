#include <backflow/runtime/train/evaluation_text.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace backflow::train {

std::string quality_text(const Evaluation& e) {
  if (e.robust_accuracy)
    return fmt::format("accuracy {:.2f} %, robust accuracy {:.2f} %", 100 * e.accuracy, 100 * *e.robust_accuracy);
  if (!e.regression) return fmt::format("accuracy {:.2f} %", 100 * e.accuracy);
  return fmt::format("MAE {:.4g}, RMSE {:.4g}, R² {:.4f}", e.regression->mae, e.regression->rmse, e.regression->r2);
}

std::string evaluation_text(const Evaluation& e, const std::string& part) {
  return fmt::format("{} loss {:.4f}  {} {}", part, e.loss, part, quality_text(e));
}

void write_epoch(MetricsFile& metrics, std::int64_t epoch, double train_loss, const Evaluation& e, bool validates) {
  const Metric number("epoch", epoch), before("train_loss", train_loss),
      loss(validates ? "val_loss" : "test_loss", e.loss);
  if (e.regression)
    metrics.write({number,
                   before,
                   loss,
                   {validates ? "val_mae" : "test_mae", e.regression->mae},
                   {validates ? "val_rmse" : "test_rmse", e.regression->rmse},
                   {validates ? "val_r2" : "test_r2", e.regression->r2}});
  else if (validates)
    metrics.write({number, before, loss, {"val_accuracy", e.accuracy}, {"val_f1", e.f1}});
  else
    metrics.write({number, before, loss, {"test_accuracy", e.accuracy}});
}

std::string evaluation_json(const Evaluation& e) {
  nlohmann::json json{{"loss", e.loss}};
  if (e.regression) {
    json["mae"] = e.regression->mae;
    json["rmse"] = e.regression->rmse;
    json["r2"] = e.regression->r2;
  } else {
    json["accuracy"] = e.accuracy;
  }
  if (e.robust_accuracy) json["robust_accuracy"] = *e.robust_accuracy;
  return json.dump();
}

}  // namespace backflow::train
