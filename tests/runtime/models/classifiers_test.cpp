// Whole classifiers beside what an independent implementation computed. Their files are not part of the project.
#include <algorithm>

#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/distance.h"
#include "tests/support/proof.h"
#include "tests/support/shared.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// Logits, and the gradient of one of them by the image.
void compare(const Model& model, const files::TensorFile& reference, int threads, bool frozen) {
  const Tensor& image = reference.tensors.at("input");
  Graph g;
  const Value x = g.input("image", image.spec());
  const Classifier c = model.build(x);
  const Value seed = g.input("seed", c.logits.spec());
  g.output("logits", c.logits);
  g.output("input_gradient", gradient({c.logits}, {x}, {seed})[0]);
  Store store;
  if (frozen) store.freeze();
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  std::copy(image.as().begin(), image.as().end(), flow.input("image").as().begin());
  const Tensor& target = reference.tensors.at("target");
  flow.input("seed").as()[static_cast<std::size_t>(target.as<std::int32_t>()[0])] = 1;
  flow.run();
  for (const char* name : {"logits", "input_gradient"}) {
    const double distance = relative_distance(flow.output(name), reference.tensors.at(name).as());
    BOOST_TEST_MESSAGE("  " << name << ": " << distance << " apart in norm");
    BOOST_CHECK_LE(distance, 1e-3);
  }
  const auto logits = flow.output("logits"), expected = reference.tensors.at("logits").as();
  for (std::size_t i = 0; i < logits.size(); ++i)
    BOOST_REQUIRE_SMALL(logits[i] - expected[i], 1e-3F * std::abs(expected[i]) + 1e-3F);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classifiers)

BOOST_AUTO_TEST_CASE(onnx_models_agree_with_an_independent_implementation) {
  for (const std::string name : {"squeezenet1_0", "mobilenet_v2_1.0_224"}) {
    const auto file = shared_file("models/" + name + ".onnx");
    if (!file) continue;
    const auto model = load_model(*file);
    for (const std::string photo : {"parrot", "bird"}) {
      const auto reference = shared_file("models/reference/" + name + "_" + photo + ".safetensors");
      if (!reference) continue;
      for (const bool frozen : {false, true}) {
        BOOST_TEST_MESSAGE(name << ", " << photo << (frozen ? ", frozen" : ""));
        compare(*model, files::read_safetensors(*reference), photo == "bird" ? 2 : 1, frozen);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
