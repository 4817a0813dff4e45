#include "examples/apps/train/cached_features.h"

#include <backflow/graph/error.h>

namespace backflow {
namespace {

/// Of an image, without the batch.
Shape feature_shape(const models::FineTuning& tuning, const models::InputSpec& input) {
  const Shape shape = tuning.features_of(input);
  require(!shape.empty() && shape[0] == 1, "--cache-features: the frozen layers mix the images of a batch");
  return {shape.begin() + 1, shape.end()};
}

class FeaturesFirst final : public Job {
 public:
  FeaturesFirst(CachedFeatures& features, std::unique_ptr<Job> job, std::function<void()> computed,
                std::function<bool()> interrupted)
      : features_(features),
        job_(std::move(job)),
        computed_(std::move(computed)),
        interrupted_(std::move(interrupted)) {}

  Flow* next() override {
    if (!is_computed_ && !(interrupted_ && interrupted_())) {
      if (Flow* flow = features_.next()) return flow;
      computed_();
      is_computed_ = true;
    }
    return job_->next();
  }
  void report(JobProgress& progress) const override {
    if (is_computed_) job_->report(progress);
  }
  std::size_t memory_bytes() const override { return job_->memory_bytes(); }

 private:
  CachedFeatures& features_;
  std::unique_ptr<Job> job_;
  std::function<void()> computed_;
  std::function<bool()> interrupted_;
  bool is_computed_ = false;
};

}  // namespace

CachedFeatures::CachedFeatures(const models::FineTuning& tuning, const models::InputSpec& input,
                               const data::Split& data, Scheduler& scheduler, Precision precision)
    : scheduler_(scheduler),
      precision_(precision),
      before_(models::on_images_of(*data.train, tuning.features(), input)),
      network_(tuning.behind_features()),
      frozen_(tuning.frozen()) {
  const Shape shape = feature_shape(tuning, input);
  const auto add = [&](const std::shared_ptr<const data::Dataset>& images) {
    if (!images) return std::shared_ptr<data::FeatureDataset>();
    return parts_.emplace_back(Part{images, std::make_shared<data::FeatureDataset>(*images, shape), {}}).features;
  };
  features_ = {.train = add(data.train), .test = add(data.test), .kind = data.kind, .validation = add(data.validation)};
}

void CachedFeatures::take_weights(const Store& store) {
  for (const std::string& name : frozen_) weights_.assign(name, store.plain(name));
  weights_.freeze();
  for (Part& part : parts_)
    part.computing = std::make_unique<train::Features>(before_, *part.images, weights_, scheduler_, precision_);
}

Flow* CachedFeatures::next() {
  for (Part& part : parts_) {
    if (!part.computing) continue;
    if (Flow* flow = part.computing->next(*part.features)) return flow;
    part.computing.reset();
  }
  return nullptr;
}

std::size_t CachedFeatures::memory_bytes(const models::FineTuning& tuning, const models::InputSpec& input,
                                         const data::Split& data) {
  const auto numbers = static_cast<std::size_t>(elements(feature_shape(tuning, input)));
  const models::Network before = models::on_images_of(*data.train, tuning.features(), input);
  const std::size_t validation = data.validation ? data.validation->size() : 0;
  return (data.train->size() + data.test->size() + validation) * numbers * sizeof(float) +
         (data.validation ? 3 : 2) * train::Features::memory_bytes(before, *data.train);
}

std::unique_ptr<Job> after_features(CachedFeatures& features, std::unique_ptr<Job> job, std::function<void()> computed,
                                    std::function<bool()> interrupted) {
  return std::make_unique<FeaturesFirst>(features, std::move(job), std::move(computed), std::move(interrupted));
}

}  // namespace backflow
