#include "examples/apps/train/train_memory.h"

#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/train/final_test.h>
#include "examples/apps/common/memory_limit.h"

namespace backflow {
namespace {

/// What a run of that size would hold where.
void say_memory(const TrainSettings& s, const RunNetwork& network, const data::Split& data, std::size_t needed) {
  MemoryReport report = train::Trainer::planned_memory(network.training, *data.train, s);
  if (needed > report.total) {
    report.held.push_back({"smaller last batch, evaluation", 1, needed - report.total});
    report.total = needed;
  }
  std::cout << to_string(report) << std::flush;
}

}  // namespace

std::size_t train_memory(const TrainSettings& settings, const RunNetwork& network, const data::Split& data) {
  const std::size_t features =
      settings.cache_features ? CachedFeatures::memory_bytes(*network.tuning, network.input, data) : 0;
  std::size_t evaluation = train::Evaluator::memory_bytes(network.prediction, *data.test);
  if (is_robust(settings))
    evaluation += train::Evaluator::memory_bytes(network.prediction, *data.test, train::final_evaluation(settings));
  if (data.validation) evaluation += train::Evaluator::memory_bytes(network.prediction, *data.validation);
  return features + train::Trainer::memory_bytes(network.training, *data.train, settings) + evaluation;
}

void check_memory(const TrainProgram& p, const TrainSettings& s, const RunNetwork& network, const data::Split& data) {
  const std::size_t limit = memory_limit(p.max_memory), needed = limit > 0 ? train_memory(s, network, data) : 0;
  if (needed > limit && p.memory_report) say_memory(s, network, data, needed);
  require(needed <= limit, "the run needs ", mebibytes(needed), ", the limit is ", mebibytes(limit),
          p.max_memory ? " (--max-memory)" : ", most of what the machine has left");
}

}  // namespace backflow
