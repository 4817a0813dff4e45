// The words of which a layered network is made, each with its keys. Internal to runtime/models/.
#pragma once

#include <map>

#include <backflow/runtime/files/option_table.h>
#include <backflow/runtime/models/network_builder.h>

namespace backflow::models {

/// What keys can say; a word reads some of them.
struct LayerOptions {
  std::string name, from;  // empty: numbered after the word; the layer before
  std::int64_t out = 0, groups = 1, height = 1, width = 1;
  std::vector<std::int64_t> kernel{1}, stride, padding{0}, dilation{1}, axes{2, 3};  // one number or one an axis
  bool bias = true, ceil_mode = false, count_include_pad = true;
  double alpha = 1, slope = 0.01, p = 0.5;

  Pair pair(const std::vector<std::int64_t>& n) const { return {n.front(), n.back()}; }
  Padding padding_of() const;
};

struct LayerWord {
  std::vector<std::string> keys;  // beside name and from
  Value (*make)(NetworkBuilder& b, const std::vector<Value>& in, const LayerOptions& o);
  std::string prefix = {};              // of numbered names; empty: the word
  std::vector<std::string> needs = {};  // keys that must be there
  std::size_t most_inputs = 1;          // above 1: at least two, by "with"
};

const std::map<std::string, LayerWord>& layer_word_table();
const std::string& prefix_of(const std::string& word);
/// All keys of LayerOptions with their ranges.
files::OptionTable table(LayerOptions& o);

}  // namespace backflow::models
