#include <backflow/runtime/models/layered_network.h>

#include <algorithm>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/located_json.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/described_ops.h>
#include <backflow/runtime/models/layer_words.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::models {
namespace {

using LayerJson = nlohmann::json;

constexpr std::size_t kMaxLayers = 4096, kMaxLayerName = 200;
constexpr std::int64_t kMaxRepeats = 4096;
constexpr const char* kImages = "images";

struct ParsedLayer {
  std::string word, what;  // "layer 3 (conv2d): "
  std::string where;       // the same behind "net.json:7: "
  LayerOptions options;
  std::vector<std::string> with;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

class LayersReader {
 public:
  LayersReader(const std::string& text, const std::string& file, std::int64_t classes)
      : file_(file), classes_(classes), json_(files::parse_located(text, file)) {}

  std::vector<ParsedLayer> run() {
    const LayerJson& top = json_.value;
    require(top.is_object(), file_, ":1: a network should be an object with 'layers', is ", top.type_name());
    check_keys(top, "", {"layers"});
    read_list("", {});
    require(!layers_.empty(), file_, ":", json_.line("/layers"), ": 'layers' is empty");
    return std::move(layers_);
  }

 private:
  using Indices = std::vector<std::pair<std::string, std::int64_t>>;  // names of repetitions, and where they are

  std::string where(const std::string& pointer) const { return str_cat(file_, ":", json_.line(pointer), ": "); }

  void check_keys(const LayerJson& object, const std::string& pointer, const std::vector<std::string>& known) const {
    for (const auto& [key, value] : object.items())
      require(std::find(known.begin(), known.end(), key) != known.end(), where(pointer + "/" + key),
              files::no_such("key", key, known));
  }

  /// The list "layers" of the object at `pointer`.
  void read_list(const std::string& pointer, const Indices& indices) {
    const LayerJson& object = json_.value.at(LayerJson::json_pointer(pointer));
    require(object.contains("layers") && object["layers"].is_array(), where(pointer),
            "'layers' should be a list of layers");
    for (std::size_t i = 0; i < object["layers"].size(); ++i) {
      require(layers_.size() < kMaxLayers, where(pointer), "there are more than ", kMaxLayers, " layers");
      const std::string at = str_cat(pointer, "/layers/", i);
      const LayerJson& layer = object["layers"][i];
      if (layer.is_object() && layer.contains("repeat"))
        read_repetition(layer, at, indices);
      else
        read_layer(layer, at, indices);
    }
  }

  void read_repetition(const LayerJson& object, const std::string& at, const Indices& indices) {
    check_keys(object, at, {"repeat", "layers", "index"});
    const LayerJson& count = object["repeat"];
    require(count.is_number_unsigned() && count.get<std::uint64_t>() >= 1 &&
                count.get<std::uint64_t>() <= static_cast<std::uint64_t>(kMaxRepeats),
            where(at + "/repeat"), "'repeat' needs to be in 1 … ", kMaxRepeats, ", is ",
            files::printable(count.dump()));
    const LayerJson index = object.value("index", LayerJson("i"));
    require(index.is_string() && !index.get<std::string>().empty(), where(at + "/index"),
            "'index' should be a text, is ", files::printable(index.dump()));
    for (std::int64_t n = 0; n < count.get<std::int64_t>(); ++n) {
      const std::size_t before = layers_.size();
      Indices inner = indices;
      inner.emplace_back(index.get<std::string>(), n);
      read_list(at, inner);
      require(layers_.size() > before, where(at), "there is nothing to repeat");
    }
  }

  void read_layer(const LayerJson& json, const std::string& at, const Indices& indices) {
    const bool is_word = json.is_string(), is_call = json.is_object() && json.size() == 1;
    require(is_word || is_call, where(at), "layer ", layers_.size() + 1,
            " should be a word or an object with one word, is ", files::printable(json.dump()));
    ParsedLayer layer{
        .word = is_word ? json.get<std::string>() : json.begin().key(), .what = {}, .where = {}, .options = {}};
    const std::string keys = is_word ? at : at + (LayerJson::json_pointer() / layer.word).to_string();
    const auto word = layer_word_table().find(layer.word);
    require(word != layer_word_table().end(), where(keys), files::no_such("layer", layer.word, layer_words()));
    layer.what = str_cat("layer ", layers_.size() + 1, " (", layer.word, "): ");
    layer.where = where(keys) + layer.what;
    LayerJson options = is_word ? LayerJson::object() : *json.begin();
    const bool combines = word->second.most_inputs > 1;
    if (combines && options.is_string()) options = LayerJson{{"with", options}};  // {"add": "block1"}
    require(options.is_object(), layer.where, "its options should be an object, are ",
            files::printable(options.dump()));
    read_options(layer, word->second, std::move(options), keys);
    take_name(layer, indices);
    layers_.push_back(std::move(layer));
  }

  void read_options(ParsedLayer& layer, const LayerWord& word, LayerJson options, const std::string& at) const {
    std::vector<std::string> known{"name", "from"};
    known.insert(known.end(), word.keys.begin(), word.keys.end());
    check_keys(options, at, known);
    for (const std::string& key : word.needs) require(options.contains(key), layer.where, "'", key, "' is missing");
    if (options.contains("with")) {
      layer.with = texts(layer, options["with"]);
      options.erase("with");
      require(layer.with.size() < word.most_inputs, layer.where, "'with' names ", layer.with.size(),
              " layers, at most ", word.most_inputs - 1, " are possible");
    }
    if (options.contains("out") && options["out"] == "classes") options["out"] = classes_;
    const files::OptionTable table = models::table(layer.options);
    for (auto& [key, value] : options.items()) {
      const files::Option& option = files::at(table, key, layer.where);
      const bool is_list = std::holds_alternative<std::vector<std::int64_t>*>(option.member);
      const LayerJson given = is_list && value.is_number() ? LayerJson::array({value}) : value;
      check_lengths(layer, key, given, at);
      try {
        files::read_json(table, LayerJson{{key, given}}.dump());
        files::check({option});
      } catch (const OptionError& e) {
        fail(where(at + "/" + key), layer.what, "'", key, "' ", e.problem());
      }
    }
  }

  void check_lengths(const ParsedLayer& layer, const std::string& key, const LayerJson& given,
                     const std::string& at) const {
    if (!given.is_array()) return;
    const std::size_t n = given.size(), most = key == "axes" ? 3 : 2;
    require((n >= 1 && n <= most) || (n == 4 && key == "padding"), where(at + "/" + key), layer.what, "'", key,
            "' needs 1 … ", most, " numbers", key == "padding" ? " or 4" : "", ", has ", n);
  }

  static std::vector<std::string> texts(const ParsedLayer& layer, const LayerJson& json) {
    const LayerJson list = json.is_array() ? json : LayerJson::array({json});
    for (const LayerJson& text : list)
      require(text.is_string(), layer.where, "'with' should be a name or a list of names, is ",
              files::printable(json.dump()));
    require(!list.empty(), layer.where, "'with' is empty");
    return list.get<std::vector<std::string>>();
  }

  /// Its own or one with a number; those that it reads must be there.
  void take_name(ParsedLayer& layer, const Indices& indices) {
    LayerOptions& o = layer.options;
    const std::int64_t number = ++numbers_[prefix_of(layer.word)];
    if (o.name.empty()) o.name = str_cat(prefix_of(layer.word), number);
    const auto expand = [&](std::string& name) {
      for (const auto& [index, n] : indices) name = replaced(name, "{" + index + "}", std::to_string(n));
      require(name.size() <= kMaxLayerName, layer.where, "a name has more than ", kMaxLayerName, " letters");
    };
    expand(o.name);
    expand(o.from);
    for (std::string& name : layer.with) expand(name);
    for (const std::string& name : layer.with) check_there(layer, name);
    if (!o.from.empty()) check_there(layer, o.from);
    require(o.name != kImages && names_.insert(o.name).second, layer.where, "the name '", files::printable(o.name),
            "' is taken");
    order_.push_back(o.name);
  }

  void check_there(const ParsedLayer& layer, const std::string& name) const {
    if (name == kImages || names_.contains(name)) return;
    fail(layer.where, files::no_such("layer before it", name, order_));
  }

  std::string file_;
  std::int64_t classes_;
  files::LocatedJson json_;
  std::vector<ParsedLayer> layers_;
  std::map<std::string, std::int64_t> numbers_;
  std::set<std::string> names_;
  std::vector<std::string> order_;
};

Value built(const std::vector<ParsedLayer>& layers, NetworkBuilder& b, Value images) {
  std::map<std::string, Value> values{{kImages, images}};
  Value last = images;
  for (const ParsedLayer& layer : layers) {
    std::vector<Value> in{layer.options.from.empty() ? last : values.at(layer.options.from)};
    for (const std::string& name : layer.with) in.push_back(values.at(name));
    try {
      last = layer_word_table().at(layer.word).make(b, in, layer.options);
      check_described_shape(last.shape(), images.shape()[0]);
    } catch (const Error& e) {
      fail(layer.where, e.what());
    }
    values[layer.options.name] = last;
  }
  return last;
}

}  // namespace

Architecture layered_network(const std::string& text, const std::string& file, std::int64_t classes) {
  return {[layers = LayersReader(text, file, classes).run(), file, classes](NetworkBuilder& b, Value images) {
    const Value logits = built(layers, b, images);
    const Shape expected{images.shape()[0], classes};
    require(logits.shape() == expected, layers.back().where, "the last layer makes ", to_string(logits.shape()),
            ", expected logits ", to_string(expected), ": \"out\": \"classes\" is the number of classes");
    return logits;
  }};
}

std::vector<std::string> layer_words() {
  std::vector<std::string> words;
  for (const auto& [word, layer] : layer_word_table()) words.push_back(word);
  return words;
}

}  // namespace backflow::models
