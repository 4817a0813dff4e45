#include <backflow/runtime/explain/attribution.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/explain/methods.h>

namespace backflow::explain {
namespace {

bool needs_gradient(Method method) { return method != Method::occlusion && method != Method::rise; }

}  // namespace

struct Explainer::Impl {
  Impl(const models::Model& m, Scheduler& scheduler, ExplainOptions o)
      : model(m), options(std::move(o)), flows(m, scheduler, options.batch) {}

  /// The image as the network reads it, and what the network makes of it.
  Subject subject(const image::Image& picture, std::int64_t target) {
    require(target >= 0 && target < flows.classes(), "[explain] there is no class ", target,
            "; the network has classes 0 … ", flows.classes() - 1);
    Subject s{.target = target, .x = standardized(picture)};
    run_forward(s.x);
    s.logit = flows.forward().output("logits")[static_cast<std::size_t>(target)];
    s.probability = flows.forward().output("probabilities")[static_cast<std::size_t>(target)];
    return s;
  }

  std::vector<float> standardized(const image::Image& picture) const {
    std::vector<float> x(static_cast<std::size_t>(elements(flows.image())));
    models::to_input(models::fitted(picture, model.input()), model.input(), x);
    return x;
  }

  void run_forward(const std::vector<float>& x) {
    std::copy(x.begin(), x.end(), flows.forward().input("image").as().begin());
    flows.forward().run();
    for (const float v : flows.forward().output("logits"))
      require(std::isfinite(v), "[explain] the network's logits have the value ", v);
  }

  Context context() { return {model.input(), options, flows, after_run}; }

  const models::Model& model;
  ExplainOptions options;
  NetworkFlows flows;
  std::function<void(std::int64_t)> after_run = nullptr;
};

Explainer::Explainer(const models::Model& model, Scheduler& scheduler, ExplainOptions options) {
  check(options);
  impl_ = std::make_unique<Impl>(model, scheduler, std::move(options));
}
Explainer::~Explainer() = default;
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;

std::int64_t Explainer::classes() const { return impl_->flows.classes(); }

std::vector<float> Explainer::probabilities(const image::Image& picture) {
  impl_->run_forward(impl_->standardized(picture));
  const auto p = impl_->flows.forward().output("probabilities");
  return {p.begin(), p.end()};
}

const std::vector<std::string>& Explainer::layers() const { return impl_->flows.layers(); }

std::string Explainer::obstacle(Method method) const {
  const NetworkFlows& flows = impl_->flows;
  if (needs_gradient(method) && !flows.no_gradient().empty())
    return str_cat(name_of(method), " needs the network's gradient: ", flows.no_gradient());
  if (method == Method::guided && !flows.has_rectifier()) return "guided needs a network with ReLUs, this one has none";
  if (method == Method::grad_cam && layers().empty())
    return "grad-cam needs a layer with places, [1, C, h, w], this network has none";
  return "";
}

Attribution Explainer::attribution(const image::Image& picture, std::int64_t target, Method method) {
  require(obstacle(method).empty(), "[explain] ", obstacle(method));
  if (method == Method::grad_cam) {
    const std::string& layer = impl_->options.layer;
    return std::move(grad_cam(picture, target, {layer.empty() ? layers().back() : layer}).front());
  }
  const Subject s = impl_->subject(picture, target);
  const Context context = impl_->context();
  switch (method) {
    case Method::smoothgrad:
      return smoothgrad(context, s);
    case Method::integrated:
      return integrated(context, s, impl_->flows.forward());
    case Method::occlusion:
      return occlusion(context, s);
    case Method::rise:
      return rise(context, s);
    default:
      return plain_gradient(context, s, method);
  }
}

std::vector<Attribution> Explainer::grad_cam(const image::Image& picture, std::int64_t target,
                                             const std::vector<std::string>& layers) {
  require(obstacle(Method::grad_cam).empty(), "[explain] ", obstacle(Method::grad_cam));
  require(!layers.empty(), "[explain] grad-cam needs at least one layer");
  return class_activation_maps(impl_->context(), impl_->subject(picture, target), layers);
}

Faithfulness Explainer::faithfulness(const image::Image& picture, std::int64_t target, std::span<const float> map,
                                     std::int64_t steps) {
  const Shape& shape = impl_->flows.image();
  require(static_cast<std::int64_t>(map.size()) == shape[2] * shape[3], "[explain] a map needs a number for each of ",
          shape[2], " × ", shape[3], " pixels, got ", map.size());
  require(steps >= 1 && steps <= shape[2] * shape[3], "[explain] steps need to be in 1 … ", shape[2] * shape[3],
          ", got ", steps);
  return scores(impl_->context(), impl_->subject(picture, target), map, steps);
}

void Explainer::after_run(std::function<void(std::int64_t)> call) { impl_->after_run = std::move(call); }

std::int64_t Explainer::copies(Method method) const {
  const ExplainOptions& o = impl_->options;
  const Shape& shape = impl_->flows.image();
  switch (method) {
    case Method::smoothgrad:
      return o.samples;
    case Method::integrated:
      return o.steps;
    case Method::occlusion:
      return static_cast<std::int64_t>(windows(window_size(o, shape[2], shape[3]), shape[2], shape[3]).size());
    case Method::rise:
      return o.masks;
    default:
      return 1;
  }
}

Attribution attribution(const models::Model& model, const image::Image& picture, std::int64_t target, Method method,
                        Scheduler& scheduler, const ExplainOptions& options) {
  return Explainer(model, scheduler, options).attribution(picture, target, method);
}

}  // namespace backflow::explain
