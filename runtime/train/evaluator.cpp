#include <backflow/runtime/train/evaluator.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/accuracy.h>
#include <backflow/ops/mse_loss.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/attack/steps.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/robust_step.h>

namespace backflow::train {
namespace {

/// Of the attacks' starts: each sample has its own, the same in every evaluation.
constexpr std::uint64_t kAttackSeed = 1;

BuildBatch evaluation(const models::Network& network, const data::Dataset& data,
                      const std::optional<attack::Threat>& threat) {
  std::optional<Adversary> adversary;
  if (threat) adversary.emplace(*threat, data);
  return [network, adversary](Graph& g, Value images, Value labels) {
    g.set_mode(Mode::prediction);
    const Value outputs = network(images);
    for (std::size_t n = 0; n < g.size(); ++n)
      require(g.node(n).role != Role::update || !g.node(n).op, "[evaluate] node '", g.node(n).name,
              "' of the network writes: an evaluation only reads");
    if (labels.spec().type == Type::f32) {
      g.output("loss", mse_loss(outputs, labels));
      g.output("predictions", outputs);
      return;
    }
    g.output("logits", outputs);
    g.output("loss", softmax_cross_entropy(outputs, labels));
    g.output("accuracy", accuracy(outputs, labels));
    if (!adversary) return;
    const Value attacked = attacked_logits(network, *adversary, images, labels, kEvaluationAttackSteps);
    g.output("robust_accuracy", accuracy(attacked, labels));
  };
}

/// Of large images few at a time, so that memory is bounded.
std::int64_t batch_of(const data::Dataset& data, std::int64_t given) {
  constexpr std::int64_t most = 500, numbers = 1 << 24;
  const std::int64_t of_one = std::max<std::int64_t>(elements(data.input_shape()), 1);
  return given > 0 ? given : std::clamp<std::int64_t>(numbers / of_one, 1, most);
}

}  // namespace

RegressionSums::RegressionSums(const data::Dataset& data)
    : data_(data),
      target_(static_cast<std::size_t>(data.target_count())),
      stddev_(data.target_standardization().stddev),
      sums_(target_.size()) {
  if (stddev_.empty()) stddev_.assign(target_.size(), 1);
}

void RegressionSums::add(std::span<const float> predictions) {
  for (std::size_t i = 0; i < predictions.size(); ++sample_) {
    data_.read_target(sample_, target_);
    for (std::size_t t = 0; t < target_.size(); ++t, ++i) {
      const double target = target_[t], error = predictions[i] - target;
      Sums& s = sums_[t];
      s.absolute += std::abs(error);
      s.squared += error * error;
      s.targets += target;
      s.target_squares += target * target;
    }
  }
}

RegressionErrors RegressionSums::errors() const {
  RegressionErrors result;
  const auto n = static_cast<double>(std::max<std::size_t>(sample_, 1));
  double squared = 0;
  for (std::size_t t = 0; t < sums_.size(); ++t) {
    const Sums& s = sums_[t];
    const double spread = s.target_squares - s.targets * s.targets / n, unit = stddev_[t];
    result.mae += unit * s.absolute / n;
    squared += unit * unit * s.squared / n;
    result.r2 += spread > 0 ? 1 - s.squared / spread : 0;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(sums_.size(), 1));
  return {result.mae / count, std::sqrt(squared / count), result.r2 / count};
}

Evaluator::Evaluator(const models::Network& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
                     std::int64_t batch)
    : Evaluator(network, data, store, scheduler, EvaluatorOptions{.batch = batch}) {}

Evaluator::Evaluator(const models::Network& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
                     const EvaluatorOptions& options)
    : data_(data),
      threat_(options.threat),
      batches_(data, batch_of(data, options.batch), 0, false),
      loop_(batches_, evaluation(network, data, options.threat), store, scheduler, {.name = "evaluate"}) {}

std::size_t Evaluator::memory_bytes(const models::Network& network, const data::Dataset& data, std::int64_t batch) {
  return memory_bytes(network, data, EvaluatorOptions{.batch = batch});
}

std::size_t Evaluator::memory_bytes(const models::Network& network, const data::Dataset& data,
                                    const EvaluatorOptions& options) {
  return BatchLoop::memory_bytes(data::Batches(data, batch_of(data, options.batch), 0, false),
                                 evaluation(network, data, options.threat));
}

Evaluation Evaluator::run() {
  start();
  while (Flow* flow = next()) flow->run();
  return total_;
}

void Evaluator::start() {
  loop_.seek(0, 0);
  total_ = {};
  errors_.reset();
  std::fill(counts_.begin(), counts_.end(), Counts());
  if (data_.target_count() > 0) errors_.emplace(data_);
  flow_ = nullptr;
  done_ = 0;
}

Flow* Evaluator::next() {
  if (flow_) end_batch();
  if (done_ < batches()) return begin_batch();
  flow_ = nullptr;
  total_.loss /= static_cast<double>(data_.size());
  total_.accuracy /= static_cast<double>(data_.size());
  if (total_.robust_accuracy) *total_.robust_accuracy /= static_cast<double>(data_.size());
  if (errors_) total_.regression = errors_->errors();
  std::int64_t there = 0;
  for (const Counts& c : counts_) {
    if (c.labels + c.answers == 0) continue;
    ++there;
    total_.f1 += 2.0 * static_cast<double>(c.right) / static_cast<double>(c.labels + c.answers);
  }
  total_.f1 /= static_cast<double>(std::max<std::int64_t>(there, 1));
  return nullptr;
}

Flow* Evaluator::begin_batch() {
  flow_ = &loop_.begin();
  if (flow_->has_input(kAttackKeys)) {
    const auto first = static_cast<std::int64_t>(loop_.index()) * batches_.size_of(0);
    attack::write_keys(flow_->input(kAttackKeys).as<std::int32_t>(), kAttackSeed, first, 0);
  }
  return flow_;
}

void Evaluator::end_batch() {
  const auto size = static_cast<double>(loop_.batch_size());
  total_.loss += size * flow_->scalar("loss");
  if (errors_)
    errors_->add(flow_->output("predictions"));
  else
    end_batch_of_classes(size);
  loop_.end();
  ++done_;
}

void Evaluator::end_batch_of_classes(double size) {
  total_.accuracy += size * flow_->scalar("accuracy");
  if (flow_->has_input(kAttackKeys))
    total_.robust_accuracy = total_.robust_accuracy.value_or(0) + size * flow_->scalar("robust_accuracy");
  const std::span<const float> logits = flow_->output("logits");
  const std::span<const std::int32_t> labels = loop_.labels();
  count(logits, labels);
  if (observer_) observer_(logits, labels);
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
