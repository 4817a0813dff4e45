#include <backflow/runtime/explain/methods.h>

#include <algorithm>
#include <cmath>

#include <backflow/runtime/explain/planes.h>

namespace backflow::explain {
namespace {

constexpr double kBlurShare = 1.0 / 20;  // of the shorter side

/// [C, H, W] of one colour in 0 … 1.
std::vector<float> plain_colour(const Context& c, float colour) {
  std::vector<float> values;
  for (std::int64_t k = 0; k < c.channels(); ++k) {
    const auto i = static_cast<std::size_t>(k);
    values.insert(values.end(), static_cast<std::size_t>(c.height() * c.width()),
                  (colour - c.input.mean[i]) / c.input.stddev[i]);
  }
  return values;
}

std::vector<float> blurred_copy(const Context& c, const std::vector<float>& x) {
  const std::size_t size = static_cast<std::size_t>(c.height() * c.width());
  const double sigma = kBlurShare * static_cast<double>(std::min(c.height(), c.width()));
  std::vector<float> result;
  for (auto plane = x.begin(); plane != x.end(); plane += static_cast<std::ptrdiff_t>(size)) {
    const Plane soft = blurred({c.height(), c.width(), {plane, plane + static_cast<std::ptrdiff_t>(size)}}, sigma);
    result.insert(result.end(), soft.values.begin(), soft.values.end());
  }
  return result;
}

/// [H, W] of [C, H, W], pixel by pixel.
template <class Combine>
Tensor over_channels(const Tensor& values, Combine combine) {
  const Shape& s = values.shape();
  const auto size = static_cast<std::size_t>(s[1] * s[2]);
  Tensor map({{s[1], s[2]}});
  for (std::size_t i = 0; i < values.as().size(); ++i) combine(map.as()[i % size], values.as()[i]);
  return map;
}

}  // namespace

Attribution begun(const Subject& s, Method method) {
  return {.method = method, .target = s.target, .logit = s.logit, .probability = s.probability};
}

std::vector<float> baseline_of(const Context& c, const Subject& s, Baseline baseline) {
  if (baseline == Baseline::black) return plain_colour(c, 0);
  if (baseline == Baseline::white) return plain_colour(c, 1);
  if (baseline == Baseline::blur) return blurred_copy(c, s.x);
  return std::vector<float>(s.x.size());
}

Tensor channel_sum(const Tensor& values) {
  return over_channels(values, [](float& sum, float v) { sum += v; });
}

Tensor channel_max(const Tensor& values) {
  return over_channels(values, [](float& most, float v) { most = std::max(most, std::abs(v)); });
}

void write_input(Flow& flow, const std::string& name, std::span<const float> values) {
  if (flow.has_input(name)) std::copy(values.begin(), values.end(), flow.input(name).as().begin());
}

void run_batches(const Context& c, Flow& flow, std::int64_t count,
                 const std::function<void(std::int64_t, std::int64_t)>& prepare,
                 const std::function<void(std::int64_t, std::int64_t)>& take) {
  const std::int64_t batch = c.flows.batch();
  for (std::int64_t first = 0; first < count; first += batch) {
    const std::int64_t rows = std::min(batch, count - first);
    for (std::int64_t row = 0; row < batch; ++row) prepare(row, row < rows ? first + row : -1);
    flow.run();
    take(rows, first);
    if (c.after_run) c.after_run(rows);
  }
}

}  // namespace backflow::explain
