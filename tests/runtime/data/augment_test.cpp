#include <backflow/runtime/data/augment.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

const Shape kColour{3, 32, 32}, kGrey{1, 28, 28};

SampleRandom random_of(std::uint32_t sample) { return {1, 2, 3, sample}; }

/// What a step makes of an image that is white but for its border, for so many samples.
template <class Look>
void look_at(const AugmentStep& step, const Shape& shape, const Look& look, std::uint32_t samples = 200) {
  for (std::uint32_t sample = 0; sample < samples; ++sample) {
    AugmentImage image(shape, std::vector<float>(static_cast<std::size_t>(shape[0]), 0.5F));
    for (std::int64_t c = 0; c < shape[0]; ++c)
      for (std::int64_t y = 1; y + 1 < shape[1]; ++y)
        std::fill_n(image.plane(c) + y * shape[2] + 1, shape[2] - 2, 1.0F);
    SampleRandom random = random_of(sample);
    step.change(image, random);
    look(image);
  }
}

std::string names_of(const std::string& text, const Shape& image) {
  std::string names;
  for (const AugmentStep& step : parse_augmentation(text, image).steps) names += (names.empty() ? "" : " ") + step.name;
  return names;
}

void check_refused(const std::string& text, const std::string& sentence, const Shape& image = kColour) {
  try {
    parse_augmentation(text, image);
    BOOST_ERROR("'" + text + "' was taken");
  } catch (const OptionError& e) {
    BOOST_TEST(e.option() == "augment");
    BOOST_TEST(e.problem() == sentence);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(augment)

BOOST_AUTO_TEST_CASE(random_numbers_depend_on_their_key_alone) {
  const auto first = [](SampleRandom r) {
    return std::vector<float>{r.uniform(), r.uniform(), r.uniform(), r.uniform(), r.uniform()};
  };
  const auto numbers = first({1, 2, 3, 4});
  BOOST_TEST((first({1, 2, 3, 4}) == numbers));
  BOOST_TEST((std::set(numbers.begin(), numbers.end()).size() == 5U));
  for (const SampleRandom& other : {SampleRandom{9, 2, 3, 4}, {1, 9, 3, 4}, {1, 2, 9, 4}, {1, 2, 3, 9}})
    BOOST_TEST((first(other)[0] != numbers[0]));
}

BOOST_AUTO_TEST_CASE(whole_numbers_reach_both_ends) {
  std::set<std::int64_t> whole;
  std::set<std::uint32_t> below;
  SampleRandom random = random_of(0);
  for (int i = 0; i < 500; ++i) {
    whole.insert(random.whole(-2, 3));
    below.insert(random.below(4));
  }
  BOOST_TEST((whole == std::set<std::int64_t>{-2, -1, 0, 1, 2, 3}));
  BOOST_TEST((below == std::set<std::uint32_t>{0, 1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_flip_comes_as_often_as_it_should) {
  for (const float probability : {0.0F, 0.3F, 1.0F}) {
    int flipped = 0;
    const AugmentStep step = random_flip(probability);
    for (std::uint32_t sample = 0; sample < 1000; ++sample) {
      AugmentImage image({1, 1, 2});
      image.plane(0)[0] = 1;
      SampleRandom random = random_of(sample);
      step.change(image, random);
      flipped += image.plane(0)[1] == 1 ? 1 : 0;
    }
    BOOST_TEST(std::abs(flipped - static_cast<int>(1000 * probability)) <= (probability == 0.3F ? 60 : 0));
  }
}

BOOST_AUTO_TEST_CASE(a_shift_reaches_every_place_that_is_near_enough) {
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  const AugmentStep step = random_shift(2);
  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    AugmentImage image({1, 9, 9});
    image.plane(0)[4 * 9 + 4] = 1;
    SampleRandom random = random_of(sample);
    step.change(image, random);
    const auto at = std::max_element(image.pixels().begin(), image.pixels().end()) - image.pixels().begin();
    places.emplace(at / 9 - 4, at % 9 - 4);
  }
  BOOST_TEST(places.size() == 25U);
  BOOST_TEST((*places.begin() == std::pair<std::int64_t, std::int64_t>(-2, -2)));
}

BOOST_AUTO_TEST_CASE(what_is_erased_has_an_area_in_its_bounds) {
  std::set<std::int64_t> areas;
  look_at(random_erasing(1), {1, 20, 20}, [&](AugmentImage& image) {
    const auto pixels = image.pixels();
    areas.insert(std::count(pixels.begin(), pixels.end(), 0.5F));
  });
  BOOST_TEST(areas.size() > 40U);
  BOOST_TEST(*areas.begin() >= 6);
  BOOST_TEST(*areas.rbegin() <= 150);
  look_at(random_erasing(0), {1, 20, 20}, [](AugmentImage& image) {
    const auto pixels = image.pixels();
    BOOST_TEST(std::count(pixels.begin(), pixels.end(), 0.5F) == 0);
  });
}

BOOST_AUTO_TEST_CASE(a_crop_shows_a_part_that_is_large_enough) {
  std::set<float> sums;
  look_at(random_crop(0.5F), {1, 16, 16}, [&](AugmentImage& image) {
    float sum = 0;
    for (const float v : image.pixels()) sum += v;
    sums.insert(sum);
  });
  BOOST_TEST(sums.size() > 50U);
  BOOST_TEST(*sums.begin() >= 14 * 14 - 1);  // never less than the whole
  BOOST_TEST(*sums.rbegin() <= 256.01F);
}

BOOST_AUTO_TEST_CASE(grey_pictures_stay_grey_and_colours_become_grey) {
  const AugmentStep step = random_grey(1);
  AugmentImage image({3, 1, 1});
  image.plane(0)[0] = 1;
  SampleRandom random = random_of(0);
  step.change(image, random);
  for (std::int64_t c = 0; c < 3; ++c) BOOST_TEST(std::abs(image.plane(c)[0] - 0.299F) < 1e-6F);
}

BOOST_AUTO_TEST_CASE(colours_stay_within_their_factors) {
  std::set<float> values;
  const AugmentStep step = random_colours(0.4F, 0, 0);
  for (std::uint32_t sample = 0; sample < 200; ++sample) {
    AugmentImage image({1, 1, 1});
    image.plane(0)[0] = 0.5F;
    SampleRandom random = random_of(sample);
    step.change(image, random);
    values.insert(image.plane(0)[0]);
  }
  BOOST_TEST(*values.begin() >= 0.3F);
  BOOST_TEST(*values.rbegin() <= 0.7F);
  BOOST_TEST(*values.rbegin() - *values.begin() > 0.35F);
}

BOOST_AUTO_TEST_CASE(words_become_steps_in_their_order) {
  BOOST_TEST(names_of("none", kColour).empty());
  BOOST_TEST(names_of("flip,shift:4,rotate:15,jitter:0.4,erase:0.25,crop:0.5,grey", kColour) ==
             "flip shift rotate jitter erase crop grey");
  BOOST_TEST(names_of("light", kColour) == "flip shift");
  BOOST_TEST(names_of("light", kGrey) == "shift");
  BOOST_TEST(names_of("standard", kColour) == "crop flip jitter");
  BOOST_TEST(names_of("standard", kGrey) == "shift rotate erase");
  BOOST_TEST(names_of("flip,standard,jitter:0.2:0.3", kGrey) == "flip shift rotate erase jitter");
  BOOST_TEST(names_of("light", {1, 8, 8}).empty());  // they are too small to move
  const Augmentation mixed = parse_augmentation("mixup,flip,cutmix:0.5", kColour);
  BOOST_TEST(mixed.steps.size() == 1U);
  BOOST_TEST(mixed.mixup == 0.2F);
  BOOST_TEST(mixed.cutmix == 0.5F);
}

BOOST_AUTO_TEST_CASE(mistakes_name_the_word_and_what_is_known) {
  const std::string known =
      "which is none of none, light, standard, crop, cutmix, erase, flip, grey, jitter, mixup, rotate or shift";
  check_refused("flop", "has 'flop', " + known);
  check_refused("", "has '', " + known);
  check_refused("flip,,erase", "has '', " + known);
  check_refused("flip,none", "has 'none', " + known);
  check_refused("light:2", "has 'light:2', " + known);
  check_refused("shift", "has 'shift', which needs a number: shift:PIXELS");
  check_refused("rotate", "has 'rotate', which needs a number: rotate:DEGREES");
  check_refused("jitter", "has 'jitter', which needs a number: jitter:AMOUNT");
  check_refused("shift:1.5", "has 'shift:1.5', where PIXELS should be a whole number from 1 to 16384, is '1.5'");
  check_refused("shift:0", "has 'shift:0', where PIXELS should be a whole number from 1 to 16384, is '0'");
  check_refused("shift:32", "has 'shift:32', but images are 32 × 32");
  check_refused("flip:2", "has 'flip:2', where PROBABILITY should be a number from 0 to 1, is '2'");
  check_refused("flip:nan", "has 'flip:nan', where PROBABILITY should be a number from 0 to 1, is 'nan'");
  check_refused("flip:", "has 'flip:', where PROBABILITY should be a number from 0 to 1, is ''");
  check_refused("flip:1:1", "has 'flip:1:1', which has 2 numbers, at most 1 is possible");
  check_refused("crop:0", "has 'crop:0', where AREA should be a number above 0, at most 1, is '0'");
  check_refused("rotate:181", "has 'rotate:181', where DEGREES should be a number above 0, at most 180, is '181'");
  check_refused("mixup:2", "has 'mixup:2', where ALPHA should be a number above 0, at most 1, is '2'");
}

BOOST_AUTO_TEST_CASE(what_images_do_not_have_is_refused) {
  check_refused("grey", "has 'grey', but the images have no colours", kGrey);
  check_refused("jitter:0.1:0.1:0.1", "has 'jitter', but grey images have no saturation, its third number", kGrey);
  check_refused("jitter:0.1", "has 'jitter', but images have 2 channels, expected 1 or 3", {2, 8, 8});
  check_refused("flip", "is for images [C, H, W], the data have [64]", {64});
  BOOST_CHECK_NO_THROW(check_augmentation("shift:16384,grey,jitter:0.1:0.2:0.3"));
  BOOST_CHECK_THROW(check_augmentation("shift:16385"), OptionError);
}

BOOST_AUTO_TEST_CASE(a_mixture_has_shares_of_its_distribution_and_a_part_of_that_area) {
  double mean = 0, extreme = 0;
  const Augmentation up{.steps = {}, .mixup = 0.2F}, cut{.steps = {}, .cutmix = 1},
      both{.steps = {}, .mixup = 1, .cutmix = 1};
  int cuts = 0;
  std::set<std::uint32_t> partners;
  for (std::uint32_t sample = 0; sample < 1000; ++sample) {
    SampleRandom a = random_of(sample), b = random_of(sample), c = random_of(sample);
    const Mixture mixed = random_mixture(up, kColour, 10, a), pasted = random_mixture(cut, kColour, 10, b);
    BOOST_TEST_REQUIRE((mixed.share >= 0 && mixed.share <= 1));
    BOOST_TEST(mixed.width == 0);
    mean += static_cast<double>(mixed.share) / 1000;
    extreme += mixed.share < 0.1F || mixed.share > 0.9F ? 0.001 : 0;
    BOOST_TEST((pasted.x >= 0 && pasted.y >= 0 && pasted.x + pasted.width <= 32 && pasted.y + pasted.height <= 32));
    BOOST_TEST(std::abs(pasted.share - (1 - static_cast<float>(pasted.width * pasted.height) / 1024)) < 1e-6F);
    partners.insert(pasted.partner);
    cuts += random_mixture(both, kColour, 10, c).width > 0 ? 1 : 0;
  }
  BOOST_TEST(std::abs(mean - 0.5) < 0.05);
  BOOST_TEST(std::abs(extreme - 0.66) < 0.06);  // of Beta(0.2, 0.2)
  BOOST_TEST(partners.size() == 10U);
  BOOST_TEST(std::abs(cuts - 490) < 70);
}

BOOST_AUTO_TEST_SUITE_END()
