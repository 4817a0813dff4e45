#include <backflow/runtime/data/picture_dataset.h>

#include <cmath>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/data/picture_files.h>
#include <backflow/runtime/image/resize.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/files.h"
#include "tests/support/pictures.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace fs = std::filesystem;

namespace {

std::vector<float> sample(const Dataset& data, std::size_t i) {
  std::vector<float> input(static_cast<std::size_t>(elements(data.input_shape())));
  data.read(i, 0, input);
  return input;
}

std::vector<std::vector<float>> samples(const Dataset& data) {
  std::vector<std::vector<float>> all;
  for (std::size_t i = 0; i < data.size(); ++i) all.push_back(sample(data, i));
  return all;
}

/// Classes a, b, c of four pictures each.
struct Pictures : TemporaryFolder {
  Pictures() { write_pictures(path(), {"a", "b", "c"}, 4); }
  PictureDataset read(const PictureOptions& options, const Standardization* like = nullptr) const {
    const PictureFiles found = find_pictures(path());
    return PictureDataset(found.train, found.classes, options, like);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(picture_dataset, Pictures)

BOOST_AUTO_TEST_CASE(decoding_tells_how_far_it_is) {
  std::size_t most = 0, wanted = 0;
  read({.size = 4, .progress = [&](std::size_t done, std::size_t all) {
          most = std::max(most, done);
          wanted = all;
        }});
  BOOST_TEST(wanted == 12U);
  BOOST_TEST((most >= 1 && most <= 12));
}

BOOST_AUTO_TEST_CASE(colours_are_standardised_by_channel) {
  const PictureDataset data = read({.size = 8});
  BOOST_TEST(to_string(data.input_shape()) == "[3, 8, 8]");
  BOOST_TEST(data.size() == 12U);
  BOOST_TEST(data.class_count() == 3);
  BOOST_TEST(data.label(5) == 1);
  const auto [mean, stddev] = data.standardization();
  double sum = 0, squares = 0;
  for (int c = 0; c < 3; ++c)
    for (int i = 0; i < 4; ++i) sum += (40 + 50 * c + i) / 255.0, squares += std::pow((40 + 50 * c + i) / 255.0, 2);
  BOOST_TEST(mean[0] == sum / 12, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(stddev[0] == std::sqrt(squares / 12 - sum / 12 * sum / 12), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(mean[1] == 0);
  BOOST_TEST(stddev[1] == 1);
  const auto x = sample(data, 5);  // class b, picture 1: 91, 0, 164
  BOOST_TEST(x[7] == (91 / 255.F - mean[0]) / stddev[0], boost::test_tools::tolerance(1e-4F));
  BOOST_TEST(x[64] == 0);
  BOOST_TEST(x[191] == (164 / 255.F - mean[2]) / stddev[2], boost::test_tools::tolerance(1e-4F));
}

BOOST_AUTO_TEST_CASE(pictures_are_resized_and_their_middle_cut_out) {
  image::Image wide = bordered(40, 20, {10, 20, 30});
  image::write_image(path() / "a/10.png", wide);
  const Standardization plain{{0, 0, 0}, {1, 1, 1}};
  const PictureDataset data = read({.size = 10}, &plain);
  const image::Image expected = image::centre_crop(image::resize(wide, 20, 10), 10, 10);
  const auto x = sample(data, 0);
  for (std::size_t i = 0; i < 100; ++i)
    for (std::size_t c = 0; c < 3; ++c) BOOST_TEST(std::lround(255 * x[100 * c + i]) == expected.rgb[3 * i + c]);
}

BOOST_AUTO_TEST_CASE(grey_pictures_have_one_channel) {
  const Standardization plain{{0}, {1}};
  const PictureDataset data = read({.size = 4, .grey = true}, &plain);
  BOOST_TEST(to_string(data.input_shape()) == "[1, 4, 4]");
  BOOST_TEST(std::lround(255 * sample(data, 0)[0]) == std::lround((299 * 40 + 114 * 215) / 1000.0));
}

BOOST_AUTO_TEST_CASE(what_stays_in_memory_and_who_decodes_changes_no_bit) {
  const auto expected = samples(read({.size = 8}));
  for (const std::size_t cache : {std::size_t{0}, std::size_t{5 * 192 + 7}}) {
    const PictureDataset data = read({.size = 8, .cache = cache});
    BOOST_TEST(data.cached_bytes() == cache / 192 * 192);
    BOOST_TEST(data.reads_slowly());
    BOOST_TEST((samples(data) == expected));
  }
  BOOST_TEST(!read({.size = 8}).reads_slowly());
  for (const int threads : {1, 2, 4, 8}) {
    Scheduler workers(threads);
    workers.execute([&] { BOOST_TEST((samples(read({.size = 8})) == expected)); });
  }
}

BOOST_AUTO_TEST_CASE(pictures_that_cannot_be_read_are_left_out_unless_that_is_an_error) {
  write_bytes(path() / "a/11.png", "");
  write_bytes(path() / "b/12.png", "text");
  const PictureDataset data = read({.size = 8});
  BOOST_TEST(data.size() == 10U);
  BOOST_TEST(data.left_out() == 2U);
  BOOST_TEST(data.label(3) == 1);
  BOOST_TEST(sample(data, 3) == sample(read({.size = 8, .cache = 0}), 3), boost::test_tools::per_element());
  CHECK_FAILS(read({.size = 8, .strict = true}), "11.png] is no PNG, JPEG, WebP or GIF file");
  for (const auto& entry : fs::recursive_directory_iterator(path()))
    if (entry.is_regular_file()) write_bytes(entry.path(), "text");
  CHECK_FAILS(read({.size = 8}), "none of 12 pictures can be read; the first: [");
  CHECK_FAILS(read({.size = 0}), "needs to be 1 … 4096, got 0");
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_gone_is_named_when_it_is_read) {
  const PictureDataset data = read({.size = 8, .cache = 0});
  fs::remove(path() / "c/13.png");
  CHECK_FAILS(sample(data, 11), "13.png");
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_test_set_gives_a_part_of_each_class) {
  const Split split = data::find_dataset(path().string(), {.pictures = {.size = 8}, .test_share = 0.25});
  BOOST_TEST(split.kind == "pictures");
  BOOST_TEST(split.train->size() == 9U);
  BOOST_TEST(split.test->size() == 3U);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(split.test->label(i) == static_cast<std::int32_t>(i));
  BOOST_TEST(split.test->standardization().mean == split.train->standardization().mean,
             boost::test_tools::per_element());
  const auto again = data::find_dataset(path().string(), {.pictures = {.size = 8}, .test_share = 0.25});
  BOOST_TEST((samples(*again.test) == samples(*split.test)));
}

BOOST_AUTO_TEST_SUITE_END()
