#include <backflow/runtime/models/predictor.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/softmax.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::models {

Graph& Predictor::build(const Model& model, Graph& g) {
  const InputSpec& in = model.input();
  const Value logits =
      model.build(g.input("image", {.shape = {1, in.channels, picture_height(in), picture_width(in)}, .image = true}))
          .logits;
  g.output("logits", logits);
  g.output("probabilities", softmax(logits));
  return g;
}

Predictor::Predictor(const Model& model, Scheduler& scheduler)
    : input_(model.input()),
      flow_(build(model, graph_), store_, scheduler, {.name = "classify"}),
      classes_(graph_.outputs().at("logits").shape()[1]),
      targets_(model.targets()) {}

void Predictor::run(const image::Image& picture) {
  to_input(fitted(picture, input_), input_, flow_.input("image").as());
  flow_.run();
  for (float v : flow_.output("logits"))
    require(std::isfinite(v), "[classify] the network's ", predicts_numbers() ? "results" : "logits",
            " have the value ", v);
}

std::vector<double> Predictor::numbers(const image::Image& picture) {
  require(predicts_numbers(), "[predict] the network tells classes apart");
  run(picture);
  const auto results = flow_.output("logits");
  std::vector<double> numbers(results.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<double>(results[i]) * targets_.stddev[i] + targets_.mean[i];
  return numbers;
}

std::span<const float> Predictor::probabilities(const image::Image& picture) {
  require(!predicts_numbers(), "[classify] the network predicts a number, it knows no classes; predict applies it");
  run(picture);
  return flow_.output("probabilities");
}

std::vector<ClassProbability> Predictor::top(const image::Image& picture, std::int64_t most) {
  const auto p = probabilities(picture);
  std::vector<ClassProbability> all(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) all[i] = {static_cast<std::int64_t>(i), p[i]};
  const auto count = std::min(static_cast<std::size_t>(std::max<std::int64_t>(most, 0)), all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [](const ClassProbability& a, const ClassProbability& b) {
                      return a.probability != b.probability ? a.probability > b.probability : a.index < b.index;
                    });
  all.resize(count);
  return all;
}

}  // namespace backflow::models
