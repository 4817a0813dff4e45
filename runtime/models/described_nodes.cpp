#include <backflow/runtime/models/described_nodes.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/described_ops.h>

namespace backflow::models {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kLeafKinds[] = {"parameter", "state"};
constexpr Leaf kLeaves[] = {Leaf::parameter, Leaf::state};

std::vector<std::int64_t> lengths(const Json& list) {
  std::vector<std::int64_t> result;
  require(list.is_array(), "a list should be whole numbers");
  for (const Json& n : list) {
    require(n.is_number_unsigned() && n.get<std::uint64_t>() <= kMaxDescribedLength, "a list has ",
            files::printable(n.dump()), ", expected whole numbers up to ", kMaxDescribedLength);
    result.push_back(n.get<std::int64_t>());
  }
  return result;
}

OpOptions options_from(const Json& object) {
  OpOptions result;
  require(object.is_object(), "options should be an object");
  for (const auto& [key, list] : object.items()) {
    require(list.is_array(), "option '", files::printable(key), "' should be a list of numbers");
    for (const Json& n : list) {
      require(n.is_number(), "option '", files::printable(key), "' should be a list of numbers");
      result[key].push_back(n.get<double>());
    }
  }
  return result;
}

DescribedNode node_from(const Json& json, std::size_t place) {
  require(json.is_object() && json.contains("name") && json["name"].is_string(), "a node should have a name");
  DescribedNode node{.op = {}, .name = json["name"], .in = {}, .shape = {}, .options = {}};
  if (json.contains("shape")) node.shape = lengths(json["shape"]);
  if (json.contains("leaf")) {
    for (std::size_t k = 0; k < std::size(kLeaves); ++k)
      if (json["leaf"] == kLeafKinds[k]) node.leaf = kLeaves[k];
    require(node.leaf != Leaf::none, "'leaf' should be parameter or state");
    if (!node.shape.empty()) check_described_shape(node.shape, 1);  // else one number
    return node;
  }
  require(json.contains("op") && json["op"].is_string(), "a node should have an op or be a leaf");
  node.op = json["op"];
  const auto known = described_ops().find(node.op);
  require(known != described_ops().end(), "the op '", files::printable(node.op), "' is unknown");
  for (auto i : lengths(json.value("in", Json()))) node.in.push_back(static_cast<std::size_t>(i));
  const auto& [least, most, make, has_shape] = known->second;
  require(node.in.size() >= least && node.in.size() <= most, node.op, " has ", node.in.size(), " inputs, expected ",
          least == most ? str_cat(least) : str_cat(least, " … ", most));
  for (auto i : node.in) require(i < place, "it reads node ", i, ", which is not before it");
  if (json.contains("options")) node.options = options_from(json["options"]);
  return node;
}

Json json_of(const DescribedNode& node) {
  if (node.op.empty()) {
    const char* kind = kLeafKinds[node.leaf == Leaf::parameter ? 0 : 1];
    return {{"leaf", kind}, {"name", node.name}, {"shape", node.shape}};
  }
  Json result{{"op", node.op}, {"name", node.name}, {"in", node.in}};
  if (described_ops().at(node.op).has_shape) result["shape"] = node.shape;
  if (!node.options.empty()) result["options"] = node.options;
  return result;
}

Value made(const DescribedNode& node, const std::vector<Value>& values, std::int64_t batch, NetworkBuilder& b) {
  if (node.op.empty()) return b.leaf(node.leaf, node.name, {node.shape}, fan_in_uniform(1));
  std::vector<Value> in;
  for (auto i : node.in) in.push_back(values[i]);
  const Value y = described_ops().at(node.op).make({b, in, node.options, node.name, node.shape});
  check_described_shape(y.shape(), batch);
  const bool per_image = y.shape()[0] == batch && (y.shape().size() == 2 || y.spec().image);
  return per_image ? b.keep(node.name, y) : y;
}

}  // namespace

DescribedNodes described_nodes(const std::string& text) {
  const Json json = files::parse_json(text, "its network's description: ");
  require(json.is_object() && json.contains("nodes") && json["nodes"].is_array() && !json["nodes"].empty() &&
              json["nodes"].size() <= kMaxDescribedNodes && json.value("version", Json()) == 1,
          "its network's description should be JSON of version 1 with 1 … ", kMaxDescribedNodes, " nodes");
  DescribedNodes nodes;
  std::set<std::string> names;
  for (const Json& node : json["nodes"]) {
    try {
      nodes.push_back(node_from(node, nodes.size() + 1));
      require(names.insert(nodes.back().name).second, "its name is taken");
    } catch (const Error& e) {
      fail("its network's description, node ", names.size() + 1, ": ", e.what());
    }
  }
  require(!nodes.back().op.empty(), "its network's description should end with an op, which makes the logits");
  return nodes;
}

std::string to_text(const DescribedNodes& nodes) {
  Json list = Json::array();
  for (const DescribedNode& node : nodes) list.push_back(json_of(node));
  return Json{{"version", 1}, {"nodes", list}}.dump();
}

Value build_described(const DescribedNodes& nodes, NetworkBuilder& b, std::size_t from, Value given, std::size_t to) {
  std::vector<bool> wanted(nodes.size() + 1);
  wanted.at(to) = true;
  for (std::size_t place = to; place > from; --place)
    if (wanted[place])
      for (auto i : nodes[place - 1].in) wanted[i] = true;
  // What is before `from` can only be leaves that are read behind it, and ops on them.
  for (std::size_t place = from; place-- > 1;)
    if (wanted[place])
      for (auto i : nodes[place - 1].in) wanted[i] = true;
  std::vector<Value> values(nodes.size() + 1);
  values[from] = given;
  const std::int64_t batch = given.shape()[0];
  for (std::size_t place = 1; place <= to; ++place) {
    if (!wanted[place] || place == from) continue;
    const DescribedNode& node = nodes[place - 1];
    try {
      for (auto i : node.in)
        require(static_cast<bool>(values[i]), "it reads node ", i, ", which is before those that are given");
      values[place] = made(node, values, batch, b);
    } catch (const Error& e) {
      fail("its network's description, '", files::printable(node.name), "': ", e.what());
    }
  }
  return values[to];
}

std::vector<bool> only_of_leaves(const DescribedNodes& nodes) {
  std::vector<bool> result{false};
  for (const DescribedNode& node : nodes)
    result.push_back(std::all_of(node.in.begin(), node.in.end(), [&](std::size_t i) { return result[i]; }));
  return result;
}

}  // namespace backflow::models
