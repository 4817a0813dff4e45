#include "examples/support/dreams.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "examples/support/jobs_file.h"
#include "graph/error.h"
#include "runtime/files/safetensors.h"
#include "runtime/image/grid.h"
#include "runtime/image/png.h"
#include "runtime/train/snapshot.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr int kCell = 112;  // pixels of a picture on a contact sheet

std::vector<Dream> dreams_of(const JobSpec& spec, const Split& data, const std::shared_ptr<DreamNetworks>& networks) {
  const DreamOptions options = dream_options(spec.preset, data.train, spec.options);
  std::vector<Dream> dreams;
  for (const std::string& objective : spec.objectives) dreams.emplace_back(networks, objective, options);
  return dreams;
}

std::string name_of(const Dream& dream) { return file_name(parse_objective(dream.objective())); }

/// One picture after the other.
class DreamsJob final : public Job {
 public:
  DreamsJob(std::vector<Dream> dreams, fs::path out, Scheduler& scheduler)
      : dreams_(std::move(dreams)), out_(std::move(out)), scheduler_(scheduler) {}

  Flow* next() override {
    while (at_ < dreams_.size()) {
      if (!job_) job_ = dreams_[at_].job(scheduler_);
      if (Flow* flow = job_->next()) return flow;
      job_.reset();
      write_png(out_ / (name_of(dreams_[at_]) + ".png"), dreams_[at_].image());
      ++at_;
    }
    write_sheet();
    return nullptr;
  }

  void report(JobProgress& progress) const override {
    progress.done = progress.total = 0;
    for (const Dream& dream : dreams_) {
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
    GridOptions options;
    std::vector<Image> pictures;
    for (const Dream& dream : dreams_) {
      pictures.push_back(enlarged(dream.image(), kCell));
      options.labels.push_back(name_of(dream));
    }
    write_png(out_ / "contact_sheet.png", grid(pictures, options));
  }

  std::vector<Dream> dreams_;
  fs::path out_;
  Scheduler& scheduler_;
  std::size_t at_ = 0;
  std::unique_ptr<Job> job_;
};

}  // namespace

std::shared_ptr<DreamNetworks> dream_networks(const TrainSettings& settings, const Dataset& data) {
  const auto channels = static_cast<std::size_t>(data.image[0]);
  return std::make_shared<DreamNetworks>(
      DreamNetwork{.build =
                       [architecture = train_network(settings.model, settings.hidden, data.classes)](Value image) {
                         NetworkBuilder builder(*image.graph);
                         const Value logits = architecture.build(builder, image);
                         return Classifier{logits, builder.layers()};
                       },
                   .mean = std::vector<float>(channels, data.mean),
                   .deviation = std::vector<float>(channels, data.deviation)});
}

void load_weights(DreamNetworks& networks, const fs::path& model) {
  for (const auto& [name, tensor] : read_safetensors(model).tensors)
    if (is_parameter(name)) networks.weights().assign(name, tensor);
}

DreamOptions dream_options(const std::string& preset_name, const Dataset& data, const std::string& changes) {
  const DreamOptions base = preset(preset_name, data.image[2], data.image[1]);
  if (changes.empty()) return base;
  nlohmann::json all = nlohmann::json::parse(to_json(base));
  all.merge_patch(nlohmann::json::parse(changes));
  DreamOptions options = dream_options_from_json(all.dump());
  check(options);
  return options;
}

std::size_t check_dreams(const JobSpec& spec, const Split& data) {
  std::size_t most = 0;
  for (const Dream& dream : dreams_of(spec, data, dream_networks(spec.train, data.train)))
    most = std::max(most, dream.memory_bytes());
  return most;
}

std::unique_ptr<Job> dreams_job(const JobSpec& spec, const Split& data, const fs::path& model, Scheduler& scheduler) {
  auto networks = dream_networks(spec.train, data.train);
  load_weights(*networks, model);
  return std::make_unique<DreamsJob>(dreams_of(spec, data, networks), spec.out, scheduler);
}

Image enlarged(const Image& picture, int side) {
  const int factor = std::max(1, (side + picture.width - 1) / picture.width);
  Image result = blank_image(picture.width * factor, picture.height * factor);
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) std::copy_n(picture.at(x / factor, y / factor), 3, result.at(x, y));
  return result;
}

}  // namespace backflow
