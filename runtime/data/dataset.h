// Labelled images in memory, as bytes; or what was computed of them, as floats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>

namespace backflow::data {

struct Dataset {
  Shape image;                       // [C, H, W]; of features any
  std::vector<std::uint8_t> images;  // [N, C, H, W]
  std::vector<std::int32_t> labels;  // [N]
  int classes = 0;
  float mean = 0, stddev = 1;  // of pixel / 255, over the training images; the test set has the same
  std::vector<float> features = {};  // [N, …image], in place of images: batches have them as they are

  std::size_t size() const { return labels.size(); }
};

struct Split {
  Dataset train, test;
};

/// Sets mean and standard deviation to those of the images, from exact counts; of one colour the deviation is 1.
void measure(Dataset& data);

/// Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each
/// plain or with .gz, or files with the names of EMNIST, QMNIST and the like. There are as many classes as the largest
/// training label + 1. Throws an Error that names the file.
Split load_idx_folder(const std::filesystem::path& folder);

/// The data set called `name`: "fashion-mnist", from the Debian package dataset-fashion-mnist, or a folder of IDX
/// files.
Split find_dataset(const std::string& name);

}  // namespace backflow::data
