#include <backflow/runtime/models/standardized.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include <backflow/graph/error.h>
#include <backflow/ops/index_select.h>
#include <backflow/runtime/files/parse_number.h>

namespace backflow::models {
namespace {

class Standardized final : public Model {
 public:
  Standardized(std::unique_ptr<Model> model, InputSpec input, bool blue_first)
      : model_(std::move(model)), input_(std::move(input)), blue_first_(blue_first) {}

  const InputSpec& input() const override { return input_; }
  std::int64_t classes() const override { return model_->classes(); }
  std::vector<std::string> labels() const override { return model_->labels(); }
  data::Standardization targets() const override { return model_->targets(); }
  Classifier build(Value image) const override {
    return model_->build(blue_first_ ? index_select(image, {.axis = 1, .indices = {2, 1, 0}}) : image);
  }

 private:
  std::unique_ptr<Model> model_;
  InputSpec input_;
  bool blue_first_;
};

/// Numbers between commas; one stands for all channels. Empty if they are something else.
std::vector<float> numbers(std::string_view text, std::size_t channels) {
  std::vector<float> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    double value = 0;
    if (!files::read_number(text.substr(begin, end - begin), value) || !std::isfinite(static_cast<float>(value)))
      return {};
    values.push_back(static_cast<float>(value));
    begin = end + 1;
  }
  if (values.size() == 1) values.resize(channels, values[0]);
  return values.size() == channels ? values : std::vector<float>();
}

/// (x · factor + offset − mean) / deviation is what the network reads, for x in 0 … 1.
struct Range {
  float factor = 1, offset = 0;
};

InputSpec changed(InputSpec input, const std::string& how, const Range& range) {
  const auto channels = static_cast<std::size_t>(input.channels);
  const std::size_t slash = std::min(how.find('/'), how.size());
  if (how == "none") {
    input.mean.assign(channels, 0);
    input.stddev.assign(channels, 1);
  } else if (how == "imagenet") {
    require(channels == 3, "imagenet's mean is of 3 channels, the network reads ", channels);
    const InputSpec usual = default_input(3);
    input.mean = usual.mean;
    input.stddev = usual.stddev;
  } else {
    input.mean = numbers(std::string_view(how).substr(0, slash), channels);
    input.stddev =
        slash < how.size() ? numbers(std::string_view(how).substr(slash + 1), channels) : std::vector<float>();
    const bool positive = std::all_of(input.stddev.begin(), input.stddev.end(), [](float d) { return d > 0; });
    require(!input.mean.empty() && !input.stddev.empty() && positive,
            "the standardisation needs to be imagenet, none or MEAN/DEVIATION with a number or ", channels,
            " in each and deviations above 0, got '", how, "'");
  }
  for (float& m : input.mean) m = (m - range.offset) / range.factor;
  for (float& d : input.stddev) d /= range.factor;
  return input;
}

}  // namespace

std::unique_ptr<Model> standardized(std::unique_ptr<Model> model, const std::string& how) {
  if (how.empty()) return model;
  std::istringstream words(how);
  std::string rest;
  bool blue_first = false;
  Range range;
  for (std::string word; words >> word;) {
    if (word == "bgr")
      blue_first = true;
    else if (word == "0..255")
      range = {255, 0};
    else if (word == "-1..1")
      range = {2, -1};
    else
      rest += (rest.empty() ? "" : " ") + word;
  }
  require(!blue_first || model->input().channels == 3, "bgr is an order of 3 channels, the network reads ",
          model->input().channels);
  const bool only_order = rest.empty() && range.factor == 1;
  InputSpec input = only_order ? model->input() : changed(model->input(), rest.empty() ? "none" : rest, range);
  if (blue_first && rest.find('/') != std::string::npos) {  // numbers of the network's own order
    std::reverse(input.mean.begin(), input.mean.end());
    std::reverse(input.stddev.begin(), input.stddev.end());
  }
  return std::make_unique<Standardized>(std::move(model), std::move(input), blue_first);
}

}  // namespace backflow::models
