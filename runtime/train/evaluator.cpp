#include "runtime/train/evaluator.h"

#include "ops/accuracy.h"
#include "ops/softmax_cross_entropy.h"

namespace backflow {
namespace {

BuildBatch evaluation(const Network& network) {
  return [network](Graph& g, Value images, Value labels) {
    const Value logits = network(images);
    g.output("loss", softmax_cross_entropy(logits, labels));
    g.output("accuracy", accuracy(logits, labels));
  };
}

}  // namespace

Evaluator::Evaluator(const Network& network, const Dataset& data, Store& store, Scheduler& scheduler,
                     std::int64_t batch)
    : batches_(data, batch, 0, false), loop_(batches_, evaluation(network), store, scheduler, {.name = "evaluate"}) {}

Evaluation Evaluator::run() {
  Evaluation total;
  std::int64_t samples = 0;
  loop_.seek(0, 0);
  while (loop_.epoch() == 0) {
    Flow& flow = loop_.flow();
    const auto size = static_cast<double>(loop_.batch_size());
    samples += loop_.batch_size();
    loop_.run();
    total.loss += size * flow.scalar("loss");
    total.accuracy += size * flow.scalar("accuracy");
  }
  total.loss /= static_cast<double>(samples);
  total.accuracy /= static_cast<double>(samples);
  return total;
}

}  // namespace backflow
