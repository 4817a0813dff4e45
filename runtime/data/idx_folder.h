// Folders of IDX files, as MNIST's.
#pragma once

#include <filesystem>

#include <backflow/runtime/data/image_dataset.h>

namespace backflow::data {

struct IdxSplit {
  ImageDataset train, test;
};

/// Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each
/// plain or with .gz, or files with the names of EMNIST, QMNIST and the like. There are as many classes as the largest
/// training label + 1. Throws an Error that names the file.
IdxSplit load_idx_folder(const std::filesystem::path& folder);

}  // namespace backflow::data
