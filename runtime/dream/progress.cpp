#include <backflow/runtime/dream/progress.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/image/parameterization.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/files/parse_number.h>
#include <backflow/runtime/files/safetensors.h>

namespace backflow::dream {
namespace {

constexpr const char* kPlanes = "planes";  // next to the states in a file

std::unique_ptr<Store> store_of(const DreamPlan& plan, const Octave& octave, const Tensor& image) {
  auto own = std::make_unique<Store>();
  make_states(plan, octave, *own);
  own->assign("image", image);
  return own;
}

Tensor photo_at(const DreamPlan& plan, const Octave& octave) {
  const Shape s = plan.pixels(octave);
  return planes_of(*plan.photo, s[0], s[1], s[2], s[3]);
}

/// x ← x + sign · y.
void add_to(Tensor& x, const Tensor& y, float sign) {
  for (std::size_t i = 0; i < x.as().size(); ++i) x.as()[i] += sign * y.as()[i];
}

std::int64_t number(const files::TensorFile& file, const std::string& name, const std::string& where) {
  std::int64_t value = -1;
  const auto found = file.metadata.find(name);
  require(found != file.metadata.end() && files::read_number(found->second, value) && value >= 0, where, " has no ",
          name);
  return value;
}

void check_same(const files::TensorFile& file, const std::string& name, const std::string& expected,
                const std::string& where) {
  const auto found = file.metadata.find(name);
  require(found != file.metadata.end(), where, " is no saved image: it has no ", name);
  require(found->second == expected, where, " is of another image: its ", name, " is ", found->second, ", expected ",
          expected);
}

}  // namespace

std::unique_ptr<Store> first_octave(const DreamPlan& plan, const Octave& octave) {
  if (plan.options.start == Start::photo)
    return store_of(plan, octave, values_for(plan.options, photo_at(plan, octave)));
  return store_of(plan, octave, first_values(plan.options, plan.pixels(octave), plan.keys()));
}

Tensor first_planes(const DreamPlan& plan, const Octave& octave) {
  if (plan.options.start == Start::photo) return photo_at(plan, octave);
  if (plan.options.parameterization == Parameterization::pixels)
    return first_values(plan.options, plan.pixels(octave), plan.keys());
  Tensor grey(Spec{plan.pixels(octave)});
  std::ranges::fill(grey.as(), plan.options.start_mean);
  return grey;
}

std::unique_ptr<Store> next_octave(const DreamPlan& plan, const Octave& from, const Octave& to, const Store& own) {
  Tensor image = own.plain("image");
  if (plan.options.octave_carry == OctaveCarry::image) return store_of(plan, to, enlarged(image, to.height, to.width));
  add_to(image, values_for(plan.options, photo_at(plan, from)), -1);
  Tensor larger = enlarged(image, to.height, to.width);
  add_to(larger, values_for(plan.options, photo_at(plan, to)), 1);
  return store_of(plan, to, larger);
}

void save_progress(const std::filesystem::path& path, const DreamPlan& plan, const DreamProgress& progress,
                   const Store& own, const Tensor& planes) {
  files::TensorFile file;
  for (const auto& [name, tensor] : own.tensors()) file.tensors.emplace(name, own.plain(name));
  file.tensors.emplace(kPlanes, Tensor(planes.shape(), planes.as()));
  file.metadata = {{"target", plan.target},
                   {"options", to_json(plan.options)},
                   {"steps", std::to_string(progress.steps)},
                   {"octave", std::to_string(progress.octave)},
                   {"dead", std::to_string(static_cast<int>(progress.relu_override))}};
  files::write_safetensors(path, file);
}

DreamProgress load_progress(const std::filesystem::path& path, const DreamPlan& plan,
                            const std::vector<Octave>& octaves, std::unique_ptr<Store>& own, Tensor& planes) {
  files::TensorFile file = files::read_safetensors(path);
  const std::string where = "[dream] " + path.string();
  check_same(file, "target", plan.target, where);
  check_same(file, "options", to_json(plan.options), where);
  DreamProgress p;
  p.steps = number(file, "steps", where);
  p.octave = static_cast<std::size_t>(number(file, "octave", where));
  p.relu_override = number(file, "dead", where) != 0;
  require(p.octave < octaves.size() && p.steps <= octaves[p.octave].end && p.steps >= octaves[p.octave].begin, where,
          " is at step ", p.steps, " of octave ", p.octave, ", which do not go together");
  auto loaded = std::make_unique<Store>();
  make_states(plan, octaves[p.octave], *loaded);
  auto taken = [&](const std::string& name, const Shape& shape) -> Tensor& {
    const auto found = file.tensors.find(name);
    require(found != file.tensors.end() && found->second.spec() == Spec{shape}, where, " has no tensor '", name, "' ",
            to_string(Spec{shape}));
    return found->second;
  };
  for (const auto& [name, tensor] : loaded->tensors()) loaded->assign(name, taken(name, tensor.shape()));
  planes = std::move(taken(kPlanes, plan.pixels(octaves[p.octave])));
  own = std::move(loaded);
  return p;
}

}  // namespace backflow::dream
