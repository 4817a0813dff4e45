#include "examples/apps/train/dreams.h"

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "examples/apps/jobs/jobs_file.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr int kCell = 112;  // pixels of an image on a contact sheet

std::vector<dream::Dream> dreams_of(const JobSpec& spec, const models::InputSpec& input,
                                    const std::shared_ptr<dream::DreamNetworks>& networks) {
  const dream::DreamOptions options = dream_options(spec.preset, input, spec.options);
  std::vector<dream::Dream> dreams;
  for (const std::string& objective : spec.objectives) dreams.emplace_back(networks, objective, options);
  return dreams;
}

std::string image_name(const dream::Dream& dream) {
  return dream::file_name(dream::parse_objective(dream.objective()));
}

/// One image after the other.
class DreamsJob final : public Job {
 public:
  DreamsJob(std::vector<dream::Dream> dreams, fs::path out, Scheduler& scheduler)
      : dreams_(std::move(dreams)), out_(std::move(out)), scheduler_(scheduler) {}

  Flow* next() override {
    while (at_ < dreams_.size()) {
      if (!job_) job_ = dreams_[at_].job(scheduler_);
      if (Flow* flow = job_->next()) return flow;
      job_.reset();
      image::write_png(out_ / (image_name(dreams_[at_]) + ".png"), dreams_[at_].image());
      ++at_;
    }
    write_sheet();
    return nullptr;
  }

  void report(JobProgress& progress) const override {
    progress.done = progress.total = 0;
    for (const dream::Dream& dream : dreams_) {
      progress.done += dream.steps();
      progress.total += dream.options().steps;
    }
    if (at_ >= dreams_.size()) return;
    const auto metrics = dreams_[at_].metrics();
    if (metrics.empty()) return;
    progress.set("objective", metrics.back().objective);
    if (metrics.back().probability >= 0) progress.set("probability", metrics.back().probability);
  }

 private:
  void write_sheet() const {
    image::GridOptions options;
    std::vector<image::Image> pictures;
    for (const dream::Dream& dream : dreams_) {
      pictures.push_back(enlarged(dream.image(), kCell));
      options.labels.push_back(image_name(dream));
    }
    image::write_png(out_ / "contact_sheet.png", grid(pictures, options));
  }

  std::vector<dream::Dream> dreams_;
  fs::path out_;
  Scheduler& scheduler_;
  std::size_t at_ = 0;
  std::unique_ptr<Job> job_;
};

}  // namespace

std::shared_ptr<dream::DreamNetworks> dream_networks(const RunNetwork& network) {
  return std::make_shared<dream::DreamNetworks>(
      dream::DreamNetwork{.build =
                              [architecture = network.architecture](Value image) {
                                models::NetworkBuilder builder(*image.graph);
                                const Value logits = architecture.build(builder, image);
                                return models::Classifier{logits, builder.layers()};
                              },
                          .mean = network.input.mean,
                          .stddev = network.input.stddev});
}

dream::DreamOptions dream_options(const std::string& preset_name, const models::InputSpec& input,
                                  const std::string& changes) {
  const dream::DreamOptions base = dream::preset(preset_name, input.width, input.height);
  if (changes.empty()) return base;
  const dream::DreamOptions options = dream::dream_options_from_json(changes, base);
  check(options);
  return options;
}

std::size_t check_dreams(const JobSpec& spec, const RunNetwork& network) {
  require(!network.input.mean.empty(), "dreams need a network that reads images, this one reads the rows of a table");
  std::size_t most = 0;
  for (const dream::Dream& dream : dreams_of(spec, network.input, dream_networks(network)))
    most = std::max(most, dream.memory_bytes());
  return most;
}

std::unique_ptr<Job> dreams_job(const JobSpec& spec, const RunNetwork& network, const fs::path& model,
                                Scheduler& scheduler) {
  auto networks = dream_networks(network);
  train::load_weights(model, networks->weights());
  return std::make_unique<DreamsJob>(dreams_of(spec, network.input, networks), spec.out, scheduler);
}

image::Image enlarged(const image::Image& picture, int side) {
  const int factor = std::max(1, (side + picture.width - 1) / picture.width);
  image::Image result = image::blank_image(picture.width * factor, picture.height * factor);
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) std::copy_n(picture.at(x / factor, y / factor), 3, result.at(x, y));
  return result;
}

}  // namespace backflow
