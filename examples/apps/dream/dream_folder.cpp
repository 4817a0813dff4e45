#include "examples/apps/dream/dream_folder.h"

#include <backflow/graph/error.h>
#include <backflow/runtime/files/located_json.h>
#include "examples/apps/common/program.h"

namespace backflow {

namespace fs = std::filesystem;

void check_folder(const char* flag, const fs::path& file) {
  const fs::path folder = file.parent_path();
  require(folder.empty() || fs::is_directory(folder), flag, ": there is no folder '", folder.string(), "' to write ",
          file.filename().string(), " in");
  if (!file.empty()) check_writable(flag, file);
}

DreamSettings whole_settings(DreamSettings settings) {
  settings.limit_steps = 0;
  return settings;
}

bool is_there(const DreamImage& p, const DreamSettings& settings, const fs::path& out) {
  const DreamSettings s = whole_settings(settings);
  for (const fs::path& file : p.files(out)) {
    if (!fs::exists(file)) return false;
    if (image::read_png_text(file) != png_text(s, p.target)) return false;
  }
  return true;
}

DreamSettings settings_of_run(const fs::path& out) {
  const fs::path file = out / "run.json";
  require(fs::exists(file), "--resume: there is no run in '", out.string(), "': it has no run.json");
  return dream_settings_from_json(files::read_text(file), file.string());
}

void check_unfinished(const fs::path& out, const DreamSettings& settings) {
  if (!fs::exists(out / "state")) return;
  require(settings_of_run(out) == whole_settings(settings), "--out: '", out.string(),
          "' holds an unfinished run of other settings; --resume continues it, --overwrite gives it up");
}

void check_not_shortened(const DreamImage& p, std::int64_t limit, const fs::path& out) {
  for (const fs::path& file : p.files(out)) {
    if (!fs::exists(file)) continue;
    const std::int64_t done = dream_settings_of(file).limit_steps;
    require(done > 0 && done <= limit, "--limit-steps ", limit, " would cut short '", file.string(), "', which ",
            done == 0 ? "is finished" : str_cat("has ", done, " steps"),
            "; choose another --out, or --overwrite replaces it");
  }
}

image::PngText sheet_text(const std::vector<DreamTarget>& targets) {
  std::string all;
  for (const DreamTarget& target : targets) all += target.objective + '\n';
  return {{"Software", "backflow dream"}, {"Targets", all}};
}

fs::path sheet_file(const fs::path& out, const std::vector<DreamTarget>& targets) {
  const image::PngText text = sheet_text(targets);
  for (int i = 1;; ++i) {
    const fs::path file = out / (i == 1 ? "contact_sheet.png" : str_cat("contact_sheet-", i, ".png"));
    if (!fs::exists(file)) return file;
    try {
      if (image::read_png_text(file) == text) return file;
    } catch (const Error&) {  // something else of that name
    }
  }
}

}  // namespace backflow
