#include <backflow/runtime/data/augmented.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <backflow/runtime/data/subset.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

using Input = std::vector<float>;

std::shared_ptr<const Dataset> images(std::size_t n = 100) {
  return std::make_shared<const ImageDataset>(small_dataset(n));
}

Augmented augmented(const std::string& steps, std::uint64_t seed = 1) {
  return {images(), parse_augmentation(steps, {1, 8, 8}), seed};
}

Input read(const Dataset& data, std::size_t sample, std::uint32_t epoch) {
  Input input(64);
  data.read(sample, epoch, input);
  return input;
}

float apart(const Input& a, const Input& b) {
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

const std::string kAll = "crop:0.5,flip,shift:2,rotate:15,jitter:0.4,erase:0.5";

train::TrainOptions short_run() {
  train::TrainOptions o;
  o.epochs = 2;
  o.batch = 16;
  return o;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(augmented_)

BOOST_AUTO_TEST_CASE(without_steps_it_is_the_data_set) {
  const auto base = images();
  const Augmented data(base, {});
  BOOST_TEST(data.size() == 100U);
  BOOST_TEST(data.class_count() == 5);
  BOOST_TEST((data.input_shape() == Shape{1, 8, 8}));
  BOOST_TEST((data.standardization().mean == base->standardization().mean));
  BOOST_TEST(data.reads_slowly());
  BOOST_TEST(!data.mixes());
  for (std::size_t i = 0; i < 10; ++i) {
    BOOST_TEST(data.label(i) == base->label(i));
    BOOST_TEST(apart(read(data, i, 3), read(*base, i, 3)) < 1e-6F);
  }
}

BOOST_AUTO_TEST_CASE(an_image_depends_on_seed_sample_and_epoch_alone) {
  const Augmented data = augmented(kAll), same = augmented(kAll), other = augmented(kAll, 2);
  int changed = 0;
  for (std::size_t sample = 0; sample < 20; ++sample)
    for (const std::uint32_t epoch : {0U, 1U, 7U}) {
      const Input input = read(data, sample, epoch);
      BOOST_TEST((read(same, sample, epoch) == input));
      changed += read(other, sample, epoch) != input && read(data, sample, epoch + 1) != input ? 1 : 0;
    }
  BOOST_TEST(changed == 60);
}

BOOST_AUTO_TEST_CASE(steps_see_pixels_and_the_network_standardised_ones) {
  const auto base = images();
  const Augmented flipped(base, {.steps = {random_flip(1)}}),
      black(base, {.steps = {{"black", [](AugmentImage&image, SampleRandom&) {
                                BOOST_TEST(image.pixels()[0] >= -1e-6F);
                                BOOST_TEST(image.mean(0) == 0.35F);
                                std::fill(image.pixels().begin(), image.pixels().end(), 0.0F);
                              }}}});
  Input mirrored = read(*base, 4, 0);
  for (std::size_t y = 0; y < 8; ++y)
    std::reverse(mirrored.begin() + 8 * static_cast<int>(y), mirrored.begin() + 8 * static_cast<int>(y) + 8);
  BOOST_TEST(apart(read(flipped, 4, 0), mirrored) < 1e-6F);
  BOOST_TEST(apart(read(black, 4, 0), Input(64, -0.35F / 0.3F)) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(training_has_the_same_bits_on_any_number_of_threads_and_after_a_pause) {
  for (const std::string& steps : std::vector<std::string>{kAll, "flip,mixup:1,cutmix"}) {
    const Augmented data = augmented(steps);
    const models::Network network = models::cnn(5);
    const Trained one = run_training(network, data, short_run());
    BOOST_TEST((run_training(network, *images(), short_run()).losses != one.losses));
    for (const int threads : {2, 4}) BOOST_TEST((run_training(network, data, short_run(), threads) == one));
    Store store;
    Scheduler scheduler(2);
    {
      train::Trainer first(network, data, store, scheduler, short_run());
      for (int i = 0; i < 9; ++i) BOOST_TEST(first.step().loss == one.losses[static_cast<std::size_t>(i)]);
    }
    train::Trainer rest(network, data, store, scheduler, short_run());
    rest.resume(9);
    while (!rest.done()) {
      const auto step = static_cast<std::size_t>(rest.steps_done());
      BOOST_TEST(rest.step().loss == one.losses[step]);
    }
    BOOST_TEST((plain_tensors(store) == one.tensors));
  }
}

BOOST_AUTO_TEST_CASE(a_mixture_is_of_two_images_and_their_classes) {
  const Augmented plain = augmented("flip"), mixed = augmented("flip,mixup:1"), cut = augmented("flip,cutmix");
  BOOST_TEST(mixed.mixes());
  int others = 0;
  for (std::size_t sample = 0; sample < 20; ++sample) {
    const Input own = read(plain, sample, 2), both = read(mixed, sample, 2), pasted = read(cut, sample, 2);
    const MixedLabel label = mixed.mixed_label(sample, 2), cut_label = cut.mixed_label(sample, 2);
    BOOST_TEST(label.label == plain.label(sample));
    others += label.other != label.label ? 1 : 0;
    std::size_t partners = 0;  // that explain what is seen
    for (std::size_t partner = 0; partner < 100; ++partner) {
      Input expected = read(plain, partner, 2);
      for (std::size_t i = 0; i < 64; ++i) expected[i] = label.share * own[i] + (1 - label.share) * expected[i];
      partners += plain.label(partner) == label.other && apart(expected, both) < 1e-5F ? 1 : 0;
    }
    BOOST_TEST(partners >= 1U);
    const auto kept = std::inner_product(own.begin(), own.end(), pasted.begin(), 0, std::plus<>(),
                                         [](float a, float b) { return std::abs(a - b) < 1e-6F ? 1 : 0; });
    BOOST_TEST(static_cast<float>(kept) >= 64 * cut_label.share - 0.01F);
  }
  BOOST_TEST(others > 8);
  const MixedLabel same = plain.mixed_label(3, 2);
  BOOST_TEST((same.label == same.other && same.share == 1));
}

BOOST_AUTO_TEST_CASE(a_subset_hands_mixtures_on) {
  const auto mixed = std::make_shared<const Augmented>(augmented("mixup:1"));
  const Subset subset(mixed, {7, 9});
  BOOST_TEST(subset.mixes());
  BOOST_TEST(subset.mixed_label(1, 4).share == mixed->mixed_label(9, 4).share);
}

BOOST_AUTO_TEST_SUITE_END()
