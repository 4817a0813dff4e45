// Pictures in a folder for each class, or in a list. Internal to runtime/data/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <backflow/runtime/data/table_recipe.h>

namespace backflow::data {

struct PictureFile {
  std::filesystem::path path;
  std::int32_t label = 0;  // its class, or the place of its number
};

struct PictureFiles {
  std::vector<std::string> classes;                  // their names, sorted; none where numbers are to be predicted
  std::vector<double> numbers;                       // to be predicted
  std::vector<PictureFile> train, test, validation;  // sorted by path; no test: to be taken from train
};

/// Whether the folder has a picture in a folder inside it.
bool has_picture_folders(const std::filesystem::path& folder);

/// FOLDER/CLASS/…, or FOLDER/train/CLASS/… with test/ or val/ beside it, or both; pictures may lie deeper. A picture is
/// what ends with .png, .jpg, .jpeg, .webp or .gif. Names that begin with a dot are passed over, folders behind
/// symbolic links are visited once. Throws an Error if there are less than two classes, one has no pictures, or the
/// test pictures have one that the training pictures have not.
PictureFiles find_pictures(const std::filesystem::path& folder);

/// FOLDER/CLASS/… with classes among `classes`; an Error as above.
std::vector<PictureFile> find_pictures(const std::filesystem::path& folder, const std::vector<std::string>& classes);

/// Whether a file is such a list: its first line begins with the path of a picture.
bool is_picture_list(const std::filesystem::path& file);

/// Lines PATH<TAB>LABEL, relative to the file's folder; empty ones do not count. Labels are classes, or, as `task`
/// says, numbers to predict; by itself only where all are numbers and not all of them whole. Throws an Error with the
/// line's number.
PictureFiles read_picture_list(const std::filesystem::path& file, Task task);

}  // namespace backflow::data
