// Methods that hide pixels and look at what becomes of the class, and the scores that do the same with a map.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/runtime/explain/methods.h>

namespace backflow::explain {
namespace {

std::size_t pixels(const Context& c) { return static_cast<std::size_t>(c.height() * c.width()); }

/// Row `row` of the input "mask", [height, width].
std::span<float> mask_row(const Context& c, Flow& flow, std::int64_t row) {
  return flow.input("mask").as().subspan(static_cast<std::size_t>(row) * pixels(c), pixels(c));
}

/// The target's entry in a row of an output [B, K].
double of_target(const Context& c, const std::string& output, const Subject& s, std::int64_t row) {
  return c.flows.masked().output(output)[static_cast<std::size_t>(row * c.flows.classes() + s.target)];
}

Flow& masked(const Context& c, const Subject& s, Baseline baseline) {
  Flow& flow = c.flows.masked();
  write_input(flow, "image", s.x);
  write_input(flow, "baseline", baseline_of(c, s, baseline));
  return flow;
}

template <class Visit>
void each_pixel(const Context& c, const Window& w, Visit visit) {
  for (std::int64_t y = w.top; y < w.bottom; ++y)
    for (std::int64_t x = w.left; x < w.right; ++x) visit(static_cast<std::size_t>(y * c.width() + x));
}

/// The map [height, width] is all that the method gives.
Attribution with_map(const Context& c, Attribution a, const std::vector<double>& map, bool has_sign, double cell) {
  a.map = Tensor(Spec{{c.height(), c.width()}});
  std::transform(map.begin(), map.end(), a.map.as().begin(), [](double v) { return static_cast<float>(v); });
  a.values = reordered(a.map, Layout());
  a.has_sign = has_sign;
  a.cell = cell;
  return a;
}

/// Pixels by what the map says, the largest first; of equal ones the first.
std::vector<std::size_t> ordered(std::span<const float> map) {
  std::vector<std::size_t> order(map.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return map[a] > map[b]; });
  return order;
}

/// The probability when the first pixels of `order`, more with each step, are `first` (1: seen, 0: hidden) and all
/// others the opposite.
Curve curve(const Context& c, const Subject& s, const std::vector<std::size_t>& order, std::int64_t steps,
            Baseline baseline, float first) {
  Flow& flow = masked(c, s, baseline);
  Curve result;
  run_batches(
      c, flow, steps + 1,
      [&](std::int64_t row, std::int64_t step) {
        const auto mask = mask_row(c, flow, row);
        std::fill(mask.begin(), mask.end(), 1 - first);
        const std::size_t count =
            order.size() * static_cast<std::size_t>(std::max<std::int64_t>(step, 0)) / static_cast<std::size_t>(steps);
        for (std::size_t i = 0; i < count; ++i) mask[order[i]] = first;
      },
      [&](std::int64_t rows, std::int64_t) {
        for (std::int64_t row = 0; row < rows; ++row)
          result.probability.push_back(of_target(c, "probabilities", s, row));
      });
  const auto& p = result.probability;
  result.area = (std::accumulate(p.begin(), p.end(), 0.0) - (p.front() + p.back()) / 2) / static_cast<double>(steps);
  return result;
}

}  // namespace

Attribution occlusion(const Context& c, const Subject& s) {
  Flow& flow = masked(c, s, c.options.baseline);
  const WindowSize size = window_size(c.options, c.height(), c.width());
  const auto all = windows(size, c.height(), c.width());
  std::vector<double> sums(pixels(c)), counts(pixels(c));
  run_batches(
      c, flow, static_cast<std::int64_t>(all.size()),
      [&](std::int64_t row, std::int64_t copy) {
        const auto mask = mask_row(c, flow, row);
        std::fill(mask.begin(), mask.end(), 1.0F);
        if (copy >= 0) each_pixel(c, all[static_cast<std::size_t>(copy)], [&](std::size_t i) { mask[i] = 0; });
      },
      [&](std::int64_t rows, std::int64_t first) {
        for (std::int64_t row = 0; row < rows; ++row) {
          const double drop = s.logit - of_target(c, "logits", s, row);
          each_pixel(c, all[static_cast<std::size_t>(first + row)], [&](std::size_t i) {
            sums[i] += drop;
            ++counts[i];
          });
        }
      });
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] /= std::max(counts[i], 1.0);
  return with_map(c, begun(s, Method::occlusion), sums, true, static_cast<double>(size.stride));
}

Attribution rise(const Context& c, const Subject& s) {
  Flow& flow = masked(c, s, c.options.baseline);
  std::vector<double> sums(pixels(c));
  run_batches(
      c, flow, c.options.masks,
      [&](std::int64_t row, std::int64_t copy) {
        if (copy >= 0)
          random_mask(c.options, static_cast<std::uint32_t>(copy), c.height(), c.width(), mask_row(c, flow, row));
      },
      [&](std::int64_t rows, std::int64_t) {
        for (std::int64_t row = 0; row < rows; ++row) {
          const double p = of_target(c, "probabilities", s, row);
          const auto mask = mask_row(c, flow, row);
          for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += p * static_cast<double>(mask[i]);
        }
      });
  const double scale = c.options.keep * static_cast<double>(c.options.masks);
  for (double& v : sums) v /= scale;
  const auto shorter = static_cast<double>(std::min(c.height(), c.width()));
  return with_map(c, begun(s, Method::rise), sums, false, shorter / static_cast<double>(c.options.cells) / 2);
}

Faithfulness scores(const Context& c, const Subject& s, std::span<const float> map, std::int64_t steps) {
  const auto order = ordered(map);
  return {.deletion = curve(c, s, order, steps, Baseline::mean, 0),
          .insertion = curve(c, s, order, steps, Baseline::blur, 1)};
}

}  // namespace backflow::explain
