#include <backflow/runtime/data/find_dataset.h>

#include <filesystem>
#include <set>

#include "tests/support/files.h"
#include "tests/support/idx.h"
#include "tests/support/pictures.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

BOOST_AUTO_TEST_SUITE(find_dataset_)

BOOST_AUTO_TEST_CASE(says_which_data_sets_there_are) {
  CHECK_FAILS(find_dataset("cifar"),
              "no data set 'cifar': expected fashion-mnist, a folder of IDX files, a folder with a folder of pictures "
              "for each");
  CHECK_FAILS(find_dataset(std::string(10'000, 'x')), "expected fashion-mnist");
}

BOOST_AUTO_TEST_CASE(finds_fashion_mnist_or_names_its_package) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    CHECK_FAILS(find_dataset("fashion-mnist"), "install the Debian package dataset-fashion-mnist");
    return;
  }
  const Split split = find_dataset("fashion-mnist");
  BOOST_TEST(to_string(split.train->input_shape()) == "[1, 28, 28]");
  BOOST_TEST(split.train->size() == 60'000U);
  BOOST_TEST(split.test->size() == 10'000U);
  BOOST_TEST(split.train->class_count() == 10);
  BOOST_TEST(split.train->standardization().mean.at(0) == 0.2860, boost::test_tools::tolerance(1e-3));
  BOOST_TEST(split.train->standardization().stddev.at(0) == 0.3530, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(takes_samples_to_validate_with_from_the_training_set) {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  write_idx_folder(path, 40, 5);
  const Split whole = find_dataset(path), split = find_dataset(path, {.validation_share = 0.25});
  BOOST_TEST(!whole.validation);
  BOOST_TEST(split.train->size() == 30U);
  BOOST_TEST(split.validation->size() == 10U);
  BOOST_TEST(split.test->size() == 5U);
  BOOST_TEST(split.train->standardization().mean == whole.train->standardization().mean);
  const auto labels_of = [](const Dataset& data) {
    std::multiset<std::int32_t> labels;
    for (std::size_t i = 0; i < data.size(); ++i) labels.insert(data.label(i));
    return labels;
  };
  auto both = labels_of(*split.train);
  both.merge(labels_of(*split.validation));
  BOOST_TEST((both == labels_of(*whole.train)));
  CHECK_FAILS(find_dataset(path, {.validation_share = 1}), "needs to be in [0, 1), got 1");
  CHECK_FAILS(find_dataset(path, {.validation = path}), "a folder to validate with is for pictures");
}

BOOST_AUTO_TEST_CASE(pictures_to_validate_with_have_a_folder_beside_the_test_pictures_or_anywhere) {
  const TemporaryFolder folder, other;
  write_pictures(folder.path() / "train", {"a", "b"}, 2);
  write_pictures(folder.path() / "val", {"a", "b"}, 1);
  BOOST_TEST(!find_dataset(folder.path().string()).validation);  // they are the test pictures
  write_pictures(folder.path() / "test", {"a", "b"}, 3);
  const Split split = find_dataset(folder.path().string());
  BOOST_TEST(split.test->size() == 6U);
  BOOST_TEST(split.validation->size() == 2U);
  BOOST_TEST(split.validation->standardization().mean == split.train->standardization().mean);
  write_pictures(other.path(), {"b"}, 5);
  BOOST_TEST(find_dataset(folder.path().string(), {.validation = other.path()}).validation->size() == 5U);
  write_pictures(other.path(), {"c"}, 1);
  CHECK_FAILS(find_dataset(folder.path().string(), {.validation = other.path()}), "has the class 'c'");
  CHECK_FAILS(find_dataset(folder.path().string(), {.validation = "/nowhere"}), "there is no folder '/nowhere'");
}

BOOST_AUTO_TEST_CASE(says_that_labels_begin_with_one) {
  const TemporaryFolder folder;
  write_idx_folder(folder.path());
  BOOST_TEST(find_dataset(folder.path().string()).about == "");
  write_bytes(folder / "train-labels-idx1-ubyte", idx_bytes({7}, std::string("\1\2\3\1\2\3\1", 7)));
  write_bytes(folder / "t10k-labels-idx1-ubyte", idx_bytes({5}, std::string("\1\2\3\1\2", 5)));
  const Split split = find_dataset(folder.path().string());
  BOOST_TEST(split.about == "labels go from 1 to 3, as EMNIST's letters; class 0 has no images");
  BOOST_TEST(split.train->class_count() == 4);
}

BOOST_AUTO_TEST_CASE(says_what_to_name_in_place_of_one_file) {
  const TemporaryFolder folder;
  write_idx_folder(folder.path());
  CHECK_FAILS(find_dataset((folder / "train-images-idx3-ubyte").string()), "is an IDX file; name the folder");
}

BOOST_AUTO_TEST_SUITE_END()
