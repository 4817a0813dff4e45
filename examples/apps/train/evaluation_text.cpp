#include "examples/apps/train/evaluation_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace backflow {

std::string quality_text(const train::Evaluation& e) {
  if (!e.regression) return fmt::format("test accuracy {:.2f} %", 100 * e.accuracy);
  return fmt::format("test MAE {:.4g}, RMSE {:.4g}, R² {:.4f}", e.regression->mae, e.regression->rmse,
                     e.regression->r2);
}

std::string evaluation_text(const train::Evaluation& e) {
  return fmt::format("test loss {:.4f}  {}", e.loss, quality_text(e));
}

void write_epoch(train::MetricsFile& metrics, std::int64_t epoch, double train_loss, const train::Evaluation& e) {
  if (!e.regression)
    metrics.write({{"epoch", epoch}, {"train_loss", train_loss}, {"test_loss", e.loss}, {"test_accuracy", e.accuracy}});
  else
    metrics.write({{"epoch", epoch},
                   {"train_loss", train_loss},
                   {"test_loss", e.loss},
                   {"test_mae", e.regression->mae},
                   {"test_rmse", e.regression->rmse},
                   {"test_r2", e.regression->r2}});
}

std::string evaluation_json(const train::Evaluation& e) {
  nlohmann::json json{{"loss", e.loss}};
  if (e.regression) {
    json["mae"] = e.regression->mae;
    json["rmse"] = e.regression->rmse;
    json["r2"] = e.regression->r2;
  } else {
    json["accuracy"] = e.accuracy;
  }
  return json.dump();
}

}  // namespace backflow
