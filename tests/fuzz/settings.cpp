// Settings of dreams in run.json and in PNG files, and their objectives: what is read is written and read again.
#include "examples/apps/dream/dream_settings.h"

#include <backflow/runtime/dream/objective/objective.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

void read_objective(const std::string& text) {
  fuzz::accepts<Error>([&] {
    const std::string once = to_string(dream::parse_objective(text));
    if (!fuzz::accepts<Error>([&] {
          if (to_string(dream::parse_objective(once)) != once) fuzz::found("another objective than " + once);
        }))
      fuzz::found("refused when written: " + once);
  });
}

void read_settings(const std::string& text) {
  fuzz::accepts<Error>([&] {
    const DreamSettings settings = dream_settings_from_json(text, "run.json");
    if (dream_settings_from_json(to_json(settings), "again") != settings) fuzz::found("other settings when written");
    for (const DreamTarget& target : settings.targets) {
      read_objective(target.objective);
      const image::PngText texts = png_text(settings, target);
      const auto png = image::encode_png(image::blank_image(1, 1), texts);
      if (image::decode_png_text(png, "png") != texts) fuzz::found("other texts in a PNG");
    }
  });
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  text.starts_with('{') ? read_settings(text) : read_objective(text);
  return 0;
}
