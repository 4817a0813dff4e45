// A job is cancelled in the middle of its run. A new one goes on from the last checkpoint, to the same weights as a job
// that nobody cancelled. Pausing needs no checkpoint.
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/jobs.h>

using namespace backflow;

namespace {

data::ImageDataset stripes() {
  data::ImageDataset data({1, 4, 4}, 4, {0.5F}, {0.5F});
  for (int i = 0; i < 800; ++i) {
    for (int p = 0; p < 16; ++p) data.images.push_back(static_cast<std::uint8_t>(p / 4 == i % 4 ? 250 : i * p % 128));
    data.labels.push_back(i % 4);
  }
  return data;
}

/// A training run with a checkpoint every ten steps.
struct Run {
  Run(const data::ImageDataset& data, Scheduler& s)
      : scheduler(s), trainer(models::mlp({32}, data.classes), data, store, s, {.epochs = 20, .batch = 40}) {}

  JobHandle start(const std::filesystem::path& checkpoint) {
    const auto after_step = [this, checkpoint](const train::StepReport& r) {
      if (r.step % 10 == 0) train::save_checkpoint(checkpoint, store, {{"step", std::to_string(r.step)}});
    };
    return scheduler.submit(
        std::make_unique<train::TrainJob>(trainer, nullptr, train::TrainHooks{.after_step = after_step}));
  }

  Scheduler& scheduler;
  Store store;
  train::Trainer trainer;
};

bool same(const Store& a, const Store& b) {
  for (const auto& [name, tensor] : a.tensors())
    if (std::memcmp(tensor.data(), b.at(name).data(), tensor.bytes()) != 0) return false;
  return true;
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / "backflow_cancel_and_resume";
  std::filesystem::create_directories(folder);
  const data::ImageDataset data = stripes();
  Scheduler scheduler;

  Run whole(data, scheduler);
  whole.start(folder / "whole.safetensors").wait();

  Run first(data, scheduler);
  JobHandle job = first.start(folder / "cancelled.safetensors");
  job.pause();  // and on again: no step is lost
  job.resume();
  while (job.status().progress.done < 100 && !has_ended(job.status().state)) job.wait_for(std::chrono::milliseconds(1));
  job.cancel();
  try {
    job.wait();
  } catch (const Error& e) {
    std::printf("%s\n", e.what());
  }

  Run second(data, scheduler);
  const auto metadata = train::load_checkpoint(folder / "cancelled.safetensors", second.store);
  second.trainer.resume(std::stoll(metadata.at("step")));
  std::printf("goes on after step %s\n", metadata.at("step").c_str());
  const JobStatus end = second.start(folder / "cancelled.safetensors").wait();
  std::printf("loss %.6f after step %ld; the weights are %s those of the run that was not cancelled\n",
              end.progress.at("loss"), static_cast<long>(end.progress.done),
              same(whole.store, second.store) ? "bit by bit" : "NOT");
  std::filesystem::remove_all(folder);
  return same(whole.store, second.store) ? 0 : 1;
}
