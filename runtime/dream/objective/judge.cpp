#include <backflow/runtime/dream/objective/judge.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/resize.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {
namespace {

constexpr std::int64_t kUsualSize = 224;

std::int64_t length_of(std::int64_t wanted, std::int64_t own) {
  return wanted > 0 ? wanted : own > 0 ? own : kUsualSize;
}

/// softmax, in double.
std::vector<double> softmax(std::span<const float> logits) {
  const double most = *std::max_element(logits.begin(), logits.end());
  std::vector<double> p(logits.size());
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] = std::exp(static_cast<double>(logits[i]) - most);
  for (double& v : p) v /= sum;
  return p;
}

}  // namespace

Judge::Judge(const models::Model& model, Scheduler& scheduler, std::int64_t height, std::int64_t width)
    : input_(model.input()), height_(length_of(height, input_.height)), width_(length_of(width, input_.width)) {
  Graph graph;
  const Value logits =
      model.build(graph.input("image", {.shape = {1, input_.channels, height_, width_}, .image = true})).logits;
  graph.output("logits", logits);
  classes_ = logits.shape()[1];
  flow_ = std::make_unique<Flow>(graph, store_, scheduler, FlowOptions{.name = "judge"});
}

std::vector<double> Judge::probabilities(const image::Image& picture) {
  const int width = static_cast<int>(width_), height = static_cast<int>(height_);
  const bool fits = picture.width == width && picture.height == height;
  models::to_input(fits ? picture : image::resize(picture, width, height), input_, flow_->input("image").as());
  flow_->run();
  return softmax(flow_->output("logits"));
}

Verdict Judge::verdict(const image::Image& picture, std::int64_t wanted) {
  require(wanted >= 0 && wanted < classes_, "[judge] there is no class ", wanted, "; the network has classes 0 … ",
          classes_ - 1);
  const std::vector<double> p = probabilities(picture);
  const double own = p[static_cast<std::size_t>(wanted)];
  const auto best = std::max_element(p.begin(), p.end());
  const auto better = std::count_if(p.begin(), p.end(), [own](double v) { return v > own; });
  return {own, better + 1, best - p.begin(), *best};
}

}  // namespace backflow::dream
