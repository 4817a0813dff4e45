#include <backflow/runtime/train/features.h>

#include <algorithm>

#include <backflow/graph/error.h>

namespace backflow::train {

namespace {

BuildBatch computing(const models::Network& network) {
  return [network](Graph& g, Value images, Value) {
    g.set_mode(Mode::prediction);
    g.output("features", network(images));
  };
}

}  // namespace

Features::Features(const models::Network& network, const data::Dataset& data, Store& weights, Scheduler& scheduler,
                   Precision precision, std::int64_t batch)
    : batches_(data, batch, 0, false),
      loop_(batches_, computing(network), weights, scheduler, {.name = "features", .precision = precision}) {}

std::size_t Features::memory_bytes(const models::Network& network, const data::Dataset& data, std::int64_t batch) {
  return BatchLoop::memory_bytes(data::Batches(data, batch, 0, false), computing(network));
}

void Features::run(data::FeatureDataset& to) {
  while (Flow* flow = next(to)) flow->run();
}

Flow* Features::next(data::FeatureDataset& to) {
  if (flow_) {
    const auto values = flow_->output("features");
    require(written_ + values.size() <= to.values.size(), "[features] there are more numbers than room for them");
    std::copy(values.begin(), values.end(), to.values.begin() + static_cast<std::ptrdiff_t>(written_));
    written_ += values.size();
    loop_.end();
    ++done_;
  }
  flow_ = done_ < batches() ? &loop_.begin() : nullptr;
  return flow_;
}

}  // namespace backflow::train
