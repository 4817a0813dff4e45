#include <backflow/runtime/dream/octave/octave_runner.h>

#include <algorithm>

#include <backflow/runtime/dream/image/parameterization.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/dream/octave/octave_runners.h>
#include <backflow/runtime/flow/flow_memory.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {

std::vector<RandomKey> DreamPlan::keys() const {
  std::vector<RandomKey> result;
  for (std::int64_t n = 0; n < options.variants; ++n) result.push_back(RandomKey::of(options.seed, target, n));
  return result;
}

void make_states(const DreamPlan& plan, const Octave& octave, Store& own) {
  const Spec spec{parameter_shape(plan.options, plan.pixels(octave))};
  const Layout layout = lies_in_pixels(plan.options) ? Layout::nhwc() : Layout();
  own.obtain("image", spec, layout, zeros());
  if (plan.options.optimizer == Optimizer::ascent) return;
  own.obtain("image.moment1", spec, layout, zeros());
  if (plan.options.optimizer != Optimizer::momentum) own.obtain("image.moment2", spec, layout, zeros());
}

void write_mask(Flow& flow, const DreamPlan& plan, const Octave& octave) {
  const Shape s = plan.pixels(octave);
  if (flow.has_input("mask"))
    std::ranges::copy(planes_of(*plan.mask, 1, 1, s[2], s[3]).as(), flow.input("mask").as().begin());
  if (!flow.has_input("mask_base")) return;
  const auto base = flow.input("mask_base").as();
  std::ranges::fill(base, plan.options.start_mean);
  if (plan.photo) std::ranges::copy(planes_of(*plan.photo, s[0], s[1], s[2], s[3]).as(), base.begin());
}

bool needs_decoding(const DreamPlan& plan) {
  return plan.options.parameterization != Parameterization::pixels || plan.mask;
}

void append_pixels(Graph& g, const DreamPlan& plan, const Octave& octave) {
  g.output("pixels", append_image(g, plan.options, plan.pixels(octave), plan.mask.has_value()).pixels);
}

std::unique_ptr<OctaveRunner> make_octave_runner(const DreamPlan& plan, const Octave& octave, Store& own,
                                                 Scheduler& scheduler) {
  return is_tiled(plan, octave) ? make_tiled_runner(plan, octave, own, scheduler)
                                : make_whole_runner(plan, octave, own, scheduler);
}

namespace {

/// Of the image, the optimizer's states and the copies of it, and of what paints it when no step runs.
std::size_t state_bytes(const DreamPlan& plan, const Octave& octave) {
  const auto parameter = static_cast<std::size_t>(elements(parameter_shape(plan.options, plan.pixels(octave))));
  const std::size_t states = plan.options.optimizer == Optimizer::ascent     ? 1
                             : plan.options.optimizer == Optimizer::momentum ? 2
                                                                             : 3;
  const std::size_t copies = 2;  // the image that can be read at any time, and room to make it
  const std::size_t bytes = sizeof(float) * parameter * (states + copies);
  if (!needs_decoding(plan)) return bytes;
  Graph pixels;
  append_pixels(pixels, plan, octave);
  const FlowMemory decoded = memory_of(pixels);
  return bytes + decoded.arena + 2 * decoded.inputs;  // the flow of a step has the same constants
}

}  // namespace

std::size_t arena_limit(const DreamPlan& plan, const Octave& octave, std::size_t more) {
  if (plan.memory_limit == 0) return 0;
  const std::size_t taken = state_bytes(plan, octave) + more;
  return plan.memory_limit > taken ? plan.memory_limit - taken : 1;
}

std::size_t octave_bytes(const DreamPlan& plan, const Octave& octave) {
  const std::size_t arena =
      is_tiled(plan, octave) ? tiled_runner_arena(plan, octave) : whole_runner_arena(plan, octave);
  return arena + state_bytes(plan, octave);
}

MemoryReport planned_memory(const DreamPlan& plan, const Octave& octave) {
  return is_tiled(plan, octave) ? tiled_runner_memory(plan, octave) : whole_runner_memory(plan, octave);
}

}  // namespace backflow::dream
