#include "examples/apps/dream/dream_folder.h"

#include "examples/apps/common/program.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

std::vector<DreamTarget> targets_of(const std::vector<std::string>& objectives) {
  std::vector<DreamTarget> targets;
  for (const std::string& o : objectives) targets.push_back({o, "title of " + o});
  return targets;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dream_folder, TemporaryFolder)

BOOST_AUTO_TEST_CASE(a_sheet_takes_the_place_of_one_with_the_same_targets_alone) {
  const auto first = targets_of({"class:0", "class:1"}), second = targets_of({"class:1", "class:0"});
  const auto write = [&](const std::vector<DreamTarget>& targets) {
    const auto file = sheet_file(path(), targets);
    image::write_png(file, image::blank_image(2, 2), sheet_text(targets));
    return file.filename().string();
  };
  BOOST_TEST(write(first) == "contact_sheet.png");
  BOOST_TEST(write(second) == "contact_sheet-2.png");
  BOOST_TEST(write(first) == "contact_sheet.png");
  write_bytes(path() / "contact_sheet-3.png", "something else");
  BOOST_TEST(write(targets_of({"class:0"})) == "contact_sheet-4.png");
  BOOST_TEST(write(second) == "contact_sheet-2.png");
  BOOST_TEST(entries() == 4U);
}

BOOST_AUTO_TEST_CASE(an_unfinished_run_is_known_by_its_settings) {
  DreamSettings mine;
  mine.models = {{"a.onnx", "0"}};
  mine.targets = targets_of({"class:0"});
  BOOST_CHECK_NO_THROW(check_unfinished(path(), mine));
  std::filesystem::create_directory(path() / "state");
  CHECK_FAILS(check_unfinished(path(), mine), "it has no run.json");
  write_bytes(path() / "run.json", to_json(whole_settings(mine)));
  mine.limit_steps = 3;
  BOOST_CHECK_NO_THROW(check_unfinished(path(), mine));
  mine.targets = targets_of({"class:1"});
  CHECK_FAILS(check_unfinished(path(), mine), "holds an unfinished run of other settings");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_refused_with_its_flag) {
  CHECK_FAILS(check_folder("--grid", path() / "none" / "x.png"), "--grid: there is no folder '");
  std::filesystem::create_directory(path() / "x.png");
  CHECK_FAILS(check_folder("--grid", path() / "x.png"), "--grid: ");
  BOOST_CHECK_NO_THROW(check_folder("--grid", path() / "y.png"));
  BOOST_CHECK_NO_THROW(check_folder("--grid", ""));
  BOOST_TEST(entries() == 1U);
}

BOOST_AUTO_TEST_CASE(files_of_two_objectives_never_share_a_name) {
  const std::string longest(300, 'x');
  const auto names = file_names(targets_of({"layer:a/b", "layer:a_b", "layer:" + longest + "1", "layer:" + longest}));
  BOOST_TEST(std::set(names.begin(), names.end()).size() == 4U);
  for (const std::string& name : names) {
    BOOST_TEST(name.size() < 110U);
    BOOST_TEST(name.find('/') == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
