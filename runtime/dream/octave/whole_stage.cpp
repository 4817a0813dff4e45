// An octave whose image the network sees as a whole: one flow a step.
#include <algorithm>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/dream/image/viewing.h>
#include <backflow/runtime/dream/objective/objective_graph.h>
#include <backflow/runtime/dream/octave/stages.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {
namespace {

/// One step as a graph: paint, look, differentiate, climb.
void append_step(Graph& g, const DreamPlan& plan, const Octave& octave, Viewing& viewing) {
  const Painting painting = paint(g, plan.options, plan.pixels(octave), plan.mask.has_value());
  std::vector<Climbed> climbed = viewing.append(painting.pixels);
  const auto pulls = append_regularizers(painting.pixels, plan.options);
  climbed.insert(climbed.end(), pulls.begin(), pulls.end());
  const Value gradient = shaped_gradient(pixel_gradient(climbed, painting.pixels), plan.options);
  if (painting.pixels != painting.parameter) g.output("pixels", painting.pixels);
  append_ascent(painting, parameter_gradient(painting, gradient), plan.options);
}

/// What the networks see in the guide.
void append_guide(Graph& g, const DreamPlan& plan, const Octave& octave, const Viewing& viewing) {
  const Shape s = plan.pixels(octave);
  viewing.append_guide(g.input("guide", {{1, s[1], s[2], s[3]}}));
}

/// Bytes of the flow that sees the guide, which runs once, before the first step.
std::size_t guide_bytes(const DreamPlan& plan, const Octave& octave, const Viewing& viewing) {
  if (!viewing.needs_guide()) return 0;
  Graph g;
  append_guide(g, plan, octave, viewing);
  return plan.networks->arena_bytes(g, 0, plan.options.precision);
}

class WholeStage final : public Stage {
 public:
  WholeStage(const DreamPlan& plan, const Octave& octave, Store& own, Scheduler& scheduler)
      : plan_(plan),
        octave_(octave),
        own_(own),
        scheduler_(scheduler),
        keys_(plan.keys()),
        viewing_(plan, octave.height, octave.width) {
    Graph g;
    append_step(g, plan, octave, viewing_);
    flow_ =
        plan.networks->compile(g, own, scheduler, "dream",
                               arena_limit(plan, octave, guide_bytes(plan, octave, viewing_)), plan.options.precision);
    if (plan.mask) write_mask(*flow_, plan, octave);
  }

  Flow* next(std::int64_t step, bool below) override {
    if (viewing_.needs_guide() && !guided_) {
      if (!guide_) return start_guide();
      copy_guide();
    }
    if (std::exchange(in_step_, !in_step_)) return nullptr;
    std::vector<RandomKey> keys;
    for (const RandomKey& k : keys_) keys.push_back(k.at(step));
    viewing_.draw(*flow_, keys, below);
    write_values(*flow_, plan_.options, step, step - octave_.begin);
    return flow_.get();
  }

  Seen seen() const override { return viewing_.seen(*flow_); }

  Flow* finish() override {
    if (!paints(plan_) || painted_) return nullptr;
    Graph g;
    append_pixels(g, plan_, octave_);
    painted_ = plan_.networks->compile(g, own_, scheduler_, "paint");
    if (plan_.mask) write_mask(*painted_, plan_, octave_);
    return painted_.get();
  }

  Tensor planes() const override {
    if (!paints(plan_)) return own_.plain("image");
    return Tensor(plan_.pixels(octave_), (painted_ ? painted_ : flow_)->output("pixels"));
  }

  MemoryReport memory_report() const override { return flow_->memory_report(); }

 private:
  Flow* start_guide() {
    Graph g;
    append_guide(g, plan_, octave_, viewing_);
    guide_ = plan_.networks->compile(g, own_, scheduler_, "guide", 0, plan_.options.precision);
    const Shape s = plan_.pixels(octave_);
    std::ranges::copy(planes_of(*plan_.guide, 1, s[1], s[2], s[3]).as(), guide_->input("guide").as().begin());
    return guide_.get();
  }

  void copy_guide() {
    dream::copy_guide(viewing_.guide_names(), *guide_, *flow_);
    guide_.reset();
    guided_ = true;
  }

  const DreamPlan& plan_;
  Octave octave_;
  Store& own_;
  Scheduler& scheduler_;
  std::vector<RandomKey> keys_;
  Viewing viewing_;
  std::unique_ptr<Flow> flow_, guide_, painted_;
  bool guided_ = false, in_step_ = false;
};

}  // namespace

std::unique_ptr<Stage> make_whole_stage(const DreamPlan& plan, const Octave& octave, Store& own, Scheduler& scheduler) {
  return std::make_unique<WholeStage>(plan, octave, own, scheduler);
}

std::size_t whole_stage_arena(const DreamPlan& plan, const Octave& octave) {
  Graph g;
  Viewing viewing(plan, octave.height, octave.width);
  append_step(g, plan, octave, viewing);
  const std::size_t guide = guide_bytes(plan, octave, viewing);
  return guide + plan.networks->arena_bytes(g, arena_limit(plan, octave, guide), plan.options.precision);
}

}  // namespace backflow::dream
