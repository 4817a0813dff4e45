#include "examples/apps/train/run_events.h"

#include <backflow/graph/error.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/train/checkpoint.h>

namespace backflow {
namespace {

namespace fs = std::filesystem;

fs::path cleared(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return folder;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out.tfevents.")) fs::remove(entry.path(), ignored);
  return folder;
}

}  // namespace

RunEvents::RunEvents(const fs::path& folder, std::optional<std::int64_t> first_step)
    : file_(first_step ? folder : cleared(folder), first_step) {}

void RunEvents::add_step(const train::StepReport& r) {
  const std::scoped_lock lock(mutex_);
  file_.add_scalar("train/loss", r.step, r.loss);
  file_.add_scalar("train/learning_rate", r.step, r.learning_rate);
}

void RunEvents::add_epoch(const train::EpochReport& report, const Store& store) {
  const std::scoped_lock lock(mutex_);
  const train::Evaluation& e = report.evaluation;
  const std::int64_t step = report.last.step;
  const std::string part = report.validates ? "validation/" : "test/";
  file_.add_scalar("train/epoch_loss", step, report.train_loss);
  file_.add_scalar(part + "loss", step, e.loss);
  if (e.regression) {
    file_.add_scalar(part + "mae", step, e.regression->mae);
    file_.add_scalar(part + "rmse", step, e.regression->rmse);
    file_.add_scalar(part + "r2", step, e.regression->r2);
  } else {
    file_.add_scalar(part + "accuracy", step, e.accuracy);
    file_.add_scalar(part + "f1", step, e.f1);
  }
  for (const auto& [name, tensor] : store.tensors())
    if (train::is_weight(name)) file_.add_histogram(name, step, store.plain(name).as());
}

void RunEvents::add_image(const std::string& name, std::int64_t step, const image::Image& image) {
  const std::vector<std::byte> png = image::encode_png(image);
  const std::scoped_lock lock(mutex_);
  file_.add_image(name, step, png, image.width, image.height);
}

}  // namespace backflow
