// What an evaluation found, for people and for files of metrics.
#pragma once

#include <string>

#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/metrics.h>

namespace backflow::train {

/// "accuracy 91.20 %", after attacks with ", robust accuracy 72.70 %", or of a regression "MAE 3.1, RMSE 4.2, R² 0.87".
std::string quality_text(const Evaluation& e);
/// "test loss 0.3310  test accuracy 91.20 %", or with another word for what was measured.
std::string evaluation_text(const Evaluation& e, const std::string& part = "test");
/// The line of an epoch; numbers are called val_… if it `validates`, else test_….
void write_epoch(MetricsFile& metrics, std::int64_t epoch, double train_loss, const Evaluation& e, bool validates);
/// {"loss": …, "accuracy": …}, after attacks with robust_accuracy, or of a regression mae, rmse and r2 in place of the
/// accuracy.
std::string evaluation_json(const Evaluation& e);

}  // namespace backflow::train
