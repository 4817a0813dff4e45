// Loss and accuracy of a classifier on a whole data set.
#pragma once

#include "runtime/models/networks.h"
#include "runtime/train/batch_loop.h"

namespace backflow {

struct Evaluation {
  double loss = 0;      // mean over all samples
  double accuracy = 0;  // share of right answers
};

class Evaluator {
 public:
  /// Compiled once, run as often as wanted with the parameters that `store` then has.
  Evaluator(const Network& network, const Dataset& data, Store& store, Scheduler& scheduler, std::int64_t batch = 500);
  Evaluation run();

 private:
  Batches batches_;
  BatchLoop loop_;
};

}  // namespace backflow
