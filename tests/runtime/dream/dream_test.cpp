#include <backflow/runtime/dream/dream.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include <thread>

#include "tests/support/dreams.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

DreamOptions with_start(DreamOptions o) {
  if (o.octave_carry == OctaveCarry::detail) o.octaves = 3;
  return o;
}

DreamInputs inputs() { return {.photo = small_photo(), .guide = {}, .mask = {}}; }

Dream made(const DreamOptions& o, int threads, const std::string& objective = "class:2") {
  const Dream dream(small_networks(), objective, o, inputs());
  Scheduler scheduler(threads);
  dream.run(scheduler);
  return dream;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dream)

BOOST_AUTO_TEST_CASE(every_preset_climbs) {
  for (const std::string& name : preset_names()) {
    const Dream d = made(with_start(small_options(name, 24)), 2);
    const auto steps = d.metrics();
    BOOST_TEST_CONTEXT(name) {
      BOOST_REQUIRE_EQUAL(steps.size(), 24);
      BOOST_CHECK(d.done());
      BOOST_CHECK_GT(steps.back().objective, steps.front().objective);
      BOOST_CHECK_GT(steps.back().probability, 0);
      BOOST_CHECK_EQUAL(d.image().width, 20);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bytes_at_any_thread_count_and_another_seed_other_ones) {
  for (const std::string& name : preset_names()) {
    DreamOptions o = with_start(small_options(name));
    BOOST_TEST_CONTEXT(name) {
      const image::Image first = made(o, 1).image();
      for (int threads : {2, 4, 8}) BOOST_CHECK(made(o, threads).image() == first);
      o.seed = 2;
      BOOST_CHECK(made(o, 2).image() != first);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_pyramid_climbs_to_the_same_bytes_at_any_thread_count) {
  DreamOptions o = small_options("quality", 24);
  o.parameterization = Parameterization::pyramid;
  const Dream first = made(o, 1);
  BOOST_CHECK_GT(first.metrics().back().objective, first.metrics().front().objective);
  for (int threads : {2, 4, 8}) BOOST_CHECK(made(o, threads).image() == first.image());
  o.levels = 1;
  BOOST_CHECK(made(o, 2).image() != first.image());
}

BOOST_AUTO_TEST_CASE(a_memory_limit_is_met_with_the_same_bytes_and_one_that_cannot_be_is_refused) {
  DreamNetwork deep = small_network();
  deep.build = [](Value x) {
    for (int i = 0; i < 12; ++i)
      x = relu(conv2d(x, {.out = 16, .kernel = 3, .padding = 1, .name = str_cat("conv", i)}));
    return models::Classifier{{}, {{"top", x}}};
  };
  for (const std::int64_t tile : {0, 40}) {
    DreamOptions o = small_options("deepdream", 4, 64);
    o.octaves = 2;
    o.tile = tile;
    o.tile_halo = tile == 0 ? -1 : 8;
    auto dream = [&](std::size_t limit, int threads) {
      DreamInputs in = inputs();
      in.memory_limit = limit;
      const Dream d(std::make_shared<DreamNetworks>(deep), "layer:top", o, in);
      Scheduler scheduler(threads);
      d.run(scheduler);
      return d;
    };
    const Dream whole = dream(0, 2);
    const std::size_t limit = whole.memory_bytes() * 4 / 5;
    for (int threads : {1, 4}) {
      const Dream small = dream(limit, threads);
      BOOST_CHECK_LE(small.memory_bytes(), limit);
      BOOST_CHECK_EQUAL(small.unlimited_bytes(), whole.memory_bytes());
      BOOST_CHECK(small.image() == whole.image());
      Scheduler scheduler(threads);
      const auto arena = [&](const Dream& d) {
        for (const auto& line : d.memory_report(scheduler).held)
          if (line.what.starts_with("arena")) return line.bytes;
        return std::size_t{0};
      };
      BOOST_CHECK(0 < arena(small) && arena(small) < arena(whole) && arena(whole) < whole.memory_bytes());
    }
    CHECK_FAILS(dream(1000, 1), "layer:top needs");
  }
}

BOOST_AUTO_TEST_CASE(what_paints_and_what_sees_the_guide_need_memory_too) {
  DreamOptions o = small_options("naive");
  const auto bytes = [&](const std::string& target, bool mask) {
    DreamInputs in;
    in.guide = image::blank_image(32, 32);
    if (mask) in.mask = image::blank_image(32, 32);
    return Dream(small_networks(), target, o, in).memory_bytes();
  };
  const std::size_t pixels = 3 * sizeof(float) * static_cast<std::size_t>(o.width * o.height);
  // The masked pixels as the step sees them and as they are shown, each with its mask and what is below it.
  BOOST_CHECK_GE(bytes("layer:relu2", true), bytes("layer:relu2", false) + 4 * pixels);
  // The layer that the guide has, beside the same layer of the step.
  const auto layer = small_networks()->names(0, o.height, o.width).layers;
  const auto relu2 = std::ranges::find(layer, "relu2", &ObjectiveNames::Layer::name);
  BOOST_CHECK_GE(bytes("caricature:relu2", false), bytes("layer:relu2", false) + 4 * elements(relu2->shape));
}

BOOST_AUTO_TEST_CASE(an_image_is_the_same_alone_and_beside_others) {
  const DreamOptions o = small_options("homework");
  const auto networks = small_networks();
  std::vector<Dream> dreams;
  for (const char* target : {"class:2", "class:dog", "layer:relu2:3", "layer:conv1"})
    dreams.emplace_back(networks, target, o, inputs());
  Scheduler scheduler(4);
  dream_all(scheduler, dreams);
  for (const Dream& d : dreams) BOOST_CHECK(made(o, 1, d.objective()).image() == d.image());
  BOOST_CHECK_EQUAL(dreams[1].objective(), "class:1");
}

BOOST_AUTO_TEST_CASE(a_saved_image_goes_on_to_the_bits_of_an_uninterrupted_one) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "state.safetensors";
  for (const std::string& name : preset_names())
    for (std::int64_t at : {1, 4, 6}) {
      const DreamOptions o = with_start(small_options(name, 9));
      Scheduler scheduler(2);
      DreamInputs in = inputs();
      in.after_step = [&](const Dream& d, const DreamStep& s) {
        if (s.step != at) return;
        d.save(file);
        d.stop();
      };
      const Dream half(small_networks(), "class:2", o, in);
      half.run(scheduler);
      BOOST_REQUIRE_EQUAL(half.steps(), at);
      const Dream rest(small_networks(), "class:2", o, inputs());
      rest.load(file);
      BOOST_CHECK_EQUAL(rest.steps(), at);
      BOOST_CHECK(rest.image() == half.image());
      rest.run(scheduler);
      half.run(scheduler);  // one that was stopped goes on too
      BOOST_TEST_CONTEXT(name << ", stopped after " << at) {
        BOOST_CHECK(rest.image() == made(o, 1).image());
        BOOST_CHECK(half.image() == rest.image());
      }
    }
}

BOOST_AUTO_TEST_CASE(a_stop_in_the_last_step_lets_the_image_be_finished) {
  const DreamOptions o = small_options("quality");
  DreamInputs in = inputs();
  in.after_step = [&](const Dream& d, const DreamStep& s) {
    if (s.step == o.steps) d.stop();
  };
  Scheduler scheduler(1);
  const Dream stopped(small_networks(), "class:2", o, in);
  stopped.run(scheduler);
  BOOST_CHECK(stopped.image() == made(o, 1).image());
}

BOOST_AUTO_TEST_CASE(a_saved_image_of_another_kind_is_refused) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "state.safetensors";
  made(small_options("naive"), 1).save(file);
  CHECK_FAILS(Dream(small_networks(), "class:1", small_options("naive")).load(file), "its target is class:2");
  CHECK_FAILS(Dream(small_networks(), "class:2", small_options("homework")).load(file), "its options is");
  CHECK_FAILS(Dream(small_networks(), "class:2", small_options("naive")).load(folder.path() / "none"), "none");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_the_network_is_refused_before_the_first_step) {
  const auto networks = small_networks();
  const DreamOptions o = small_options("naive");
  CHECK_FAILS(Dream(networks, "class:9", o), "classes 0 … 4");
  CHECK_FAILS(Dream(networks, "class:red_fix", o), "red fox");
  CHECK_FAILS(Dream(networks, "layer:relu3", o), "did you mean 'relu");
  CHECK_FAILS(Dream(networks, "style:relu1", o), "needs a guide photo");
  CHECK_FAILS(Dream(networks, "diversity:relu1", o), "two variants");
  DreamOptions tiny = o;
  tiny.width = tiny.height = 1;
  CHECK_FAILS(Dream(networks, "class:1", tiny), "it takes 2 × 2");
  tiny = o;
  tiny.start = Start::photo;
  CHECK_FAILS(Dream(networks, "class:1", tiny), "needs a photo");
}

BOOST_AUTO_TEST_CASE(an_image_that_becomes_nan_fails_with_a_sentence) {
  DreamOptions o = small_options("naive");
  o.clamp = false;
  o.learning_rate = 1e6F;
  o.learning_rate_end = 1e6F;
  o.steps = 40;
  CHECK_FAILS(made(o, 2, "layer:relu2"), "step");
}

BOOST_AUTO_TEST_CASE(a_job_that_is_cancelled_leaves_the_image_of_the_last_whole_step) {
  Scheduler scheduler(2);
  DreamOptions o = small_options("homework", 1'000'000);
  const Dream d(small_networks(), "class:2", o);
  JobHandle job = scheduler.submit(d.job(scheduler));
  CHECK_FAILS(d.job(scheduler), "is being made already");
  while (d.steps() < 3) std::this_thread::yield();
  job.cancel();
  CHECK_FAILS(job.wait(), "cancelled");
  BOOST_CHECK_GE(d.steps(), 3);
  BOOST_CHECK_EQUAL(d.metrics().size(), static_cast<std::size_t>(d.steps()));
}

BOOST_AUTO_TEST_CASE(weights_are_shared_by_all_images_and_sizes) {
  const auto networks = small_networks();
  Scheduler scheduler(2);
  dream_all(scheduler, {Dream(networks, "class:2", small_options("homework")),
                        Dream(networks, "class:1", small_options("quality", 3, 26))});
  BOOST_CHECK_EQUAL(networks->weights().tensors().size(), 6);
}

BOOST_AUTO_TEST_SUITE_END()
