#include <backflow/runtime/train/evaluator.h>

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
  flow_ = nullptr;
  done_ = 0;
}

Flow* Evaluator::next() {
  if (flow_) {
    const auto size = static_cast<double>(loop_.batch_size());
    total_.loss += size * flow_->scalar("loss");
    total_.accuracy += size * flow_->scalar("accuracy");
    loop_.end();
    ++done_;
  }
  if (done_ < batches()) return flow_ = &loop_.begin();
  flow_ = nullptr;
  total_.loss /= static_cast<double>(samples_);
  total_.accuracy /= static_cast<double>(samples_);
  return nullptr;
}

}  // namespace backflow::train
