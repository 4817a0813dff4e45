#include <backflow/runtime/data/find_dataset.h>

#include <filesystem>

#include "tests/support/idx.h"
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
