#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/layer_words.h>
#include <backflow/runtime/models/layered_network.h>

namespace backflow::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kSomeClasses = 1009;  // a width that no network has, so that it can be told from those

/// A network's graph on its way into words.
class LayersWriter {
 public:
  LayersWriter(const Architecture& network, const Shape& image) {
    graph_.set_mode(Mode::prediction);
    const Value images = graph_.input("images", {.shape = {1, image.at(0), image.at(1), image.at(2)}, .image = true});
    NetworkBuilder b(graph_);
    b.mark_dropout();
    logits_ = network.build(b, images);
    for (const Layer& l : b.layers()) names_.try_emplace(l.value.node, l.name);
    words_[images.node] = "images";
    last_ = images.node;
  }

  std::string run() {
    std::set<std::size_t> wanted{logits_.node};
    for (std::size_t n = logits_.node + 1; n-- > 0;)
      if (wanted.contains(n))
        for (const Value& v : graph_.node(n).in) wanted.insert(v.node);
    std::string text;
    for (const std::size_t n : wanted) {
      if (!graph_.node(n).op || is_sum_of_mean(n) || is_end_of_mean(n)) continue;
      text += str_cat(text.empty() ? "" : ",\n", "    ", spaced(layer(n).dump()));
    }
    return "{\n  \"layers\": [\n" + text + "\n  ]\n}\n";
  }

 private:
  /// A sum over places that is scaled to a mean next.
  bool is_sum_of_mean(std::size_t n) const {
    return graph_.node(n).op->kind() == "sum_to" && n + 1 < graph_.size() && graph_.node(n + 1).op &&
           graph_.node(n + 1).op->kind() == "scale" && graph_.node(n + 1).in[0].node == n;
  }

  /// The reshape that drops the axes of a mean.
  bool is_end_of_mean(std::size_t n) {
    const Node& node = graph_.node(n);
    if (node.op->kind() != "reshape") return false;
    const std::size_t mean = node.in[0].node;
    if (!graph_.node(mean).op || graph_.node(mean).op->kind() != "scale" ||
        !is_sum_of_mean(graph_.node(mean).in[0].node))
      return false;
    words_[n] = words_.at(mean);
    if (last_ == mean) last_ = n;
    return true;
  }

  /// {"conv2d": {"out": 32, "kernel": 3}}
  static std::string spaced(const std::string& json) {
    std::string text;
    bool quoted = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
      text += json[i];
      quoted ^= json[i] == '"' && (i == 0 || json[i - 1] != '\\');
      if (!quoted && (json[i] == ':' || json[i] == ',')) text += ' ';
    }
    return text;
  }

  Json layer(std::size_t n) {
    const Node& node = graph_.node(n);
    Json options = Json::object();
    const std::string word = word_of(n, options);
    const std::string prefix = prefix_of(word), automatic = str_cat(prefix, ++numbers_[prefix]);
    const auto kept = names_.find(n);
    const bool is_named = kept != names_.end() && kept->second != automatic;
    words_[n] = is_named ? kept->second : automatic;
    Json named = Json::object();
    if (is_named) named["name"] = kept->second;
    add_inputs(word, node, named);
    named.update(options);
    last_ = n;
    if (named.empty()) return word;
    if (named.size() == 1 && named.contains("with") && named["with"].is_string()) return {{word, named["with"]}};
    return {{word, named}};
  }

  /// Those that are no leaves; a mean reads what its sum does.
  void add_inputs(const std::string& word, const Node& node, Json& options) const {
    std::vector<std::size_t> in;
    for (const Value& v : word == "reduce_mean" ? graph_.node(node.in[0]).in : node.in)
      if (graph_.node(v).leaf == Leaf::none || graph_.node(v).leaf == Leaf::input) in.push_back(v.node);
    if (in.at(0) != last_) options["from"] = words_.at(in[0]);
    Json with = Json::array();
    for (std::size_t i = 1; i < in.size(); ++i) with.push_back(words_.at(in[i]));
    if (!with.empty()) options["with"] = with.size() == 1 ? with[0] : with;
  }

  std::string word_of(std::size_t n, Json& options) const {
    const Node& node = graph_.node(n);
    const std::string kind = node.op->kind();
    const Shape &x = node.in[0].shape(), &y = node.out[0].shape;
    const auto given = node.op->traits().options ? node.op->traits().options() : OpOptions();
    if (kind == "conv2d" || kind == "linear") {
      const std::int64_t out = node.in[1].shape()[0];
      options["out"] = out == kSomeClasses ? Json("classes") : Json(out);
      if (kind == "conv2d") add_windows(given, {node.in[1].shape()[2], node.in[1].shape()[3]}, {1, 1}, options);
      if (kind == "conv2d" && given.at("groups")[0] != 1)
        options["groups"] = static_cast<std::int64_t>(given.at("groups")[0]);
      if (node.in.size() == 2) options["bias"] = false;
      return kind;
    }
    if (kind == "max_pool2d" || kind == "average_pool2d") return pool(given, x, y, kind, options);
    if (kind == "adaptive_average_pool2d") options = {{"height", y[2]}, {"width", y[3]}};
    if (kind == "reshape" && y.size() == 2) return "flatten";
    if (kind == "scale" && is_sum_of_mean(node.in[0].node)) return "reduce_mean";
    if (kind == "sum" && node.in.size() == 2) return "add";
    if (kind == "dropout") options["p"] = given.at("p")[0];
    if (kind == "elu") options["alpha"] = given.at("alpha")[0];
    if (kind == "leaky_relu") options["slope"] = given.at("alpha")[0];
    require(layer_word_table().contains(kind), "[layers] the op ", kind, " (node '", node.name, "') has no word");
    return kind;
  }

  static std::string pool(const OpOptions& given, const Shape& x, const Shape& y, const std::string& kind,
                          Json& options) {
    const std::vector<std::int64_t> kernel = whole(given.at("kernel"));
    if (kind == "average_pool2d" && y[2] == 1 && y[3] == 1 && kernel == std::vector<std::int64_t>{x[2], x[3]})
      return "global_average_pool2d";
    add_windows(given, kernel, kernel, options);
    if (given.at("ceil_mode")[0] != 0) options["ceil_mode"] = true;
    if (kind == "average_pool2d" && given.at("count_include_pad")[0] == 0) options["count_include_pad"] = false;
    return kind;
  }

  static std::vector<std::int64_t> whole(const std::vector<double>& numbers) {
    return {numbers.begin(), numbers.end()};
  }
  /// One number where all are equal.
  static Json shortened(const std::vector<std::int64_t>& numbers) {
    const bool equal = std::all_of(numbers.begin(), numbers.end(), [&](auto n) { return n == numbers[0]; });
    return equal ? Json(numbers[0]) : Json(numbers);
  }

  /// Kernel, and what is not the default.
  static void add_windows(const OpOptions& given, const std::vector<std::int64_t>& kernel,
                          const std::vector<std::int64_t>& usual_stride, Json& options) {
    options["kernel"] = shortened(kernel);
    const auto stride = whole(given.at("stride")), padding = whole(given.at("padding"));
    if (stride != usual_stride) options["stride"] = shortened(stride);
    if (padding != std::vector<std::int64_t>(4, 0)) options["padding"] = shortened(padding);
    const auto dilation = given.find("dilation");
    if (dilation != given.end() && dilation->second != std::vector<double>{1, 1})
      options["dilation"] = shortened(whole(dilation->second));
  }

  Graph graph_;
  Value logits_;
  std::map<std::size_t, std::string> names_, words_;  // by node: that it is kept under, that the text calls it
  std::map<std::string, std::int64_t> numbers_;
  std::size_t last_ = 0;
};

}  // namespace

std::string layers_text(const std::function<Architecture(std::int64_t classes)>& network, const Shape& image) {
  return LayersWriter(network(kSomeClasses), image).run();
}

}  // namespace backflow::models
