#include <backflow/runtime/dream/dream_plan.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/octave/octaves.h>
#include <backflow/runtime/flow/precision.h>

namespace backflow::dream {
namespace {

using Kind = ObjectiveTerm::Kind;

/// The terms of all networks in the order and the spelling of one of them.
std::string spelling_of(Objective objective, const std::vector<Objective>& resolved) {
  for (ObjectiveTerm& t : objective.terms)
    for (const ObjectiveTerm& r : resolved[0].terms)
      if (t.kind == Kind::class_logit && r.kind == t.kind && r.name == t.name) t.index = r.index;
  return to_string(objective);
}

void check_inputs(const DreamPlan& plan) {
  const DreamOptions& o = plan.options;
  require(o.start != Start::photo || plan.photo, "[dream] start photo needs a photo");
  for (const Objective& objective : plan.objectives)
    for (const ObjectiveTerm& t : objective.terms) {
      const bool guided =
          t.kind == Kind::guide || t.kind == Kind::caricature || t.kind == Kind::invert || t.kind == Kind::style;
      require(!guided || plan.guide, "[dream] ", plan.target, " needs a guide photo");
      const bool local =
          t.kind == Kind::class_logit || t.kind == Kind::layer || t.kind == Kind::channel || t.kind == Kind::direction;
      require(o.tile == 0 || local, "[dream] ", plan.target, " needs the whole image, not tiles");
      require(t.kind != Kind::diversity || o.variants > 1, "[dream] ", plan.target,
              " compares images: it needs at least two variants");
    }
}

/// The smallest image of these proportions whose smallest octave is seen with `least` pixels a side at every scale.
Shape smallest_image(const DreamOptions& options, std::int64_t least) {
  DreamOptions o = options;
  const std::int64_t shorter = std::min(options.height, options.width);
  const double scale = *std::ranges::min_element(o.scales);
  for (std::int64_t side = least;; ++side) {
    o.height = options.height * side / shorter;
    o.width = options.width * side / shorter;
    const Octave smallest = octaves_of(o).front();
    if (std::llround(static_cast<double>(std::min(smallest.height, smallest.width)) * scale) >= least)
      return {o.height, o.width};
  }
}

/// Every octave is built as a graph once, so that a size which a network cannot take is met before the first step.
void check_sizes(const DreamPlan& plan) {
  const Octave smallest = octaves_of(plan.options).front();
  for (double scale : plan.options.scales)
    for (std::size_t i = 0; i < plan.networks->size(); ++i) {
      const auto height = std::llround(static_cast<double>(smallest.height) * scale);
      const auto width = std::llround(static_cast<double>(smallest.width) * scale);
      try {
        plan.networks->names(i, height, width);
      } catch (const Error& e) {
        const std::int64_t works = plan.networks->smallest_size();
        const Shape least = works > 0 ? smallest_image(plan.options, works) : Shape{};
        fail("[dream] an image of ", plan.options.width, " × ", plan.options.height, " is seen at ", width, " × ",
             height, " in its smallest octave, which is too small for the network",
             works > 0 ? str_cat(" (it takes ", works, " × ", works, ": an image of ", least[1], " × ", least[0],
                                 " is the smallest that works)")
                       : "",
             ": ", e.what());
      }
    }
}

}  // namespace

DreamPlan plan_of(std::shared_ptr<DreamNetworks> networks, const std::string& text, DreamOptions options,
                  DreamInputs inputs) {
  check(options);
  options.precision = settled(options.precision);
  DreamPlan plan{std::move(networks),   {}, std::move(options), {}, std::move(inputs.photo), std::move(inputs.guide),
                 std::move(inputs.mask)};
  check_sizes(plan);
  const Objective objective = parse_objective(text);
  plan.objectives = resolved(objective, *plan.networks, plan.options.height, plan.options.width);
  plan.target = spelling_of(objective, plan.objectives);
  check_inputs(plan);
  return plan;
}

}  // namespace backflow::dream
