// Data sets by the name that a command line gives them.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/data/picture_dataset.h>
#include <backflow/runtime/data/table_recipe.h>

namespace backflow::data {

struct Split {
  std::shared_ptr<const Dataset> train, test;
  std::string kind = "";                                // what it was read from: "IDX files"
  std::string about = "";                               // what was found in it, for people; may be empty
  std::shared_ptr<const Dataset> validation = nullptr;  // null: none
};

struct DataOptions {
  PictureOptions pictures = {};
  TableOptions tables = {};
  double test_share = 0.2;  // of the samples of each class, where the data have no test set; the same ones each time
  double validation_share = 0;            // of the training samples of each class, the same ones each time; 0: none
  std::filesystem::path validation = {};  // or a folder with pictures of the same classes to validate with
};

/// The data set called `name`, told by what is there: "fashion-mnist", from the Debian package dataset-fashion-mnist; a
/// folder of IDX files; a folder with a folder of pictures for each class; a list of pictures; a table, or a folder
/// with train.csv; arrays of NumPy, an .npz or a folder with x.npy and y.npy. Mean and deviation of its inputs are
/// those of all training samples, whether or not some of them validate. Throws an Error that says what was found and
/// what was expected, an OptionError for an option out of its range and for a column that is not there.
Split find_dataset(const std::string& name, const DataOptions& options = {});

/// Moves `share` of the training samples of each class into the validation set, the same ones each time. Throws an
/// Error unless 0 < share < 1 and some class has two samples.
Split hold_out(Split split, double share);

}  // namespace backflow::data
