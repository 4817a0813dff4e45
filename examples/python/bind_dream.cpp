// Images that are made for a model: input optimization.
#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/dream/objective/quality.h>
#include <backflow/runtime/dream/option_table.h>
#include "examples/python/arrays.h"
#include "examples/python/bind.h"
#include "examples/python/interrupt.h"
#include "examples/python/options.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using dream::Dream;
using dream::DreamStep;
using SharedModel = std::shared_ptr<models::Model>;

constexpr const char* kDream =
    "An image that is optimized for a model, or for a list of models together. objective: class:88, layer:NAME, "
    "layer:NAME:7, neuron:NAME:7, direction:NAME:7=1,9=-.5, guide:NAME, style:NAME, …, joined by +. photo, guide and "
    "mask: "
    "uint8 [height, width, 3]; where there is a photo, the image starts with it and has its size. preset: naive, "
    "homework, "
    "deepdream, quality or maco, whose options others replace. memory_limit: bytes, 0 for none. after_step: called on "
    "a "
    "worker with the DreamStep of each step. Options, and what they are by default:";

std::optional<image::Image> optional_image(const std::string& name, const std::optional<Pixels>& pixels) {
  return pixels ? std::optional(image_of(name, *pixels)) : std::nullopt;
}

std::shared_ptr<dream::DreamNetworks> networks(const std::variant<SharedModel, std::vector<SharedModel>>& given) {
  std::vector<SharedModel> models;
  if (const auto* one = std::get_if<SharedModel>(&given))
    models = {*one};
  else
    models = std::get<1>(given);
  std::vector<dream::DreamNetwork> result;
  for (const SharedModel& model : models) result.push_back(dream::network_of(model, model->labels()));
  return std::make_shared<dream::DreamNetworks>(std::move(result));
}

dream::DreamOptions options_of(const std::string& preset, const image::Image* photo, const py::kwargs& given) {
  dream::DreamOptions options;
  const auto set = [&] {
    if (photo != nullptr) {
      options.width = photo->width;
      options.height = photo->height;
      options.start = dream::Start::photo;
    }
    set_options(dream::table(options), given, "[dream] ");
  };
  set();
  if (preset.empty()) return options;
  options = dream::preset(preset, options.width, options.height);  // sizes decide what it says
  set();
  return options;
}

Dream make(const std::variant<SharedModel, std::vector<SharedModel>>& model, const std::string& objective,
           const std::optional<Pixels>& photo, const std::optional<Pixels>& guide, const std::optional<Pixels>& mask,
           const std::string& preset, std::size_t memory_limit, const std::function<void(const DreamStep&)>& after_step,
           const py::kwargs& given) {
  dream::DreamInputs inputs{.photo = optional_image("photo", photo),
                            .guide = optional_image("guide", guide),
                            .mask = optional_image("mask", mask),
                            .memory_limit = memory_limit};
  if (after_step) inputs.after_step = [after_step](const Dream&, const DreamStep& step) { after_step(step); };
  const dream::DreamOptions options = options_of(preset, inputs.photo ? &*inputs.photo : nullptr, given);
  return {networks(model), objective, options, std::move(inputs)};
}

void run(const Dream& dream, Scheduler& scheduler) {
  run_interruptibly([&] { dream.run(scheduler); }, [&] { dream.stop(); });
}

py::array planes(const Dream& dream, std::int64_t variant) {
  const Tensor t = dream.planes(variant);
  return view(t.data(), t.spec(), {}, py::handle());  // a copy
}

py::dict measures(const Dream& dream, std::int64_t variant) {
  const image::Image image = dream.image(variant);
  py::dict result("total_variation"_a = dream::total_variation(image),
                  "high_frequency_share"_a = dream::high_frequency_share(image));
  const auto steps = dream.metrics();
  if (steps.empty()) return result;
  result["objective"] = steps.back().objective;
  if (steps.back().probability >= 0) result["probability"] = steps.back().probability;
  return result;
}

py::object options(const Dream& dream) {
  return py::module_::import("json").attr("loads")(dream::to_json(dream.options()));
}

void bind_step(py::module_& m) {
  py::class_<DreamStep>(m, "DreamStep", "What a step of a Dream saw, before it changed the image.")
      .def_readonly("step", &DreamStep::step, "1 for the first.")
      .def_readonly("objective", &DreamStep::objective, "Of all terms, without regularizers.")
      .def_readonly("probability", &DreamStep::probability, "Of the first class that is a target; -1 if there is none.")
      .def_readonly("learning_rate", &DreamStep::learning_rate, "Of this step.")
      .def_readonly("width", &DreamStep::width, "Pixels, of the octave.")
      .def_readonly("height", &DreamStep::height, "Pixels, of the octave.")
      .def("__repr__",
           [](const DreamStep& s) { return str_cat("<DreamStep ", s.step, ", objective ", s.objective, ">"); });
}

}  // namespace

void bind_dream(py::module_& m) {
  bind_step(m);
  dream::DreamOptions defaults;
  const std::string help = kDream + help_of(dream::table(defaults));
  py::class_<Dream>(m, "Dream", help.c_str())
      .def(py::init(&make), "model"_a, "objective"_a, "photo"_a = py::none(), "guide"_a = py::none(),
           "mask"_a = py::none(), "preset"_a = "", "memory_limit"_a = 0, "after_step"_a = py::none())
      .def("run", &run, "scheduler"_a, "All steps that remain. Ctrl-C ends it after the step that runs.")
      .def(
          "image", [](const Dream& d, std::int64_t variant) { return image_array(d.image(variant)); }, "variant"_a = 0,
          "What is there so far, uint8 [height, width, 3].")
      .def("planes", &planes, "variant"_a = 0, "The same as float32 [C, height, width] in 0 … 1.")
      .def("measures", &measures, "variant"_a = 0,
           "Of the image: total_variation (mean over pixels and channels, in 0 … 1) and high_frequency_share (of the "
           "luminance's power: about .05 for photos, .80 for noise). Of the last step: objective, and probability of "
           "the first class that is a target.")
      .def("metrics", &Dream::metrics, "A DreamStep for each step so far.")
      .def("save", &Dream::save, "file"_a, "Image, optimizer's state and step, as a safetensors file.")
      .def("load", &Dream::load, "file"_a,
           "Goes on from such a file. One of another objective or other options is a ValueError.")
      .def_property_readonly("options", &options, "A dict of all options.")
      .def_property_readonly("objective", &Dream::objective, "In one spelling, classes by number.")
      .def_property_readonly("steps_done", &Dream::steps, "Steps so far.")
      .def_property_readonly("done", &Dream::done, "Whether all steps are done.")
      .def_property_readonly("memory_bytes", &Dream::memory_bytes, "Bytes that a run needs in addition to the weights.")
      .def("__repr__", [](const Dream& d) {
        return str_cat("<Dream of ", d.objective(), " at step ", d.steps(), " of ", d.options().steps, ">");
      });
  m.def("dream_presets", &dream::preset_names, "Names of the presets.");
}

}  // namespace backflow::python
