#include <backflow/runtime/data/idx_folder.h>

#include <cmath>

#include "tests/support/idx.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

const std::string kLabels = "t10k-labels-idx1-ubyte";
const std::string kImages = "train-images-idx3-ubyte";

struct Folder : TemporaryFolder {
  Folder() { write_idx_folder(path()); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idx_folder, Folder)

BOOST_AUTO_TEST_CASE(loads_images_and_labels_of_both_parts) {
  const IdxSplit split = load_idx_folder(path());
  BOOST_TEST(to_string(split.train.image) == "[1, 2, 3]");
  BOOST_TEST(split.train.size() == 7U);
  BOOST_TEST(split.test.size() == 5U);
  BOOST_TEST(split.train.images.size() == 42U);
  BOOST_TEST(split.train.images[6 * 4 + 5] == 45);
  BOOST_TEST(split.train.labels == (std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0}), boost::test_tools::per_element());
  BOOST_TEST(split.train.classes == 3);
  BOOST_TEST(split.test.classes == 3);
}

BOOST_AUTO_TEST_CASE(measures_the_training_pixels_for_both_parts) {
  const IdxSplit split = load_idx_folder(path());
  double sum = 0, squares = 0;
  for (auto p : split.train.images) sum += p / 255.0;
  const double mean = sum / 42;
  for (auto p : split.train.images) squares += (p / 255.0 - mean) * (p / 255.0 - mean);
  BOOST_TEST(split.train.mean.at(0) == mean, boost::test_tools::tolerance(1e-6));
  BOOST_TEST(split.train.stddev.at(0) == std::sqrt(squares / 42), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(split.test.mean == split.train.mean);
  BOOST_TEST(split.test.stddev == split.train.stddev);
}

BOOST_AUTO_TEST_CASE(images_of_one_colour_have_a_deviation_to_divide_by) {
  write_bytes(path() / kImages, idx_bytes({7, 2, 3}, std::string(42, '\x80')));
  BOOST_TEST(load_idx_folder(path()).train.stddev.at(0) == 1);
}

BOOST_AUTO_TEST_CASE(reads_packed_files) {
  const std::string bytes = read_bytes(path() / kImages);
  std::filesystem::remove(path() / kImages);
  write_gzip(path() / (kImages + ".gz"), bytes);
  BOOST_TEST(load_idx_folder(path()).train.images[7] == 11);
}

BOOST_AUTO_TEST_CASE(names_the_file_that_is_missing) {
  std::filesystem::remove(path() / kLabels);
  CHECK_FAILS(load_idx_folder(path()), "has neither " + kLabels + " nor " + kLabels + ".gz; it has t10k-images");
}

BOOST_AUTO_TEST_CASE(reads_files_with_the_names_of_other_data_sets) {
  const auto rename = [&](const std::string& from, const std::string& to) {
    std::filesystem::rename(path() / from, path() / to);
  };
  rename("train-images-idx3-ubyte", "train-images.idx3-ubyte");
  rename("train-labels-idx1-ubyte", "emnist-letters-train-labels-idx1-ubyte");
  rename("t10k-images-idx3-ubyte", "emnist-letters-test-images-idx3-ubyte");
  BOOST_TEST(load_idx_folder(path()).test.size() == 5U);
  write_bytes(path() / "emnist-digits-train-labels-idx1-ubyte", "");
  CHECK_FAILS(load_idx_folder(path()),
              "has several files for train-labels-idx1-ubyte: emnist-digits-train-labels-idx1-ubyte, emnist-letters-");
}

BOOST_AUTO_TEST_CASE(reads_qmnists_files) {
  const auto move_to = [&](const std::string& from, const std::string& to, const std::string& bytes) {
    std::filesystem::remove(path() / from);
    write_gzip(path() / to, bytes);
  };
  for (const std::string part : {"train", "test"}) {
    const std::string usual = part == "train" ? part : "t10k";
    move_to(usual + "-images-idx3-ubyte", "qmnist-" + part + "-images-idx3-ubyte.gz",
            read_bytes(path() / (usual + "-images-idx3-ubyte")));
    move_to(usual + "-labels-idx1-ubyte", "qmnist-" + part + "-labels-idx2-int.gz",
            part == "train" ? qmnist_labels({4, 0, 1, 2, 3, 4, 0}) : qmnist_labels({4, 3, 2, 1, 0}));
  }
  const IdxSplit split = load_idx_folder(path());
  const std::vector<std::int32_t> train{4, 0, 1, 2, 3, 4, 0}, test{4, 3, 2, 1, 0};
  BOOST_TEST(split.train.labels == train, boost::test_tools::per_element());
  BOOST_TEST(split.test.labels == test, boost::test_tools::per_element());
  BOOST_TEST(split.train.classes == 5);
  BOOST_TEST(split.train.images[7] == 11);
}

BOOST_AUTO_TEST_CASE(reads_every_naming_packed_or_not) {
  struct Naming {
    const char *before, *test, *images, *labels;
  };
  for (const Naming& n : {Naming{"", "t10k", "-idx3-ubyte", "-idx1-ubyte"},
                          {"", "t10k", ".idx3-ubyte", ".idx1-ubyte"},
                          {"", "test", "-idx3-ubyte", "-idx1-ubyte"},
                          {"emnist-letters-", "test", "-idx3-ubyte", "-idx1-ubyte"},
                          {"emnist_mnist.", "test", ".idx3-ubyte", ".idx1-ubyte"},
                          {"qmnist-", "test", "-idx3-ubyte", "-idx2-int"}})
    for (const bool packed : {false, true}) {
      const TemporaryFolder folder;
      for (const std::string part : {"train", "t10k"})
        for (const std::string kind : {"images", "labels"}) {
          const std::string usual = part + "-" + kind + (kind == "images" ? "-idx3-ubyte" : "-idx1-ubyte");
          const bool rows = kind == "labels" && std::string(n.labels) == "-idx2-int";
          const std::string bytes = !rows             ? read_bytes(path() / usual)
                                    : part == "train" ? qmnist_labels({0, 1, 2, 0, 1, 2, 0})
                                                      : qmnist_labels({0, 1, 2, 0, 1});
          const std::string name =
              n.before + (part == "train" ? part : n.test) + "-" + kind + (kind == "images" ? n.images : n.labels);
          if (packed)
            write_gzip(folder / (name + ".gz"), bytes);
          else
            write_bytes(folder / name, bytes);
        }
      const IdxSplit split = load_idx_folder(folder.path());
      BOOST_TEST(split.train.labels[2] == 2);
      BOOST_TEST(split.test.size() == 5U);
    }
}

BOOST_AUTO_TEST_CASE(refuses_different_counts_of_images_and_labels) {
  write_bytes(path() / kLabels, idx_bytes({4}, std::string(4, '\0')));
  CHECK_FAILS(load_idx_folder(path()), kLabels + " has 4 labels");
  CHECK_FAILS(load_idx_folder(path()), "t10k-images-idx3-ubyte has 5 images");
}

BOOST_AUTO_TEST_CASE(refuses_a_test_label_that_training_does_not_know) {
  write_bytes(path() / kLabels, idx_bytes({5}, std::string("\0\1\2\3\0", 5)));
  CHECK_FAILS(load_idx_folder(path()), "test label 3 is 3, the training labels go from 0 to 2");
}

BOOST_AUTO_TEST_CASE(refuses_empty_sets_and_other_sizes_of_test_images) {
  write_bytes(path() / kImages, idx_bytes({0, 2, 3}, ""));
  CHECK_FAILS(load_idx_folder(path()), "has no pixels: its sizes are [0, 2, 3]");
  write_bytes(path() / kImages, idx_bytes({7, 3, 2}, std::string(42, 'x')));
  CHECK_FAILS(load_idx_folder(path()), "the training images are [1, 3, 2], the test images [1, 2, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
