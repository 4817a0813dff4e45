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

void RunEvents::add_epoch(const train::StepReport& r, double train_loss, const train::Evaluation& e, bool validates,
                          const Store& store) {
  const std::scoped_lock lock(mutex_);
  const std::string part = validates ? "validation/" : "test/";
  file_.add_scalar("train/epoch_loss", r.step, train_loss);
  file_.add_scalar(part + "loss", r.step, e.loss);
  if (e.regression) {
    file_.add_scalar(part + "mae", r.step, e.regression->mae);
    file_.add_scalar(part + "rmse", r.step, e.regression->rmse);
    file_.add_scalar(part + "r2", r.step, e.regression->r2);
  } else {
    file_.add_scalar(part + "accuracy", r.step, e.accuracy);
    file_.add_scalar(part + "f1", r.step, e.f1);
  }
  for (const auto& [name, tensor] : store.tensors())
    if (train::is_weight(name)) file_.add_histogram(name, r.step, store.plain(name).as());
}

void RunEvents::add_image(const std::string& name, std::int64_t step, const image::Image& image) {
  const std::vector<std::byte> png = image::encode_png(image);
  const std::scoped_lock lock(mutex_);
  file_.add_image(name, step, png, image.width, image.height);
}

}  // namespace backflow
