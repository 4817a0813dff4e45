#include <backflow/runtime/train/evaluator.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/accuracy.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::train {
namespace {

BuildBatch evaluation(const models::Network& network) {
  return [network](Graph& g, Value images, Value labels) {
    g.set_mode(Mode::prediction);
    const Value logits = network(images);
    for (std::size_t n = 0; n < g.size(); ++n)
      require(g.node(n).role != Role::update || !g.node(n).op, "[evaluate] node '", g.node(n).name,
              "' of the network writes: an evaluation only reads");
    g.output("logits", logits);
    g.output("loss", softmax_cross_entropy(logits, labels));
    g.output("accuracy", accuracy(logits, labels));
  };
}

}  // namespace

Evaluator::Evaluator(const models::Network& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
                     std::int64_t batch)
    : samples_(data.size()),
      batches_(data, batch, 0, false),
      loop_(batches_, evaluation(network), store, scheduler, {.name = "evaluate"}) {}

std::size_t Evaluator::memory_bytes(const models::Network& network, const data::Dataset& data, std::int64_t batch) {
  return BatchLoop::memory_bytes(data::Batches(data, batch, 0, false), evaluation(network));
}

Evaluation Evaluator::run() {
  start();
  while (Flow* flow = next()) flow->run();
  return total_;
}

void Evaluator::start() {
  loop_.seek(0, 0);
  total_ = {};
  std::fill(counts_.begin(), counts_.end(), Counts());
  flow_ = nullptr;
  done_ = 0;
}

Flow* Evaluator::next() {
  if (flow_) end_batch();
  if (done_ < batches()) return flow_ = &loop_.begin();
  flow_ = nullptr;
  total_.loss /= static_cast<double>(samples_);
  total_.accuracy /= static_cast<double>(samples_);
  for (const Counts& c : counts_)
    if (c.right > 0) total_.f1 += 2.0 * static_cast<double>(c.right) / static_cast<double>(c.labels + c.answers);
  total_.f1 /= static_cast<double>(counts_.size());
  return nullptr;
}

void Evaluator::end_batch() {
  const auto size = static_cast<std::size_t>(loop_.batch_size());
  total_.loss += static_cast<double>(size) * flow_->scalar("loss");
  total_.accuracy += static_cast<double>(size) * flow_->scalar("accuracy");
  const std::span<const float> logits = flow_->output("logits");
  const std::span<const std::int32_t> labels = loop_.labels();
  count(logits, labels);
  if (observer_) observer_(logits, labels);
  loop_.end();
  ++done_;
}

void Evaluator::count(std::span<const float> logits, std::span<const std::int32_t> labels) {
  const std::size_t classes = logits.size() / labels.size();
  counts_.resize(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = logits.subspan(i * classes, classes);
    const auto answer = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    const auto label = static_cast<std::size_t>(labels[i]);
    ++counts_[label].labels;
    ++counts_[answer].answers;
    if (answer == label) ++counts_[label].right;
  }
}

}  // namespace backflow::train
