// Methods that differentiate the logit by the image.
#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>
#include <backflow/runtime/explain/methods.h>
#include <backflow/runtime/explain/planes.h>
#include <backflow/runtime/explain/quadrature.h>

namespace backflow::explain {
namespace {

/// "seed" all zero but for `weight` of the target's logit.
void write_seed(Flow& flow, std::int64_t row, const Subject& s, float weight) {
  if (!flow.has_input("seed")) return;  // no logit depends on what is looked at
  Tensor& seed = flow.input("seed");
  const std::int64_t classes = seed.shape()[1];
  const auto own = seed.as().subspan(static_cast<std::size_t>(row * classes), static_cast<std::size_t>(classes));
  std::fill(own.begin(), own.end(), 0.0F);
  own[static_cast<std::size_t>(s.target)] = weight;
}

/// The output "total" of each run, added up in double.
class Total {
 public:
  explicit Total(const Context& c) : sum_(static_cast<std::size_t>(elements(c.flows.image()))) {}

  void add(const Flow& flow) {
    const auto total = flow.output("total");
    for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += static_cast<double>(total[i]);
  }
  double operator[](std::size_t i) const { return sum_[i]; }

 private:
  std::vector<double> sum_;
};

Tensor pixel_values(const Context& c) { return Tensor(Spec{{c.channels(), c.height(), c.width()}}); }

Tensor enlarged(const Context& c, const Tensor& places) {
  const Plane small{places.shape()[0], places.shape()[1], {places.as().begin(), places.as().end()}};
  return {Shape{c.height(), c.width()}, resized(small, c.height(), c.width()).values};
}

}  // namespace

Attribution plain_gradient(const Context& c, const Subject& s, Method method) {
  Flow& flow = method == Method::guided ? c.flows.guided() : c.flows.gradient();
  write_input(flow, "image", s.x);
  write_seed(flow, 0, s, 1);
  flow.run();
  Attribution a = begun(s, method);
  a.values = pixel_values(c);
  const auto gradient = flow.output("gradient");
  std::copy(gradient.begin(), gradient.end(), a.values.as().begin());
  if (method == Method::gradient_x_input) {
    for (std::size_t i = 0; i < s.x.size(); ++i) a.values.as()[i] *= s.x[i];
    a.has_sign = true;
  }
  a.map = a.has_sign ? channel_sum(a.values) : channel_max(a.values);
  if (c.after_run) c.after_run(1);
  return a;
}

Attribution smoothgrad(const Context& c, const Subject& s) {
  Flow& flow = c.flows.noisy();
  write_input(flow, "image", s.x);
  const auto [low, high] = std::minmax_element(s.x.begin(), s.x.end());
  flow.input("stddev").as()[0] = static_cast<float>(c.options.noise * (static_cast<double>(*high) - *low));
  Total total(c);
  run_batches(
      c, flow, c.options.samples,
      [&](std::int64_t row, std::int64_t copy) {
        const auto key = flow.input("keys").as<std::int32_t>().subspan(static_cast<std::size_t>(4 * row), 4);
        const std::uint64_t seed = c.options.seed;
        const std::uint32_t words[] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                                       stream_of("smoothgrad"),
                                       static_cast<std::uint32_t>(std::max<std::int64_t>(copy, 0))};
        std::transform(std::begin(words), std::end(words), key.begin(),
                       [](std::uint32_t w) { return static_cast<std::int32_t>(w); });
        write_seed(flow, row, s, copy < 0 ? 0.0F : 1.0F);
      },
      [&](std::int64_t, std::int64_t) { total.add(flow); });
  Attribution a = begun(s, Method::smoothgrad);
  a.values = pixel_values(c);
  for (std::size_t i = 0; i < s.x.size(); ++i)
    a.values.as()[i] = static_cast<float>(total[i] / static_cast<double>(c.options.samples));
  a.map = channel_max(a.values);
  return a;
}

Attribution integrated(const Context& c, const Subject& s, Flow& forward) {
  const std::vector<float> baseline = baseline_of(c, s, c.options.baseline);
  Flow& flow = c.flows.path();
  write_input(flow, "image", s.x);
  write_input(flow, "baseline", baseline);
  const auto points = gauss_legendre(c.options.steps);
  Total total(c);
  run_batches(
      c, flow, c.options.steps,
      [&](std::int64_t row, std::int64_t copy) {
        const QuadraturePoint p = copy < 0 ? QuadraturePoint() : points[static_cast<std::size_t>(copy)];
        flow.input("share").as()[static_cast<std::size_t>(row)] = static_cast<float>(p.at);
        write_seed(flow, row, s, static_cast<float>(p.weight));
      },
      [&](std::int64_t, std::int64_t) { total.add(flow); });
  Attribution a = begun(s, Method::integrated);
  a.values = pixel_values(c);
  a.has_sign = true;
  a.completeness = Completeness{};
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    const double value = (static_cast<double>(s.x[i]) - baseline[i]) * total[i];
    a.values.as()[i] = static_cast<float>(value);
    a.completeness->sum += value;
  }
  a.map = channel_sum(a.values);
  write_input(forward, "image", baseline);
  forward.run();
  a.completeness->difference = s.logit - forward.output("logits")[static_cast<std::size_t>(s.target)];
  return a;
}

std::vector<Attribution> class_activation_maps(const Context& c, const Subject& s,
                                               const std::vector<std::string>& layers) {
  Flow& flow = c.flows.cams(layers);
  write_input(flow, "image", s.x);
  write_seed(flow, 0, s, 1);
  flow.run();
  std::vector<Attribution> result;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Attribution a = begun(s, Method::grad_cam);
    a.layer = layers[i];
    const Shape& shape = c.flows.places(layers[i]);
    a.values = Tensor(shape, flow.output(str_cat("cam", i)));
    a.cell = std::max(static_cast<double>(c.height()) / static_cast<double>(shape[0]),
                      static_cast<double>(c.width()) / static_cast<double>(shape[1]));
    a.map = enlarged(c, a.values);
    result.push_back(std::move(a));
  }
  if (c.after_run) c.after_run(1);
  return result;
}

}  // namespace backflow::explain
