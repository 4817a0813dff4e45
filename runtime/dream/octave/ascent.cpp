#include <backflow/runtime/dream/octave/ascent.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <backflow/graph/gradient.h>
#include <backflow/ops/add.h>
#include <backflow/ops/ascend.h>
#include <backflow/ops/ascent_direction.h>
#include <backflow/ops/assign.h>
#include <backflow/ops/blur.h>
#include <backflow/ops/l1_loss.h>
#include <backflow/ops/laplacian_normalize.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/normalize_gradient.h>
#include <backflow/ops/sample_dot.h>
#include <backflow/ops/total_variation.h>

namespace backflow::dream {
namespace {

/// [1, 1, H, W], 1 in the outer tenth.
std::vector<float> border(std::int64_t height, std::int64_t width) {
  std::vector<float> mask;
  const std::int64_t rows = (height + 9) / 10, columns = (width + 9) / 10;
  for (std::int64_t h = 0; h < height; ++h)
    for (std::int64_t w = 0; w < width; ++w)
      mask.push_back(h < rows || h >= height - rows || w < columns || w >= width - columns ? 1.0F : 0.0F);
  return mask;
}

Value square_sum(Value x) { return sample_dot(x, x); }

AscendOptions bounds_of(const DreamOptions& o) {
  AscendOptions a{.decay = o.decay, .toward = o.parameterization == Parameterization::pixels ? o.toward : 0};
  if (o.parameterization == Parameterization::pixels && o.clamp) {
    a.low = 0;
    a.high = 1;
  }
  return a;
}

}  // namespace

std::vector<WeightedTerm> append_regularizers(Value pixels, const DreamOptions& o) {
  Graph& g = *pixels.graph;
  std::vector<WeightedTerm> result;
  if (o.tv > 0) result.push_back({total_variation(pixels), -o.tv});
  const float count = static_cast<float>(elements(pixels.shape()));
  if (o.l1 > 0) result.push_back({l1_loss(pixels, g.constant("grey", pixels.spec(), filled(0.5F))), -o.l1 * count});
  if (o.l2 == 0 && o.boundary == 0) return result;
  const Value off_grey = add(pixels, g.constant("minus_grey", {{1}}, filled(-0.5F)));
  if (o.l2 > 0) result.push_back({square_sum(off_grey), -o.l2});
  if (o.boundary == 0) return result;
  const std::int64_t height = pixels.shape()[2], width = pixels.shape()[3];
  const Value mask = g.constant("border", {{1, 1, height, width}}, from_values(border(height, width)));
  result.push_back({square_sum(multiply(off_grey, mask)), -o.boundary});
  return result;
}

Value pixel_gradient(const std::vector<WeightedTerm>& terms, Value pixels) {
  std::vector<Value> outputs, seeds;
  for (const WeightedTerm& c : terms) {
    outputs.push_back(c.value);
    seeds.push_back(pixels.graph->constant("weight", c.value.spec(), filled(c.weight)));
  }
  return gradient(outputs, {pixels}, seeds)[0];
}

Value shaped_gradient(Value g, const DreamOptions& o) {
  RoleScope scope(*g.graph, Role::backward);
  const float widest = std::max(o.gradient_blur, o.gradient_blur_end);
  if (widest > 0) g = blur(g, g.graph->input("gradient_sigma", {{1}}), {.max_sigma = widest, .name = "gradient_blur"});
  if (o.normalize == Normalize::laplacian) g = laplacian_normalize(g);
  if (o.normalize == Normalize::mean) g = normalize_gradient(g, {.by = NormalizeBy::mean_abs});
  if (o.normalize == Normalize::rms) g = normalize_gradient(g, {.by = NormalizeBy::rms});
  if (o.clip > 0) g = normalize_gradient(g, {.by = NormalizeBy::norm, .limit = o.clip, .name = "clip_gradient"});
  return g;
}

Value parameter_gradient(const DecodedImage& p, Value g) {
  return p.pixels == p.parameter ? g : gradient({p.pixels}, {p.parameter}, {g})[0];
}

void append_ascent(const DecodedImage& p, Value g, const DreamOptions& o) {
  Graph& graph = *g.graph;
  if (o.optimizer != Optimizer::ascent) {
    using Kind = AscentDirectionOptions::Kind;
    const Kind kind = o.optimizer == Optimizer::momentum ? Kind::momentum
                      : o.optimizer == Optimizer::adam   ? Kind::adam
                                                         : Kind::nadam;
    g = ascent_direction(g, graph.input("step", {{1}}), "image", {.kind = kind, .beta1 = o.momentum});
  }
  const Value moved = ascend(p.parameter, g, graph.input("rate", {{1}}), bounds_of(o));
  const float widest = std::max(o.blur, o.blur_end);
  if (o.blur_every == 0 || widest == 0) return;
  const Value sigma = graph.input("blur_sigma", {{1}});
  RoleScope scope(graph, Role::update);
  assign(moved, blur(moved, sigma, {.max_sigma = widest, .name = "image_blur"}));
}

StepValues values_of(const DreamOptions& o, std::int64_t step) {
  const double t = o.steps > 1 ? static_cast<double>(step) / static_cast<double>(o.steps - 1) : 0;
  auto between = [](float from, float to, double share) {
    return static_cast<float>(double{from} + (double{to} - double{from}) * share);
  };
  const double way = o.schedule == Schedule::cosine ? (1 - std::cos(std::numbers::pi * t)) / 2 : t;
  StepValues v{between(o.learning_rate, o.learning_rate_end, way), between(o.gradient_blur, o.gradient_blur_end, t), 0};
  if (o.blur_every > 0 && (step + 1) % o.blur_every == 0) v.blur_sigma = between(o.blur, o.blur_end, t);
  return v;
}

void write_values(Flow& flow, const DreamOptions& o, std::int64_t step, std::int64_t step_of_octave) {
  const StepValues v = values_of(o, step);
  auto write = [&](const char* name, float value) {
    if (flow.has_input(name)) flow.input(name).as()[0] = value;
  };
  write("rate", v.rate);
  write("gradient_sigma", v.gradient_sigma);
  write("blur_sigma", v.blur_sigma);
  write("step", static_cast<float>(step_of_octave + 1));
}

}  // namespace backflow::dream
